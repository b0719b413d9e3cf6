// Bounces on a real store, in the days of the test.
#include "daemon/bounce_booking.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "daemon/bounce_due.h"
#include "daemon/running.h"
#include "lists/expansion.h"
#include "store/bounces.h"
#include "store/delivery.h"
#include "store/directory.h"
#include "store/spool.h"

namespace breakwater::daemon {
namespace {

using lists::BounceKind;
using lists::Stage;
using store::Membership;

constexpr Duration kDay = std::chrono::hours{24};
const Instant kBegin = from_ms(1'790'000'000'000);

class BounceBooking : public testing::Test {
 protected:
  BounceBooking() {
    char name[] = "/tmp/breakwater-bounces-XXXXXX";
    folder_ = mkdtemp(name);
    store_ = *store::Store::open({.directory = folder_ + "/data"}, kBegin);
    begin({});
    for (const char* who : {"ann", "bob", "inner"}) join("tech", who);
    join("inner", "deep");
    for (int at = 0; at < 30; ++at) join("inner", "many" + std::to_string(at));
  }
  ~BounceBooking() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void begin(const lists::BouncePolicy& policy) {
    auto config = std::make_shared<config::Config>();
    config->hostname = "lists.example";
    config->postmaster = {"postmaster@example.org"};
    for (const char* name : {"tech", "inner"}) {
      lists::List list;
      list.name = name;
      list.domain = "lists.example";
      list.owners = {"carl@example.org"};
      list.bounces = policy;
      config->lists[list.address()] = list;
    }
    running_ = make_running(config, *store_, kBegin).value();
  }
  void write(const store::Store::Job& job) {
    const auto written = store_->write_and_wait(job);
    ASSERT_TRUE(written) << written.error().what;
  }
  ListId list(const std::string& name) { return running_->lists.at(name + "@lists.example").id; }
  mail::Address address(const std::string& who) {
    return *mail::parse_address(who + (who == "inner" ? "@lists.example" : "@example.org"));
  }
  AddressId id(const std::string& who) {
    AddressId found;
    write([&](store::Connection& db) -> Result<void> {
      found = store::ensure_address(db, address(who)).value();
      return {};
    });
    return found;
  }
  void join(const std::string& to, const std::string& who) {
    write([&](store::Connection& db) -> Result<void> {
      auto added = store::add_member(db, list(to), address(who), lists::Role::member,
                                     lists::DeliveryMode::each, "", kBegin);
      return added ? Result<void>() : added.error();
    });
  }
  PostingId post(Instant at) {
    const PostingId posting{next_++};
    write([&](store::Connection& db) -> Result<void> {
      store::MemberRows rows(db);
      const auto office = [](std::string_view) { return std::string("office"); };
      auto audience = lists::expand(rows, list("tech"), office, 100);
      if (!audience) return audience.error();
      store::Posting row;
      row.id = posting;
      row.message = MessageId{posting.value};
      row.list = list("tech");
      row.list_address = "tech@lists.example";
      row.received = at;
      row.recipients = audience->recipients;
      if (auto added = store::add_message(db, {row.message, "x", at}); !added) return added;
      return store::add_posting(db, row, *audience, at + kDay);
    });
    return posting;
  }
  void bounce(PostingId posting, const std::string& who, Instant at, const std::string& status = "5.1.1",
              Witness witness = Witness::session) {
    const store::Bounce one{list("tech"), posting, id(who), at, status, "550 " + status + " no"};
    for (int again = 0; again < 2; ++again) {  // as after a kill between the commit and its answer
      write([&](store::Connection& db) { return book_bounces(db, *running_, {one}, witness, at); });
    }
  }
  AddressId id_in(store::Connection& db, const std::string& who) {
    return store::ensure_address(db, address(who)).value();
  }
  // As a damaged row would: every such change of the table fails.
  void break_table(const std::string& table, const std::string& change, const std::string& when) {
    write([&](store::Connection& db) {
      return db.execute(("CREATE TRIGGER broken_" + table + " BEFORE " + change + " ON " + table + " WHEN " +
                         when + " BEGIN SELECT RAISE(ABORT, 'this row is broken'); END")
                            .c_str());
    });
  }
  // All that is due.
  void act(Instant now) {
    bool more = true;
    while (more) {
      write([&](store::Connection& db) -> Result<void> {
        WriteJob job{db, *running_, sizes_, now, entropy_, effects_};
        auto acted = act_on_bounces_due(job);
        if (!acted) return acted.error();
        more = *acted;
        return {};
      });
    }
  }
  store::BounceWatch watch(const std::string& on, const std::string& who) {
    const AddressId address = id(who);
    auto reading = store_->read();
    return store::bounce_watch(reading.connection(), {list(on), address}).value();
  }
  std::size_t days(const std::string& on, const std::string& who) {
    const AddressId address = id(who);
    auto reading = store_->read();
    return store::member_bounces(reading.connection(), {list(on), address}, 99).value().size();
  }
  std::vector<store::Posting> written(const std::string& verdict) {
    auto reading = store_->read();
    auto all = store::postings(reading.connection(), "", false, 1000).value();
    std::erase_if(all, [&](const store::Posting& one) { return one.verdict != verdict; });
    return all;
  }
  std::int64_t stopped(const std::string& on) {
    auto reading = store_->read();
    return store::count_members(reading.connection(), list(on)).value().stopped;
  }

