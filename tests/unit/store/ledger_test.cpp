#include "store/ledger.h"

#include <gtest/gtest.h>

#include <map>

#include "queue/handover_log.h"
#include "scratch.h"

namespace breakwater::store {
namespace {

using queue::Outcome;

// One try of a slice as settle would report it: who was answered how.
class Try {
 public:
  Try(Connection& db, PostingId posting, std::uint32_t number, Instant at)
      : slice_(store::slice(db, {posting, number}).value().value()), at_(at), log_(at) {}

  Try& answer(Outcome outcome, const std::string& reply, std::vector<std::uint32_t> indices) {
    log_.append(at_, outcome, reply, indices.data(), indices.size());
    for (const std::uint32_t index : indices) {
      if (outcome == Outcome::deferred || slice_.settled.test(index)) continue;
      slice_.settled.set(index);
      ++(outcome == Outcome::delivered ? progress_.delivered : progress_.failed);
      if (outcome == Outcome::failed) {
        bounces_.push_back({ListId{1}, slice_.key.posting, slice_.ids[index], at_, "5.1.1", reply});
      }
    }
    return *this;
  }
  Try& give_up(std::uint32_t index) {  // expired: settled, though the last answer was a 4xx
    slice_.settled.set(index);
    ++progress_.failed;
    return *this;
  }
  Try& ends(Instant next_due) {
    if (slice_.settled.all()) return *this;
    ++slice_.attempts;
    slice_.due = next_due;
    return *this;
  }
  Result<bool> record(Connection& db) {
    progress_.finished = slice_.settled.all();
    progress_.slice = slice_;
    progress_.peer = "mx.example.org[192.0.2.1]:25";
    progress_.log_base = at_;
    progress_.log = log_.bytes();
    return record_progress(db, progress_, bounces_);
  }

 private:
  queue::Slice slice_;
  Instant at_;
  queue::HandoverLog log_;
  Progress progress_;
  std::vector<Bounce> bounces_;
};

class Ledger : public ::testing::Test {
 protected:
  void post(int members, std::uint32_t slice_size, const lists::RouteOf& route_of = to_office) {
    ASSERT_TRUE(add_list_with_members(db(), members));
    ASSERT_TRUE(add_posting_to_list(db(), 1, slice_size, route_of));
  }
  Connection& db() { return database_.connection(); }
  Try try_slice(std::uint32_t number, Instant at = kNow) { return Try(db(), kPosting, number, at); }
  void expect_counters(std::int64_t delivered, std::int64_t deferred, std::int64_t failed) {
    const auto found = posting(db(), kPosting).value().value();
    EXPECT_EQ(found.delivered, delivered);
    EXPECT_EQ(found.deferred, deferred);
    EXPECT_EQ(found.failed, failed);
  }
  std::map<std::string, TraceRow> traced() {
    std::map<std::string, TraceRow> rows;
    auto read = trace(db(), kPosting, [&](const TraceRow& row) {
      EXPECT_TRUE(rows.emplace(row.mailbox, row).second) << row.mailbox << " stands there twice";
    });
    EXPECT_TRUE(read) << (read ? "" : read.error().what);
    return rows;
  }
  const PostingId kPosting{1};
  Database database_;
};

TEST_F(Ledger, ASliceIsDoneWhenAllAreSettled) {
  post(5, 3);
  EXPECT_FALSE(try_slice(0).answer(Outcome::delivered, "250 ok", {0, 1, 2}).record(db()).value());
  expect_counters(3, 0, 0);
  EXPECT_EQ(open_slices(db(), kPosting, 0, 10).value().size(), 1U);
  EXPECT_EQ(posting(db(), kPosting).value()->state, PostingState::pending);
  EXPECT_TRUE(try_slice(1)
                  .answer(Outcome::delivered, "250 ok", {0})
                  .answer(Outcome::failed, "550 5.1.1 no such user", {1})
                  .record(db())
                  .value());
  expect_counters(4, 0, 1);
  EXPECT_EQ(posting(db(), kPosting).value()->state, PostingState::done);
  EXPECT_TRUE(open_postings(db()).value().empty());
  const auto bounced = bounces(db(), kPosting).value();
  ASSERT_EQ(bounced.size(), 1U);
  EXPECT_EQ(bounced[0].status, "5.1.1");
  EXPECT_EQ(bounces_of_member(db(), ListId{1}, bounced[0].address, 10).value().size(), 1U);
}

TEST_F(Ledger, DeferredCountsWhoWaitsForAnotherTry) {
  post(6, 6);
  ASSERT_TRUE(try_slice(0)
                  .answer(Outcome::delivered, "250 ok", {0})
                  .answer(Outcome::deferred, "450 busy", {1})
                  .record(db()));
  expect_counters(1, 1, 0);
  EXPECT_EQ(traced()["m2@example.org"].state, "queued");
  const Instant later = kNow + std::chrono::minutes{5};
  ASSERT_TRUE(try_slice(0)
                  .answer(Outcome::deferred, "451 4.4.1 connection refused", {2, 3, 4, 5})
                  .ends(later)
                  .record(db()));
  expect_counters(1, 5, 0);
  const auto open = open_slices(db(), kPosting, 0, 10).value();
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].remaining, 5U);
  EXPECT_EQ(open[0].attempts, 1U);
  EXPECT_EQ(open[0].due, later);
  ASSERT_TRUE(try_slice(0, later)
                  .answer(Outcome::delivered, "250 ok", {1, 2, 3})
                  .answer(Outcome::deferred, "450 busy", {4, 5})
                  .ends(later)
                  .record(db()));
  expect_counters(4, 2, 0);
  ASSERT_TRUE(try_slice(0, later).answer(Outcome::delivered, "250 ok", {4, 5}).record(db()));
  expect_counters(6, 0, 0);
}

