// What is counted of a decision and a report, and what is read from the store for monitoring.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "daemon/readings.h"
#include "daemon/running.h"
#include "daemon/tally.h"
#include "store/hold.h"
#include "store/storm_memory.h"
#include "storm/breaker.h"
#include "web/series.h"

namespace breakwater::daemon {
namespace {

using std::chrono::seconds;
using storm::Defence;
using storm::Verdict;

const Instant kNow = from_ms(1'790'000'000'000);

pipeline::Planned planned(const lists::List* list, Verdict verdict, Defence defence,
                          std::int64_t recipients) {
  pipeline::Planned one;
  one.list = list;
  one.judgement.verdict = verdict;
  one.judgement.defence = defence;
  one.audience.recipients = recipients;
  return one;
}

TEST(Tally, ADecisionIsCountedByVerdictAndWhatItSpared) {
  web::Metrics metrics;
  const lists::List list;
  pipeline::Decision decision;
  decision.postings = {planned(&list, Verdict::distribute, Defence::none, 1000),
                       planned(&list, Verdict::hold, Defence::breaker, 1000),
                       planned(&list, Verdict::divert, Defence::reply_policy, 1),
                       planned(&list, Verdict::confirm, Defence::standing, 1000),
                       planned(&list, Verdict::defer, Defence::limiter, 1000),
                       planned(nullptr, Verdict::distribute, Defence::none, 3)};
  decision.postings.back().kind = lists::SubAddress::owner;
  decision.refused.push_back({RefusalId{1}, false, true, "", "", ""});
  decision.refused.push_back({RefusalId{2}, false, false, "", "", ""});
  decision.discarded = 2;
  const auto spared = spared_by(decision, [](const pipeline::Planned&) { return std::int64_t{1000}; });
  EXPECT_EQ(spared, 1999U) << "held: all; diverted: all but the one who gets it";
  count_decision(metrics, decision, spared);
  const auto verdicts = [&](const char* verdict, const char* defence) {
    return metrics.postings.at({verdict, defence}).value();
  };
  EXPECT_EQ(verdicts("distribute", "none"), 1U) << "mail for owners is no posting";
  EXPECT_EQ(verdicts("hold", "breaker"), 1U);
  EXPECT_EQ(metrics.postings.at({"divert", std::string(name_of(Defence::reply_policy))}).value(), 1U);
  EXPECT_EQ(verdicts("refuse", "machine"), 1U);
  EXPECT_EQ(verdicts("discard", "machine"), 2U);
  EXPECT_EQ(metrics.refused.at().value(), 2U);
  EXPECT_EQ(metrics.spared.at().value(), 1999U);
}

TEST(Tally, OrdinaryMailIsTimedFromWhenItCouldGo) {
  web::Metrics metrics;
  store::Posting posting;
  posting.received = kNow;
  posting.recipients = web::ordinary_recipients;
  pipeline::Settled settled;
  settled.failed = 1;
  count_report(metrics, posting, settled, kNow + seconds{9});
  const auto& mail = metrics.ordinary_mail.histogram();
  EXPECT_EQ(mail.read().up_to.back(), 0U) << "nobody has it yet";
  settled.delivered = 3;
  count_report(metrics, posting, settled, kNow + seconds{9});
  EXPECT_EQ(mail.read().sum, 9);
  posting.released = kNow + seconds{8};
  count_report(metrics, posting, settled, kNow + seconds{9});
  EXPECT_EQ(mail.read().sum, 10) << "a moderator's time is not counted";
  count_report(metrics, posting, settled, kNow - seconds{3600});
  EXPECT_EQ(mail.read().sum, 10) << "the clock was set back";
  posting.recipients = web::ordinary_recipients + 1;
  count_report(metrics, posting, settled, kNow + seconds{99});
  posting.recipients = 1;
  posting.kind = store::PostingKind::notice;
  count_report(metrics, posting, settled, kNow + seconds{99});
  EXPECT_EQ(mail.read().up_to.back(), 3U);
  EXPECT_EQ(metrics.deliveries.at().value(), 15U);
  EXPECT_EQ(metrics.failed.at().value(), 6U);
}

class ReadingsTest : public ::testing::Test {
 protected:
  ReadingsTest() {
    std::string name = (std::filesystem::temp_directory_path() / "breakwater-readings-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    folder_ = name;
    auto store = store::Store::open({.directory = folder_ + "/data"}, kNow);
    if (!store) throw std::runtime_error(store.error().what);
    store_ = std::move(*store);
    auto config = std::make_shared<config::Config>();
    lists::List list;
    list.name = "tech";
    list.domain = "lists.example";
    config->lists.emplace(list.address(), list);
    auto running = make_running(config, *store_, kNow);
    if (!running) throw std::runtime_error(running.error().what);
    in_force_.set(*running);
    list_ = (*running)->lists.at("tech@lists.example").id;
  }
  ~ReadingsTest() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void write(const store::Store::Job& job) {
    const auto written = store_->write_and_wait(job);
    ASSERT_TRUE(written) << written.error().what;
  }
  void hold(std::int64_t id, const char* verdict) {
    write([&](store::Connection& db) -> Result<void> {
      if (auto added = store::add_message(db, {MessageId{id}, "x", kNow}); !added) return added;
      store::Posting posting;
      posting.id = PostingId{id};
      posting.message = MessageId{id};
      posting.list = list_;
      posting.list_address = "tech@lists.example";
      posting.verdict = verdict;
      posting.recipients = 100;
      posting.received = kNow;
      return store::add_held(db, posting, nullptr);
    });
  }
  std::string page() {
    return Readings(metrics_, *store_, in_force_, [] { return std::uint64_t{7}; }).page(kNow + seconds{60});
  }
  static bool has(const std::string& page, const std::string& line) {
    return page.find("\n" + line + "\n") != std::string::npos;
  }
  std::string folder_;
  std::unique_ptr<store::Store> store_;
  InForce in_force_;
  ListId list_;
  web::Metrics metrics_;
};

TEST_F(ReadingsTest, AnEmptyHouseHasItsZeros) {
  const std::string text = page();
  EXPECT_TRUE(has(text, "breakwater_sessions 7")) << text;
  EXPECT_TRUE(has(text, "breakwater_frozen_lists 0")) << text;
  EXPECT_TRUE(has(text, "breakwater_deferred_postings 0")) << text;
  EXPECT_EQ(text.find("route="), std::string::npos) << text;
}

TEST_F(ReadingsTest, WhatIsHeldFrozenAndWaiting) {
  hold(1, "hold");
  hold(2, "hold");
  hold(3, "defer");
  write([&](store::Connection& db) { return store::freeze(db, {list_, kNow, "ann", "storm"}); });
  write([&](store::Connection& db) -> Result<void> {
    lists::Audience audience;
    audience.recipients = 2;
    const std::vector ids{AddressId{1}, AddressId{2}};
    audience.slices.push_back({"world:example.org", queue::pack_ids(ids), 2});
    auto begun = store::begin_delivery(db, PostingId{1}, &audience, kNow, kNow + seconds{900}, "", "");
    if (!begun) return begun.error();
    return {};
  });
  const std::string text = page();
  EXPECT_TRUE(has(text, "breakwater_held_postings{list=\"tech@lists.example\"} 2")) << text;
  EXPECT_TRUE(has(text, "breakwater_held_deliveries{list=\"tech@lists.example\"} 200")) << text;
  EXPECT_TRUE(has(text, "breakwater_deferred_postings 1")) << text;
  EXPECT_TRUE(has(text, "breakwater_frozen_lists 1")) << text;
  EXPECT_TRUE(has(text, "breakwater_queue_recipients{route=\"world\"} 2")) << text;
  EXPECT_TRUE(has(text, "breakwater_queue_age_seconds{route=\"world\"} 60")) << text;
}

TEST_F(ReadingsTest, ABreakerThatOpenedIsShown) {
  write([&](store::Connection& db) -> Result<void> {
    store::StormMemory memory(db);
    for (int at = 0; at < 40; ++at) {
      storm::Facts facts;
      facts.list = list_;
      facts.sender = "p" + std::to_string(at) + "@example.org";
      facts.message_id = "<" + std::to_string(at) + "@example.org>";
      if (at > 0) facts.in_reply_to = "<0@example.org>";
      facts.subject = at > 0 ? "Re: test" : "test";
      facts.body = "remove me";
      facts.audience = 100'000;
      auto judged = storm::judge_breaker(facts, {}, memory, kNow + seconds{at});
      if (!judged) return judged.error();
    }
    return {};
  });
  const std::string text = page();
  const bool open = has(text, "breakwater_breaker_state{list=\"tech@lists.example\"} 2") ||
                    has(text, "breakwater_open_threads{list=\"tech@lists.example\"} 1");
  EXPECT_TRUE(open) << text;
  EXPECT_NE(text.find("breakwater_breaker_score{list=\"tech@lists.example\"} "), std::string::npos) << text;
  EXPECT_NE(text.find("breakwater_breaker_limit{list=\"tech@lists.example\"} "), std::string::npos) << text;
}

TEST_F(ReadingsTest, TheStoreIsAskedOnceASecond) {
  Readings readings(metrics_, *store_, in_force_, [] { return std::uint64_t{0}; });
  EXPECT_EQ(readings.page(kNow).find("breakwater_held_postings{"), std::string::npos);
  hold(1, "hold");
  const auto begun = std::chrono::steady_clock::now();
  while (readings.page(kNow).find("breakwater_held_postings{") == std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now() - begun, seconds{60}) << "it is read again";
  }
}

}  // namespace
}  // namespace breakwater::daemon