  std::string folder_;
  std::unique_ptr<store::Store> store_;
  std::shared_ptr<const Running> running_;
  AudienceSizes sizes_;
  std::uint64_t entropy_ = 1;
  Effects effects_;
  std::int64_t next_ = 100;
};

TEST_F(BounceBooking, FiveDaysThenAProbeThenAStopOnTheListThatOneIsOn) {
  for (int day = 0; day < 5; ++day) {
    const Instant now = kBegin + day * kDay;
    act(now);
    EXPECT_EQ(watch("inner", "deep").stage, Stage::quiet) << day;
    bounce(post(now), "deep", now);
    bounce(post(now), "deep", now);
  }
  Instant now = kBegin + 4 * kDay;
  EXPECT_EQ(watch("inner", "deep").stage, Stage::probe_wanted);
  EXPECT_EQ(days("inner", "deep"), 5U);
  EXPECT_EQ(days("tech", "deep"), 0U) << "on the list it went to they are no member";
  act(now);
  act(now);
  ASSERT_EQ(written("probe").size(), 1U);
  const store::Posting probe = written("probe").front();
  EXPECT_EQ(probe.list, list("inner"));
  EXPECT_EQ(probe.recipients, 1);
  EXPECT_EQ(watch("inner", "deep").probe, probe.id);
  bounce(probe.id, "bob", now);
  bounce(probe.id, "deep", now, "5.1.1", Witness::plain_path);
  EXPECT_EQ(stopped("inner"), 0) << "by somebody else's word, or anybody's";
  bounce(probe.id, "deep", now, "5.1.1", Witness::signed_path);
  EXPECT_EQ(stopped("inner"), 1);
  EXPECT_EQ(watch("inner", "deep").stage, Stage::stopped);
  act(now);
  EXPECT_TRUE(written("notice").empty());
  act(now + std::chrono::minutes{10});
  act(now + kDay);
  EXPECT_EQ(written("notice").size(), 1U);
  now += kDay;
  bounce(post(now), "deep", now);  // what was under way
  act(now);
  EXPECT_EQ(written("probe").size(), 1U);
}

TEST_F(BounceBooking, ABounceCountsThoughTheNestedListHasBegunToPause) {
  const PostingId posting = post(kBegin);
  write([&](store::Connection& db) -> Result<void> {
    auto set = store::set_delivery(db, list("tech"), id_in(db, "inner"), {.mode = lists::DeliveryMode::none});
    return set ? Result<void>() : set.error();
  });
  bounce(posting, "deep", kBegin);
  EXPECT_EQ(days("inner", "deep"), 1U);
}

TEST_F(BounceBooking, AProbeThatDoesNotComeBackBeginsAllAnew) {
  begin({.threshold = 1});
  bounce(post(kBegin), "bob", kBegin);
  act(kBegin);
  const store::Posting probe = written("probe").front();
  bounce(probe.id, "bob", kBegin, "5.2.2", Witness::signed_path);
  act(kBegin + 7 * kDay - Duration{1});
  EXPECT_EQ(watch("tech", "bob").stage, Stage::probe_sent);
  act(kBegin + 7 * kDay);
  EXPECT_EQ(watch("tech", "bob").stage, Stage::quiet);
  bounce(probe.id, "bob", kBegin + 8 * kDay, "5.1.1", Witness::signed_path);
  EXPECT_EQ(stopped("tech"), 0) << "too late";
}

TEST_F(BounceBooking, ASpikeTakesBackWhatItCountedAlsoAProbeThatWasWanted) {
  begin({.threshold = 1});
  const PostingId posting = post(kBegin);
  for (int at = 0; at < 19; ++at) bounce(posting, "many" + std::to_string(at), kBegin);
  EXPECT_EQ(watch("inner", "many0").stage, Stage::probe_wanted);
  for (int at = 19; at < 30; ++at) bounce(posting, "many" + std::to_string(at), kBegin);
  act(kBegin);
  EXPECT_TRUE(written("probe").empty());
  EXPECT_EQ(watch("inner", "many0").stage, Stage::quiet);
  act(kBegin + std::chrono::hours{1});
  EXPECT_EQ(written("notice").size(), 1U);
}

TEST_F(BounceBooking, WhoBouncedOnTheDaysBeforeIsNoSpike) {
  begin({.threshold = 2});
  for (int day = 0; day < 2; ++day) {  // fifteen a day, then all of them
    const Instant now = kBegin + day * kDay;
    const PostingId posting = post(now);
    for (int at = 0; at < 15; ++at) bounce(posting, "many" + std::to_string(at + 15 * day), now);
  }
  const Instant now = kBegin + 2 * kDay;
  const PostingId posting = post(now);
  for (int at = 0; at < 30; ++at) bounce(posting, "many" + std::to_string(at), now);
  act(now);
  EXPECT_EQ(written("probe").size(), 30U);
}

TEST_F(BounceBooking, SwitchedOffBouncesAreOnlyRecorded) {
  begin({.enabled = false, .threshold = 1});
  const PostingId posting = post(kBegin);
  bounce(posting, "bob", kBegin);
  act(kBegin + kDay);
  EXPECT_TRUE(written("probe").empty());
  EXPECT_EQ(days("tech", "bob"), 0U);
  auto reading = store_->read();
  EXPECT_EQ(store::bounces(reading.connection(), posting).value().size(), 1U);
}

// What cannot be done for one member is set aside, and leaves nothing behind.
TEST_F(BounceBooking, AMemberWhoCannotBeProbedHoldsUpNobody) {
  begin({.threshold = 1});
  const PostingId posting = post(kBegin);
  bounce(posting, "bob", kBegin);
  bounce(posting, "ann", kBegin + Duration{1});
  break_table("bounce_watch", "INSERT", "NEW.address_id = " + std::to_string(id("bob").value));
  act(kBegin + Duration{1});
  EXPECT_EQ(watch("tech", "ann").stage, Stage::probe_sent);
  EXPECT_EQ(watch("tech", "bob").stage, Stage::probe_wanted);
  EXPECT_EQ(watch("tech", "bob").due, kBegin + Duration{1} + kDay);
  EXPECT_EQ(written("probe").size(), 1U) << "bob's is not there: it would not be known by its answer";
  EXPECT_EQ(effects_.opened.size(), 1U);
}

TEST_F(BounceBooking, ALetterThatCannotBeWrittenHoldsUpNoProbe) {
  begin({.threshold = 1});
  bounce(post(kBegin), "bob", kBegin);
  write([&](store::Connection& db) {
    return store::add_bounce_news(db, list("inner"), id_in(db, "ann"), {}, kBegin - kDay);
  });
  break_table("bounce_news", "DELETE", "1");
  act(kBegin);
  EXPECT_EQ(watch("tech", "bob").stage, Stage::probe_sent);
}

TEST_F(BounceBooking, ABounceThatCannotBeBookedIsRecordedAndHoldsUpNoOther) {
  begin({.threshold = 1});
  const PostingId posting = post(kBegin);
  break_table("member_bounce", "INSERT", "NEW.address_id = " + std::to_string(id("bob").value));
  bounce(posting, "bob", kBegin);
  bounce(posting, "ann", kBegin);
  EXPECT_EQ(days("tech", "bob"), 0U);
  EXPECT_EQ(days("tech", "ann"), 1U);
  auto reading = store_->read();
  EXPECT_EQ(store::bounces(reading.connection(), posting).value().size(), 2U);
}

TEST_F(BounceBooking, WhoLeftMeanwhileIsNotProbed) {
  begin({.threshold = 1});
  bounce(post(kBegin), "bob", kBegin);
  const AddressId bob = id("bob");
  write([&](store::Connection& db) -> Result<void> {
    auto gone = store::remove_member(db, list("tech"), bob, lists::Role::member);
    return gone ? Result<void>() : gone.error();
  });
  act(kBegin);
  EXPECT_TRUE(written("probe").empty());
}

}  // namespace
}  // namespace breakwater::daemon
