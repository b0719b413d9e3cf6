// Digests on a real store: what waits, when it goes, and to whom it goes when somebody changes their mind.
#include "daemon/digest_due.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>

#include "daemon/running.h"
#include "queue/slice.h"
#include "store/delivery.h"
#include "store/digests.h"
#include "store/hold.h"

namespace breakwater::daemon {
namespace {

using lists::Delivery;
using lists::DeliveryMode;
using lists::DigestForm;
using lists::Role;

const Instant kNow = from_ms(1'790'000'000'000);
const Delivery kEach, kMime{.mode = DeliveryMode::digest},
    kPlain{.mode = DeliveryMode::digest, .form = DigestForm::plain};

class Digests : public testing::Test {
 protected:
  Digests() {
    char name[] = "/tmp/breakwater-digests-XXXXXX";
    folder_ = mkdtemp(name);
    store_ = *store::Store::open({.directory = folder_ + "/data"}, kNow);
    auto config = std::make_shared<config::Config>();
    config->hostname = "lists.example";
    config->language = "en";
    for (const char* one : {"tech", "all"}) {
      lists::List list;
      list.name = one;
      list.domain = "lists.example";
      list.language = "en";
      list.digest.messages = 3;
      list.digest.daily_at.reset();
      config->lists[list.address()] = list;
    }
    running_ = make_running(config, *store_, kNow).value();
  }
  ~Digests() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  ListId id(const std::string& list) { return running_->lists.at(list + "@lists.example").id; }
  void in_a_job(const std::function<Result<void>(WriteJob&)>& act) {
    const auto written = store_->write_and_wait([&](store::Connection& db) -> Result<void> {
      WriteJob job{db, *running_, sizes_, now_, entropy_, effects_};
      return act(job);
    });
    ASSERT_TRUE(written) << written.error().what;
  }
  store::MembersChange put(const std::string& list, const std::string& who, std::optional<Delivery> delivery,
                           Role role = Role::member) {
    store::MembersChange done;
    in_a_job([&](WriteJob& job) -> Result<void> {
      const store::NewMember row{*mail::parse_address(who), "", delivery};
      auto put = store::add_members(job.db, id(list), role, {&row, 1}, now_);
      if (!put) return put.error();
      done = std::move(*put);
      return hand_over_waiting(job, id(list), done.from_digest);
    });
    return done;
  }
  void post(const std::string& list, const std::string& subject) {
    in_a_job([&](WriteJob& job) -> Result<void> {
      store::Posting row;
      row.id = PostingId{++serial_};
      row.message = MessageId{serial_};
      row.list = id(list);
      row.list_address = list + "@lists.example";
      row.received = now_;
      const std::string bytes =
          "From: bob@example.org\r\nSubject: " + subject + "\r\n\r\n" + subject + "\r\n";
      row.size = static_cast<std::int64_t>(bytes.size());
      if (auto added = store::add_message(job.db, {row.message, bytes, now_}); !added) return added;
      if (auto added = store::add_posting(job.db, row, {}, now_); !added) return added;
      return keep_for_digest(job, *running_->lists.at(row.list_address).settings, row, {});
    });
  }
  std::optional<Delivery> change(const std::string& list, const std::string& who,
                                 const lists::DeliveryWish& wish) {
    std::optional<Delivery> is;
    in_a_job([&](WriteJob& job) -> Result<void> {
      const auto known = store::find_address(job.db, mail::parse_address(who)->key).value();
      auto set = change_delivery(job, id(list), known.value_or(AddressId{1}), wish);
      if (!set) return set.error();
      is = *set;
      return {};
    });
    return is;
  }
  bool act() {
    bool acted = false;
    in_a_job([&](WriteJob& job) -> Result<void> {
      auto one = act_on_digests_due(job);
      if (!one) return one.error();
      acted = *one;
      return {};
    });
    return acted;
  }
  bool due() {
    auto reading = store_->read();
    return digests_due(reading.connection(), *running_, now_).value();
  }
  // What waits for the list's digest.
  std::size_t waiting(const std::string& list) {
    auto reading = store_->read();
    return store::waiting_for_digest(reading.connection(), id(list), 0, 100)->size();
  }
  // The digests so far, oldest first: "tech@lists.example to 2: one two", and what they say of themselves.
  std::vector<std::string> digests() {
    std::vector<std::string> found;
    for (const auto& one : effects_.digests) {
      auto reading = store_->read();
      const auto posting = store::posting(reading.connection(), one.posting).value().value();
      const auto bytes = store::message_bytes(reading.connection(), posting.message).value();
      std::string line = one.list_address + " to " + std::to_string(one.recipients) + ":";
      for (const char* subject : {"one", "two", "three", "four"}) {
        if (bytes.find("Subject: " + std::string(subject) + "\r\n") != std::string::npos)
          line += std::string(" ") + subject;
      }
      found.push_back(line + (posting.reason.find("as plain text") != std::string::npos ? ", plain" : ""));
    }
    return found;
  }
  using Lines = std::vector<std::string>;