TEST_F(Ledger, OneBounceAPostingAndMember) {
  post(2, 2);
  const auto member = store::slice(db(), {kPosting, 0}).value()->ids[0];
  Progress progress;
  progress.slice = store::slice(db(), {kPosting, 0}).value().value();
  const Bounce bounce{ListId{1}, kPosting, member, kNow, "5.1.1", "first"};
  Bounce again = bounce;
  again.diagnostic = "second";
  ASSERT_TRUE(record_progress(db(), progress, {bounce, again}));
  ASSERT_TRUE(record_progress(db(), progress, {again}));
  const auto found = bounces(db(), kPosting).value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].diagnostic, "first");
}

TEST_F(Ledger, AddresseesAreThoseWhoAreNotSettled) {
  post(50, 50);
  ASSERT_TRUE(try_slice(0).answer(Outcome::delivered, "250 ok", {0, 1, 7, 49}).record(db()));
  const auto slice = store::slice(db(), {kPosting, 0}).value().value();
  const auto to = addressees(db(), slice).value();
  ASSERT_EQ(to.size(), 46U);
  EXPECT_EQ(to[0].index, 2U);
  EXPECT_EQ(to[45].index, 48U);
  for (const queue::Addressee& each : to) {
    EXPECT_EQ(each.id, slice.ids[each.index]);
    EXPECT_EQ(each.mailbox, address(db(), each.id).value()->mailbox);
  }
}

TEST_F(Ledger, AddresseesFarApartAndMissingOnes) {
  post(100, 100);
  queue::Slice slice = store::slice(db(), {kPosting, 0}).value().value();
  const auto all = slice.ids;
  slice.ids = {all[0], all[1], all[2], all[3], all[40], all[90]};
  slice.ids.push_back(AddressId{all[90].value + 1'000'000});
  slice.ids.push_back(AddressId{all[90].value + 1'000'001});
  for (int at = 2; at < 8; ++at) slice.ids.push_back(AddressId{all[90].value + 1'000'000 + at});
  slice.settled = queue::Bitmap(slice.ids.size());
  const auto to = addressees(db(), slice).value();
  ASSERT_EQ(to.size(), slice.ids.size());
  for (std::size_t at = 0; at < 6; ++at)
    EXPECT_EQ(to[at].mailbox, address(db(), slice.ids[at]).value()->mailbox);
  for (std::size_t at = 6; at < to.size(); ++at) EXPECT_EQ(to[at].mailbox, "");
}

