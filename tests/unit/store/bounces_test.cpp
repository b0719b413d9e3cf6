#include "store/bounces.h"

#include <gtest/gtest.h>

#include <map>

#include "scratch.h"
#include "store/delivery.h"

namespace breakwater::store {
namespace {

using lists::BounceKind;
using lists::Stage;
constexpr Duration kDay = std::chrono::hours{24};

class BouncesTest : public testing::Test {
 protected:
  BouncesTest() {
    EXPECT_TRUE(add_list_with_members(db(), 5));
    EXPECT_TRUE(add_posting_to_list(db(), 7, 2));
    EXPECT_TRUE(add_posting_to_list(db(), 8, 2));
  }
  Connection& db() { return database_.connection(); }
  AddressId member(int number) {
    return find_address(db(), "m" + std::to_string(number) + "@example.org").value().value();
  }
  Membership who(int number) { return {ListId{1}, member(number)}; }
  bool note(int number, Instant at, BounceKind kind, std::int64_t posting = 7) {
    return note_bounce(db(), who(number), {PostingId{posting}, at, kind, "5.1.1", "550 no"}).value();
  }
  std::int64_t receiving() {
    std::int64_t count = 0;
    auto cursor = MemberRows(db()).receiving(ListId{1}).value();
    for (AddressId id; cursor->next(id).value();) ++count;
    return count;
  }
  Database database_;
};

TEST_F(BouncesTest, ADayKeepsTheBounceThatCountsMost) {
  EXPECT_TRUE(note(0, kNow, BounceKind::policy));
  EXPECT_FALSE(note(0, kNow, BounceKind::policy));
  EXPECT_TRUE(note(0, kNow, BounceKind::soft, 8));
  EXPECT_FALSE(note(0, kNow, BounceKind::policy));
  EXPECT_TRUE(note(0, kNow, BounceKind::hard));
  EXPECT_FALSE(note(0, kNow, BounceKind::hard, 8));
  EXPECT_FALSE(note(0, kNow, BounceKind::soft));
  EXPECT_TRUE(note(0, kNow + kDay, BounceKind::soft, 8));
  const auto days = member_bounces(db(), who(0), 10).value();
  ASSERT_EQ(days.size(), 2U);
  EXPECT_EQ(days[0].kind, BounceKind::soft);
  EXPECT_EQ(days[1].kind, BounceKind::hard);
  EXPECT_EQ(days[1].posting, PostingId{7});
  EXPECT_EQ(days[1].diagnostic, "550 no");
}

// docs/bounces.md: a year is kept, also of who never bounces again.
TEST_F(BouncesTest, DaysThatNoRuleReadsGoInBoundedBatches) {
  for (int at = 0; at < 5; ++at) {
    note(at, kNow, BounceKind::hard);
    note(at, kNow + 300 * kDay, BounceKind::soft);
  }
  EXPECT_EQ(prune_member_bounces(db(), kNow + 366 * kDay, 100).value(), 0);
  EXPECT_EQ(prune_member_bounces(db(), kNow + 367 * kDay, 3).value(), 3);
  EXPECT_EQ(prune_member_bounces(db(), kNow + 367 * kDay, 3).value(), 2);
  EXPECT_EQ(prune_member_bounces(db(), kNow + 367 * kDay, 3).value(), 0);
  EXPECT_EQ(member_bounces(db(), who(0), 9).value().size(), 1U);
  EXPECT_EQ(prune_member_bounces(db(), kNow + 299 * kDay, 100).value(), 0) << "clocks may differ by a day";
  EXPECT_EQ(prune_member_bounces(db(), kNow + 298 * kDay, 100).value(), 5) << "days that have not come";
}

TEST_F(BouncesTest, AFrozenPostingTakesBackWhatItCounted) {
  EXPECT_TRUE(note(0, kNow, BounceKind::hard, 7));
  EXPECT_TRUE(note(1, kNow, BounceKind::soft, 7));
  EXPECT_TRUE(note(2, kNow, BounceKind::hard, 8));
  EXPECT_TRUE(note(3, kNow, BounceKind::policy, 7));
  EXPECT_FALSE(is_spiked(db(), PostingId{7}).value());
  EXPECT_EQ(count_bounced(db(), PostingId{7}).value(), 1);
  EXPECT_EQ(count_bounced(db(), PostingId{7}).value(), 2);
  ASSERT_TRUE(freeze_bounces(db(), PostingId{7}, kNow));
  EXPECT_TRUE(is_spiked(db(), PostingId{7}).value());
  EXPECT_FALSE(is_spiked(db(), PostingId{8}).value());
  const BounceKind kinds[] = {BounceKind::spike, BounceKind::spike, BounceKind::hard, BounceKind::policy};
  for (int at = 0; at < 4; ++at) EXPECT_EQ(member_bounces(db(), who(at), 1).value()[0].kind, kinds[at]) << at;
  EXPECT_TRUE(note(0, kNow, BounceKind::hard, 8)) << "another posting of that day still counts";
}

TEST_F(BouncesTest, WhoIsStoppedIsNotReachedUntilResumed) {
  EXPECT_EQ(receiving(), 5);
  const auto changes = db().member_changes();
  EXPECT_TRUE(stop_member(db(), who(1), kNow).value());
  EXPECT_FALSE(stop_member(db(), who(1), kNow).value());
  EXPECT_GT(db().member_changes(), changes) << "audiences that were counted before must be counted again";
  EXPECT_EQ(receiving(), 4);
  const auto count = count_members(db(), ListId{1}).value();
  EXPECT_EQ(count.members, 5);
  EXPECT_EQ(count.receiving, 4);
  EXPECT_EQ(count.stopped, 1);
  EXPECT_EQ(memberships(db(), member(1)).value()[0].second.stopped, kNow);
  EXPECT_EQ(memberships(db(), member(1)).value()[0].first, "tech@lists.example");
  EXPECT_FALSE(add_member(db(), ListId{1}, address_of("m1", "example.org"), lists::Role::member,
                          lists::DeliveryMode::each, "again", kNow)
                   .value());
  EXPECT_EQ(receiving(), 4) << "an import resumes nobody";
  EXPECT_TRUE(resume_member(db(), who(1)).value());
  EXPECT_FALSE(resume_member(db(), who(1)).value());
  EXPECT_EQ(receiving(), 5);
}

TEST_F(BouncesTest, WhoLeavesAndComesBackBeginsAnew) {
  note(1, kNow, BounceKind::hard);
  ASSERT_TRUE(put_bounce_watch(db(), who(1), {Stage::stopped, kNow, PostingId{8}, std::nullopt}));
  stop_member(db(), who(1), kNow).value();
  ASSERT_TRUE(remove_member(db(), ListId{1}, member(1), lists::Role::moderator));
  EXPECT_EQ(member_bounces(db(), who(1), 9).value().size(), 1U) << "it was another role";
  ASSERT_TRUE(remove_member(db(), ListId{1}, member(1), lists::Role::member).value());
  EXPECT_TRUE(member_bounces(db(), who(1), 9).value().empty());
  EXPECT_EQ(bounce_watch(db(), who(1)).value().stage, Stage::quiet);
  add_member(db(), ListId{1}, address_of("m1", "example.org"), lists::Role::member, lists::DeliveryMode::each,
             "", kNow)
      .value();
  EXPECT_EQ(receiving(), 5);
}

TEST_F(BouncesTest, WatchesComeDueInOrder) {
  EXPECT_FALSE(next_bounce_due(db()).value());
  ASSERT_TRUE(put_bounce_watch(db(), who(0), {Stage::probe_sent, kNow, PostingId{8}, kNow + kDay}));
  ASSERT_TRUE(put_bounce_watch(db(), who(1), {Stage::probe_wanted, {}, {}, kNow}));
  EXPECT_EQ(next_bounce_due(db()).value(), kNow);
  EXPECT_EQ(due_bounce_watches(db(), kNow, 10).value().size(), 1U);
  EXPECT_EQ(due_bounce_watches(db(), kNow + kDay, 10).value().size(), 2U);
  const auto read = bounce_watch(db(), who(0)).value();
  EXPECT_EQ(read.stage, Stage::probe_sent);
  EXPECT_EQ(read.since, kNow);
  EXPECT_EQ(read.probe, PostingId{8});
  EXPECT_EQ(read.due, kNow + kDay);
  ASSERT_TRUE(put_bounce_watch(db(), who(1), {}));
  EXPECT_EQ(next_bounce_due(db()).value(), kNow + kDay);
}

TEST_F(BouncesTest, OwnersHearOfAllAtMostOnceADay) {
  const ListId list{1};
  note(0, kNow, BounceKind::hard);
  for (const int number : {0, 1}) {
    stop_member(db(), who(number), kNow).value();
    ASSERT_TRUE(add_bounce_news(db(), list, member(number), {}, kNow + std::chrono::minutes{number}));
  }
  count_bounced(db(), PostingId{7}).value();
  ASSERT_TRUE(add_bounce_news(db(), list, {}, PostingId{7}, kNow));
  const Instant first = next_bounce_due(db()).value().value();
  EXPECT_EQ(first, kNow + std::chrono::minutes{10}) << "those of the next minutes are in it";
  EXPECT_FALSE(due_bounce_letter(db(), kNow).value());
  EXPECT_EQ(due_bounce_letter(db(), first).value(), list);
  const auto news = bounce_news(db(), list, 1).value();
  EXPECT_EQ(news.all_stopped, 2);
  ASSERT_EQ(news.stopped.size(), 1U);
  EXPECT_EQ(news.stopped[0].mailbox, "m0@example.org");
  EXPECT_EQ(news.stopped[0].status, "5.1.1");
  ASSERT_EQ(news.spiked.size(), 1U);
  EXPECT_EQ(news.spiked[0].recipients, 5);
  EXPECT_EQ(news.spiked[0].members, 1);
  ASSERT_TRUE(bounce_letter_done(db(), list, first));
  EXPECT_FALSE(next_bounce_due(db()).value());
  EXPECT_EQ(bounce_news(db(), list, 9).value().all_stopped, 0);
  stop_member(db(), who(2), first).value();
  ASSERT_TRUE(add_bounce_news(db(), list, member(2), {}, first));
  EXPECT_EQ(next_bounce_due(db()).value(), first + kDay);
  resume_member(db(), who(2)).value();
  EXPECT_EQ(bounce_news(db(), list, 9).value().all_stopped, 0) << "what is over is not told";
}

TEST_F(BouncesTest, OnlyWhoWasSentAPostingIsAmongItsRecipients) {
  add_member(db(), ListId{1}, address_of("late", "example.org"), lists::Role::member,
             lists::DeliveryMode::each, "", kNow)
      .value();
  const AddressId late = find_address(db(), "late@example.org").value().value();
  const auto found = among_recipients(db(), PostingId{7}, {member(4), late, member(0), member(4)}).value();
  EXPECT_EQ(found, (std::vector{member(0), member(4)}));
  EXPECT_TRUE(among_recipients(db(), PostingId{99}, {member(0)}).value().empty());
  EXPECT_TRUE(among_recipients(db(), PostingId{7}, {}).value().empty());
}

TEST_F(BouncesTest, NestedListsAreFoundOnceThoughTheyContainOneAnother) {
  const ListId inner = ensure_list(db(), address_of("inner", "lists.example"), kNow).value();
  const auto add = [&](ListId list, const std::string& local) {
    EXPECT_TRUE(add_member(db(), list, address_of(local, "lists.example"), lists::Role::member,
                           lists::DeliveryMode::each, "", kNow));
  };
  add(ListId{1}, "inner");
  add(inner, "tech");
  EXPECT_EQ(with_nested_lists(db(), ListId{1}).value(), (std::vector{ListId{1}, inner}));
  EXPECT_EQ(with_nested_lists(db(), inner).value(), (std::vector{inner, ListId{1}}));
  const auto row = find_address(db(), "inner@lists.example").value().value();
  ASSERT_TRUE(set_delivery(db(), ListId{1}, row, {.mode = lists::DeliveryMode::none}).value());
  EXPECT_EQ(with_nested_lists(db(), ListId{1}).value(), (std::vector{ListId{1}, inner})) << "it pauses";
}

TEST_F(BouncesTest, WhatAPostingCountedGoesWithItAndWhatItSaidOfMembersStays) {
  note(0, kNow, BounceKind::hard, 7);
  count_bounced(db(), PostingId{7}).value();
  ASSERT_TRUE(add_bounce(db(), {ListId{1}, PostingId{7}, member(0), kNow, "5.1.1", "550 no"}).value());
  EXPECT_FALSE(add_bounce(db(), {ListId{1}, PostingId{7}, member(0), kNow, "5.1.1", "550 no"}).value());
  ASSERT_TRUE(drop(db(), PostingId{7}, kNow, "test"));
  EXPECT_EQ(prune(db(), kNow + kDay, 10).value(), 1);
  EXPECT_EQ(database_.number("SELECT count(*) FROM posting_bounces"), 0);
  EXPECT_EQ(member_bounces(db(), who(0), 9).value().size(), 1U);
}

}  // namespace
}  // namespace breakwater::store