  std::string folder_;
  std::unique_ptr<store::Store> store_;
  std::shared_ptr<const Running> running_;
  Instant now_ = kNow;
  AudienceSizes sizes_;
  std::uint64_t entropy_ = 1;
  std::int64_t serial_ = 0;
  Effects effects_;
};

TEST_F(Digests, a_posting_waits_where_somebody_wants_digests_and_goes_by_number) {
  put("tech", "ann@example.org", kEach);
  post("tech", "one");
  EXPECT_EQ(waiting("tech"), 0U) << "nobody wants one";
  put("tech", "dora@example.org", kMime);
  put("tech", "eve@example.org", kPlain);
  put("tech", "fred@example.org", kMime);
  post("tech", "one");
  post("tech", "two");
  EXPECT_FALSE(due());
  EXPECT_FALSE(act());
  post("tech", "three");
  EXPECT_TRUE(due());
  EXPECT_TRUE(act());
  EXPECT_EQ(digests(), (Lines{"tech@lists.example to 2: one two three",
                              "tech@lists.example to 1: one two three, plain"}));
  EXPECT_EQ(effects_.opened.size(), 2U);
  EXPECT_EQ(waiting("tech"), 0U);
  EXPECT_FALSE(due());
  EXPECT_FALSE(act());
}

TEST_F(Digests, what_is_posted_to_an_outer_list_waits_for_members_of_the_inner_one) {
  put("all", "tech@lists.example", kEach);
  put("tech", "dora@example.org", kMime);
  for (const char* subject : {"one", "two", "three"}) post("all", subject);
  EXPECT_EQ(waiting("all"), 3U);
  EXPECT_TRUE(act());
  EXPECT_EQ(digests(), Lines{"all@lists.example to 1: one two three"});
}

TEST_F(Digests, a_frozen_list_has_none_and_one_that_cannot_be_written_holds_up_no_other) {
  for (const char* list : {"tech", "all"}) {
    put(list, "dora@example.org", kMime);
    for (const char* subject : {"one", "two", "three"}) post(list, subject);
  }
  in_a_job([&](WriteJob& job) -> Result<void> {
    auto frozen = store::freeze(job.db, {id("tech"), now_, "uid 0", "a storm"});
    return frozen ? Result<void>() : frozen.error();
  });
  EXPECT_TRUE(act());
  EXPECT_FALSE(due());
  EXPECT_EQ(digests(), Lines{"all@lists.example to 1: one two three"});
  in_a_job([&](WriteJob& job) -> Result<void> {
    if (auto thawed = store::thaw(job.db, id("tech")); !thawed) return thawed.error();
    return job.db.execute("ALTER TABLE domain RENAME TO lost");
  });
  EXPECT_TRUE(due());
  EXPECT_TRUE(act()) << "it is put off";
  EXPECT_FALSE(due());
  EXPECT_EQ(waiting("tech"), 3U);
  in_a_job([&](WriteJob& job) { return job.db.execute("ALTER TABLE lost RENAME TO domain"); });
  now_ += store::kDigestAgain;
  EXPECT_TRUE(act());
  EXPECT_EQ(digests().back(), "tech@lists.example to 1: one two three");
}

TEST_F(Digests, who_changes_to_each_message_gets_what_waits_and_the_others_wait_on) {
  put("tech", "dora@example.org", kPlain);
  put("tech", "eve@example.org", kMime);
  post("tech", "one");
  post("tech", "two");
  EXPECT_FALSE(change("tech", "nobody@example.org", {})) << "no member";
  EXPECT_EQ(change("tech", "dora@example.org", {}), (Delivery{.form = DigestForm::plain}));
  EXPECT_EQ(digests(), Lines{"tech@lists.example to 1: one two, plain"});
  change("tech", "dora@example.org", {});
  EXPECT_EQ(digests().size(), 1U) << "once";
  EXPECT_EQ(waiting("tech"), 2U);
  post("tech", "three");
  EXPECT_TRUE(act());
  EXPECT_EQ(digests().back(), "tech@lists.example to 1: one two three") << "eve alone";
}

TEST_F(Digests, other_changes_hand_nothing_over) {
  put("tech", "dora@example.org", kMime);
  put("tech", "ann@example.org", kEach);
  post("tech", "one");
  change("tech", "dora@example.org", {.mode = DeliveryMode::digest, .form = DigestForm::plain});
  change("tech", "dora@example.org", {.mode = DeliveryMode::none, .until = kNow + std::chrono::hours(24)});
  change("tech", "ann@example.org", {.mode = DeliveryMode::none});
  change("tech", "ann@example.org", {});
  EXPECT_EQ(digests(), Lines{});
  now_ += std::chrono::hours(25);  // the pause has ended, and with it the digests are back
  change("tech", "dora@example.org", {});
  EXPECT_EQ(digests(), Lines{"tech@lists.example to 1: one, plain"});
}

TEST_F(Digests, more_than_one_digest_holds_is_handed_over_in_several) {
  put("all", "tech@lists.example", kEach);
  put("tech", "dora@example.org", kMime);
  put("tech", "eve@example.org", kMime);
  for (const char* subject : {"one", "two", "three", "four"}) post("all", subject);
  change("tech", "dora@example.org", {});
  EXPECT_EQ(digests(), (Lines{"all@lists.example to 1: one two three", "all@lists.example to 1: four"}));
}

TEST_F(Digests, rows_that_state_each_message_hand_over_what_waits) {
  put("tech", "ann@example.org", kMime);
  put("tech", "dora@example.org", kMime);
  put("tech", "eve@example.org", kPlain);
  post("tech", "one");
  EXPECT_TRUE(put("tech", "dora@example.org", std::nullopt).from_digest.empty()) << "it is not stated";
  EXPECT_TRUE(put("tech", "dora@example.org", kEach, Role::owner).from_digest.empty());
  EXPECT_EQ(digests(), Lines{});
  EXPECT_EQ(put("tech", "dora@example.org", kEach).from_digest.size(), 1U);
  EXPECT_EQ(digests(), Lines{"tech@lists.example to 1: one"});
  EXPECT_TRUE(put("tech", "dora@example.org", kEach).from_digest.empty());
  effects_ = {};
  in_a_job([&](WriteJob& job) -> Result<void> {
    const auto ann = *mail::parse_address("ann@example.org"), dora = *mail::parse_address("dora@example.org"),
               eve = *mail::parse_address("eve@example.org"), fred = *mail::parse_address("fred@example.org");
    const std::vector<store::NewMember> first = {{ann, "", kMime}, {dora, "", kMime}, {fred, "", kMime}};
    if (auto put = store::add_members(job.db, id("tech"), Role::member, first, now_); !put)
      return put.error();
    const std::vector<store::NewMember> then = {
        {ann, "", kEach}, {dora, "", kEach}, {fred, "", kEach}, {fred, "", kMime}, {eve, "", kEach}};
    auto put = store::add_members(job.db, id("tech"), Role::member, then, now_);
    if (!put) return put.error();
    return hand_over_waiting(job, id("tech"), put->from_digest);
  });
  EXPECT_EQ(digests(), (Lines{"tech@lists.example to 2: one", "tech@lists.example to 1: one, plain"}))
      << "fred has digests as before";
}

TEST_F(Digests, who_came_behind_a_message_gets_what_is_behind_it_whichever_way_the_clock_was_set) {
  using std::chrono::hours;
  put("tech", "dora@example.org", kMime);
  now_ = kNow + hours(2);
  post("tech", "one");
  now_ = kNow + hours(1);  // set back: they come an hour before what was posted before
  put("tech", "eve@example.org", kMime);
  put("tech", "fred@example.org", kPlain);
  now_ = kNow;  // and an hour after what is posted after
  post("tech", "two");
  change("tech", "fred@example.org", {});
  EXPECT_EQ(digests(), Lines{"tech@lists.example to 1: two, plain"});
  now_ = kNow + hours(3);
  post("tech", "three");
  EXPECT_TRUE(act());
  EXPECT_EQ(digests(), (Lines{"tech@lists.example to 1: two, plain", "tech@lists.example to 1: one two three",
                              "tech@lists.example to 1: two three"}));
}

TEST_F(Digests, members_of_a_list_nested_later_get_what_went_out_since) {
  put("all", "dora@example.org", kMime);
  for (const char* who : {"dora@example.org", "eve@example.org", "fred@example.org"}) put("tech", who, kMime);
  post("all", "one");
  put("all", "tech@lists.example", kEach);
  put("tech", "all@lists.example", kEach);  // a ring
  post("all", "two");
  change("tech", "fred@example.org", {});
  EXPECT_EQ(digests(), Lines{"all@lists.example to 1: two"});
  put("tech", "gina@example.org", kMime);
  post("all", "three");
  EXPECT_TRUE(act());
  EXPECT_EQ(digests(), (Lines{"all@lists.example to 1: two", "all@lists.example to 1: one two three",
                              "all@lists.example to 1: two three", "all@lists.example to 1: three"}))
      << "dora was on the outer list, eve came with the inner one, gina after it";
}

TEST_F(Digests, a_nested_list_whose_pause_is_over_is_nested) {
  put("all", "tech@lists.example",
      Delivery{.mode = DeliveryMode::none, .until = kNow + std::chrono::hours(1)});
  put("tech", "dora@example.org", kMime);
  post("all", "one");
  EXPECT_EQ(waiting("all"), 0U);
  now_ += std::chrono::hours(1);
  for (const char* subject : {"one", "two", "three"}) post("all", subject);
  EXPECT_TRUE(act());
  EXPECT_EQ(digests(), Lines{"all@lists.example to 1: one two three"});
}

TEST_F(Digests, who_had_each_message_by_another_membership_is_handed_none) {
  const std::string dora = "dora@example.org", eve = "eve@example.org", fred = "fred@example.org";
  put("all", "tech@lists.example", kEach);
  for (const auto& who : {dora, eve}) put("tech", who, kMime);
  put("tech", fred, kEach);
  put("all", eve, kEach);
  put("all", fred, kMime);
  post("all", "one");
  change("tech", eve, {});
  put("all", fred, kEach);
  EXPECT_EQ(digests(), Lines{});
  change("tech", dora, {});
  EXPECT_EQ(digests(), Lines{"all@lists.example to 1: one"});
}

TEST_F(Digests, a_number_never_comes_again) {
  put("tech", "dora@example.org", kMime);
  for (const char* subject : {"one", "two", "three"}) post("tech", subject);
  put("tech", "eve@example.org", kMime);  // behind three
  EXPECT_TRUE(act());
  for (const char* subject : {"one", "two", "four"}) post("tech", subject);
  EXPECT_TRUE(act());
  EXPECT_EQ(digests(),
            (Lines{"tech@lists.example to 1: one two three", "tech@lists.example to 2: one two four"}));
}

}  // namespace
}  // namespace breakwater::daemon