TEST_F(Ledger, TheTraceTellsEachRecipientsStory) {
  post(7, 4);
  const Instant first = kNow + std::chrono::seconds{1}, second = kNow + std::chrono::minutes{9};
  ASSERT_TRUE(try_slice(0, first)
                  .answer(Outcome::delivered, "250 2.0.0 queued as A", {0})
                  .answer(Outcome::deferred, "450 4.2.0 greylisted", {1, 2, 3})
                  .ends(second)
                  .record(db()));
  ASSERT_TRUE(try_slice(0, second)
                  .answer(Outcome::delivered, "250 2.0.0 queued as B", {1})
                  .answer(Outcome::failed, "550 5.1.1 unknown", {2})
                  .answer(Outcome::deferred, "450 still", {3})
                  .give_up(3)
                  .record(db()));
  ASSERT_TRUE(try_slice(1, first)
                  .answer(Outcome::delivered, "250 C", {0})
                  .answer(Outcome::deferred, "451 wait", {1})
                  .record(db()));
  auto rows = traced();
  ASSERT_EQ(rows.size(), 7U);
  const auto expect = [&](int member, const char* state, Instant at, const char* reply,
                          std::uint32_t attempts) {
    const TraceRow& row = rows["m" + std::to_string(member) + "@example.org"];
    EXPECT_EQ(row.state, state) << member;
    EXPECT_EQ(row.at, at) << member;
    EXPECT_EQ(row.reply, reply) << member;
    EXPECT_EQ(row.attempts, attempts) << member;
    EXPECT_EQ(row.peer, attempts > 0 ? "mx.example.org[192.0.2.1]:25" : "") << member;
  };
  expect(0, "delivered", first, "250 2.0.0 queued as A", 1);
  expect(1, "delivered", second, "250 2.0.0 queued as B", 2);
  expect(2, "failed", second, "550 5.1.1 unknown", 2);
  expect(3, "failed", second, "450 still", 2);
  expect(4, "delivered", first, "250 C", 1);
  expect(5, "deferred", first, "451 wait", 1);
  expect(6, "queued", Instant{}, "", 0);
}

TEST_F(Ledger, MarksAreNeverTakenBackNorCountedTwice) {
  post(4, 4);
  Try stale = try_slice(0);
  ASSERT_TRUE(try_slice(0).answer(Outcome::delivered, "250 ok", {0, 1}).record(db()));
  ASSERT_TRUE(stale.answer(Outcome::delivered, "250 again", {1, 2}).record(db()));
  EXPECT_EQ(store::slice(db(), {kPosting, 0}).value()->settled.count(), 3U);
  expect_counters(3, 0, 0);
  EXPECT_EQ(traced()["m1@example.org"].reply, "250 ok") << "what came first settled it";
}

TEST_F(Ledger, AReportThatCannotBeTrueIsRefused) {
  post(4, 4);
  Progress progress;
  progress.slice = store::slice(db(), {kPosting, 0}).value().value();
  progress.finished = true;
  EXPECT_FALSE(record_progress(db(), progress, {}));
  progress.finished = false;
  progress.log = "\xff\xff\xff";
  EXPECT_FALSE(record_progress(db(), progress, {}));
  progress.log.clear();
  progress.slice.settled = queue::Bitmap(3);
  EXPECT_FALSE(record_progress(db(), progress, {}));
  progress.slice.key.number = 99;
  EXPECT_EQ(record_progress(db(), progress, {}).error().fault, Fault::not_found);
}

