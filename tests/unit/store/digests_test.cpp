#include "store/digests.h"

#include <gtest/gtest.h>

#include "scratch.h"
#include "store/clock_set.h"
#include "store/digest_newcomers.h"
#include "store/hold.h"
#include "store/ledger.h"
#include "store/sync_rows.h"

namespace breakwater::store {
namespace {

class Digests : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(add_list_with_members(db(), 3)); }
  Connection& db() { return database_.connection(); }

  void accept(std::int64_t id) { ASSERT_TRUE(add_posting_to_list(db(), id, 10)); }
  std::vector<std::int64_t> waiting(std::size_t limit = 99, std::int64_t after = 0) {
    std::vector<std::int64_t> found;
    for (const WaitingPosting& one : waiting_for_digest(db(), ListId{1}, after, limit).value())
      found.push_back(one.posting.value);
    return found;
  }

  Database database_;
};

TEST_F(Digests, WhatWaitsComesInTheOrderInWhichItWasAccepted) {
  for (const std::int64_t id : {30, 10, 20}) {
    accept(id);
    ASSERT_TRUE(await_digest(db(), ListId{1}, PostingId{id}, id, kNow + Duration(id)));
    ASSERT_TRUE(await_digest(db(), ListId{1}, PostingId{id}, id, kNow)) << "again: no change";
  }
  EXPECT_EQ(waiting(), (std::vector<std::int64_t>{30, 10, 20}));
  EXPECT_EQ(waiting(2), (std::vector<std::int64_t>{30, 10}));
  const auto rows = waiting_for_digest(db(), ListId{1}, 0, 99).value();
  EXPECT_EQ(rows[1].message, MessageId{10});
  EXPECT_EQ(rows[1].size, 10U);
  EXPECT_EQ(waiting(99, rows[0].number), (std::vector<std::int64_t>{10, 20}));
  const auto backlogs = digest_backlogs(db()).value();
  ASSERT_EQ(backlogs.size(), 1U);
  EXPECT_EQ(backlogs[0].list, ListId{1});
  EXPECT_EQ(backlogs[0].backlog.messages, 3U);
  EXPECT_EQ(backlogs[0].backlog.bytes, 60U);
  EXPECT_EQ(backlogs[0].backlog.oldest, kNow + Duration(10));
  ASSERT_TRUE(end_waiting(db(), ListId{1}, rows[1].number));
  EXPECT_EQ(waiting(), std::vector<std::int64_t>{20});
}

TEST_F(Digests, ARecalledOrDroppedPostingWaitsForNone) {
  accept(1);
  ASSERT_TRUE(await_digest(db(), ListId{1}, PostingId{1}, 7, kNow));
  EXPECT_TRUE(waits_for_digest(db(), PostingId{1}).value());
  EXPECT_EQ(drop(db(), PostingId{1}, kNow, "recalled").value(), 3);
  EXPECT_FALSE(waits_for_digest(db(), PostingId{1}).value());
  EXPECT_TRUE(digest_backlogs(db()).value().empty());
  EXPECT_FALSE(leave_digest(db(), PostingId{1}).value());
}

TEST_F(Digests, APostingIsKeptAsLongAsItsDigestHasNotGone) {
  accept(1);
  ASSERT_TRUE(await_digest(db(), ListId{1}, PostingId{1}, 7, kNow));
  database_.sql("UPDATE slice SET state = 1");
  database_.sql("UPDATE posting SET state = 1, finished = received");
  EXPECT_EQ(prune(db(), kNow + std::chrono::days(400), 10).value(), 0);
  EXPECT_EQ(message_bytes(db(), MessageId{1}).value(), "message");
  ASSERT_TRUE(end_waiting(db(), ListId{1}, 99));
  EXPECT_EQ(prune(db(), kNow + std::chrono::days(400), 10).value(), 1);
}

TEST_F(Digests, AListHasDigestMembersWhileSomebodyGetsThemNow) {
  using lists::DeliveryMode, lists::DigestForm;
  const auto set = [&](const lists::Delivery& delivery) {
    const NewMember row{address_of("m1", "example.org"), "", delivery};
    EXPECT_TRUE(add_members(db(), ListId{1}, lists::Role::member, {&row, 1}, kNow));
  };
  const Instant later = kNow + std::chrono::days(1);
  EXPECT_FALSE(has_digest_members(db(), ListId{1}, kNow).value());
  set({DeliveryMode::digest, DigestForm::plain, std::nullopt, DeliveryMode::each});
  EXPECT_TRUE(has_digest_members(db(), ListId{1}, kNow).value());
  EXPECT_FALSE(has_digest_members(db(), ListId{2}, kNow).value());
  set({DeliveryMode::none, DigestForm::plain, later, DeliveryMode::digest});
  EXPECT_FALSE(has_digest_members(db(), ListId{1}, kNow).value());
  EXPECT_TRUE(has_digest_members(db(), ListId{1}, later).value());
  set({DeliveryMode::none, DigestForm::plain, later, DeliveryMode::each});
  EXPECT_FALSE(has_digest_members(db(), ListId{1}, later).value());
}