TEST_F(Ledger, DropGivesUpWithoutABounce) {
  post(6, 3);
  Try in_hand = try_slice(1);
  ASSERT_TRUE(try_slice(0)
                  .answer(Outcome::delivered, "250 ok", {0})
                  .answer(Outcome::deferred, "450", {1, 2})
                  .ends(kNow)
                  .record(db()));
  const Instant later = kNow + std::chrono::hours{1};
  EXPECT_EQ(drop(db(), kPosting, later, "sent by mistake").value(), 5);
  expect_counters(1, 0, 0);
  EXPECT_EQ(posting(db(), kPosting).value()->state, PostingState::dropped);
  EXPECT_TRUE(open_slices(db(), kPosting, 0, 10).value().empty());
  EXPECT_TRUE(bounces(db(), kPosting).value().empty());
  EXPECT_EQ(drop(db(), kPosting, later, "again").value(), 0);
  EXPECT_EQ(drop(db(), PostingId{2}, later, "none").error().fault, Fault::not_found);
  EXPECT_TRUE(in_hand.answer(Outcome::delivered, "250 too late", {0}).record(db()).value());
  expect_counters(2, 0, 0);
  EXPECT_EQ(posting(db(), kPosting).value()->state, PostingState::dropped);
  auto rows = traced();
  EXPECT_EQ(rows["m1@example.org"].state, "dropped");
  EXPECT_EQ(rows["m1@example.org"].reply, "sent by mistake");
  EXPECT_EQ(rows["m1@example.org"].at, later);
  EXPECT_EQ(rows["m3@example.org"].state, "delivered");
}

TEST_F(Ledger, RetryMakesItDueNow) {
  post(6, 3);
  for (std::uint32_t number : {0U, 1U}) {
    ASSERT_TRUE(try_slice(number)
                    .answer(Outcome::deferred, "450", {0, 1, 2})
                    .ends(kNow + std::chrono::hours{2})
                    .record(db()));
  }
  const Instant now = kNow + std::chrono::minutes{1};
  EXPECT_EQ(retry_now(db(), kPosting, now).value(), 2);
  EXPECT_EQ(open_slices(db(), kPosting, 0, 10).value()[1].due, now);
  EXPECT_EQ(retry_now(db(), std::nullopt, now).value(), 2);
  EXPECT_EQ(retry_now(db(), PostingId{5}, now).error().fault, Fault::not_found);
}

TEST_F(Ledger, TheQueueIsListedByPostingAndRoute) {
  post(4, 1, [](std::string_view) { return "office"; });
  ASSERT_TRUE(
      add_posting_to_list(db(), 2, 2, [](std::string_view domain) { return "mx:" + std::string(domain); }));
  ASSERT_TRUE(try_slice(0).answer(Outcome::delivered, "250", {0}).record(db()));
  const Instant later = kNow + std::chrono::minutes{7};
  ASSERT_TRUE(try_slice(2).answer(Outcome::deferred, "450 later", {0}).ends(later).record(db()));
  const auto lines = queue_lines(db(), 10).value();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].posting, kPosting);
  EXPECT_EQ(lines[0].route, "office");
  EXPECT_EQ(lines[0].slices, 3);
  EXPECT_EQ(lines[0].remaining, 3);
  EXPECT_EQ(lines[0].attempts, 1U);
  EXPECT_EQ(lines[0].due, kNow);
  EXPECT_EQ(lines[0].last_reply, "450 later");
  EXPECT_EQ(lines[0].list_address, "tech@lists.example");
  EXPECT_EQ(lines[1].route, "mx:example.org");
  EXPECT_EQ(lines[1].remaining, 4);
  EXPECT_EQ(queue_lines(db(), 1).value().size(), 1U);
  EXPECT_EQ(queue_lines(db(), 1).value()[0].slices, 3) << "the lines that are shown are complete";
}

TEST_F(Ledger, WindowsOfSlices) {
  post(10, 1);
  EXPECT_EQ(open_slices(db(), kPosting, 0, 4).value().size(), 4U);
  const auto rest = open_slices(db(), kPosting, 8, 4).value();
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_EQ(rest[0].key.number, 8U);
}

}  // namespace
}  // namespace breakwater::store