TEST_F(Digests, AFreezeStopsADigestThatIsOnItsWay) {
  MemberRows rows(db());
  const auto audience = lists::expand(rows, ListId{1}, to_office, 10).value();
  ASSERT_TRUE(add_message(db(), {MessageId{5}, "digest", kNow}));
  Posting posting = make_posting(5);
  posting.kind = PostingKind::digest;
  ASSERT_TRUE(add_posting(db(), posting, audience, kNow + std::chrono::hours(1)));
  EXPECT_EQ(store::posting(db(), PostingId{5}).value()->kind, PostingKind::digest);
  EXPECT_EQ(pending_of(db(), ListId{1}).value().size(), 1U);
  ASSERT_TRUE(freeze(db(), {ListId{1}, kNow, "ann", "a look"}));
  EXPECT_EQ(frozen_postings(db()).value(), std::vector{PostingId{5}});
}

TEST_F(Digests, WhatWasPutOffIsTriedAgainWhenItsTimeHasCome) {
  ASSERT_TRUE(put_off_digest(db(), ListId{1}, kNow));
  ASSERT_TRUE(put_off_digest(db(), ListId{1}, kNow + kDigestAgain));
  EXPECT_TRUE(is_put_off(db(), ListId{1}, kNow).value());
  EXPECT_FALSE(is_put_off(db(), ListId{2}, kNow).value());
  EXPECT_FALSE(is_put_off(db(), ListId{1}, kNow + kDigestAgain).value());
}

TEST_F(Digests, WhoeverComesIsBehindTheLastMessageThatWaits) {
  const lists::DeliveryMode digest = lists::DeliveryMode::digest;
  const auto join = [&](const std::string& who, const std::string& list) {
    const auto of = ensure_list(db(), address_of(list, "lists.example"), kNow).value();
    EXPECT_TRUE(add_member(db(), of, address_of(who, "example.org"), lists::Role::member, digest, "", kNow));
  };
  const auto sync = [&](const std::string& who) {
    const SyncChange change{{who + "@example.org", who + "@example.org", "", false}, SyncAct::add};
    EXPECT_TRUE(carry_out_changes(db(), ListId{1}, {&change, 1}, kNow));
  };
  const auto behind = [&](const std::string& who) {
    const auto lists = nesting(db(), ListId{1}, kNow).value();
    return came_behind(db(), lists, find_address(db(), who + "@example.org").value().value()).value();
  };
  join("ann", "tech");
  sync("bob");
  for (const std::int64_t id : {1, 2}) {
    accept(id);
    ASSERT_TRUE(await_digest(db(), ListId{1}, PostingId{id}, 7, kNow));
  }
  join("carl", "tech");
  sync("dora");
  join("eve", "other");
  EXPECT_EQ(behind("ann"), 0);
  EXPECT_EQ(behind("bob"), 0);
  EXPECT_EQ(behind("carl"), 2);
  EXPECT_EQ(behind("dora"), 2);
  EXPECT_EQ(behind("eve"), std::nullopt);
  const auto newcomers = [&](std::int64_t first) {
    return digest_newcomers(db(), nesting(db(), ListId{1}, kNow).value(), first).value().size();
  };
  EXPECT_EQ(newcomers(1), 1U) << "carl; dora gets each message";
  EXPECT_EQ(newcomers(3), 0U);
}

TEST_F(Digests, ThoseThatAPostingWentInAreFoundByTheirNames) {
  for (const std::int64_t id : {1, 2, 3}) accept(id);
  for (const std::int64_t id : {7, 8, 9}) {
    Posting digest = make_posting(id);
    digest.kind = PostingKind::digest;
    const std::vector<PostingId> in = {PostingId{id - 6}, PostingId{3}};
    digest.reason = "a digest" + contents_text(in);
    ASSERT_TRUE(add_message(db(), {digest.message, "digest", kNow}));
    ASSERT_TRUE(add_posting(db(), digest, {}, kNow));
  }
  const auto with = [&](std::int64_t id, std::size_t limit) {
    std::vector<std::int64_t> found;
    for (const Posting& one : digests_with(db(), make_posting(id), limit).value())
      found.push_back(one.id.value);
    return found;
  };
  EXPECT_EQ(with(1, 9), std::vector<std::int64_t>{7});
  EXPECT_EQ(with(3, 9), (std::vector<std::int64_t>{7, 8, 9}));
  EXPECT_EQ(with(3, 2), (std::vector<std::int64_t>{7, 8}));
  EXPECT_EQ(with(4, 9), std::vector<std::int64_t>{});
}

// The clock was a year ahead, and is set right: a day's digest comes within a day.
TEST_F(Digests, AClockThatIsSetBackKeepsNoDigestForAYear) {
  accept(1);
  ASSERT_TRUE(await_digest(db(), ListId{1}, PostingId{1}, 7, kNow + std::chrono::days(365)));
  ASSERT_TRUE(bound_waits(db(), kNow, {}));
  EXPECT_EQ(digest_backlogs(db()).value()[0].backlog.oldest, kNow);
  ASSERT_TRUE(move_deadlines(db(), -std::chrono::hours(1)));
  EXPECT_EQ(digest_backlogs(db()).value()[0].backlog.oldest, kNow - std::chrono::hours(1));
}

}  // namespace
}  // namespace breakwater::store
