// What is pending between lists and people: what ends it, and what must not come back.
#include "store/subscriptions.h"

#include <gtest/gtest.h>

#include "scratch.h"

namespace breakwater::store {
namespace {

using lists::Subscription;
using lists::TokenAction;
using std::chrono::hours;

constexpr Duration kLife = lists::token_life;

class Subscriptions : public testing::Test {
 protected:
  Subscriptions() {
    list_ = ensure_list(db(), address_of("tech", "lists.example"), kNow).value();
    other_ = ensure_list(db(), address_of("news", "lists.example"), kNow).value();
    ann_ = ensure_address(db(), ann()).value();
  }
  Connection& db() { return database_.connection(); }
  static mail::Address ann() { return address_of("ann", "example.org"); }
  void put(Subscription state, Instant now = kNow) {
    ASSERT_TRUE(put_subscription(db(), list_, ann_, state, now, now + kLife));
  }
  void add_token(const std::string& digest, TokenAction action, ListId list) {
    ASSERT_TRUE(add_subscription_token(db(), {{digest, list, ann_, action, kNow + kLife, false}, ""}));
  }
  void join() {
    ASSERT_TRUE(
        add_member(db(), list_, ann(), lists::Role::member, lists::DeliveryMode::each, "", kNow).value());
  }
  Subscription state(Instant now = kNow) { return subscription(db(), list_, ann_, now).value(); }
  bool used(const std::string& digest) { return subscription_token(db(), digest).value()->token.used; }

  Database database_;
  ListId list_, other_;
  AddressId ann_;
  const std::string one_ = std::string(32, '1'), two_ = std::string(32, '2'), three_ = std::string(32, '3');
};

TEST_F(Subscriptions, end_at_the_very_instant_that_they_are_due_without_anybody_ending_them) {
  put(Subscription::confirming);
  EXPECT_EQ(state(kNow + kLife - Duration(1)), Subscription::confirming);
  EXPECT_EQ(state(kNow + kLife), Subscription::absent);
  EXPECT_EQ(pending_subscriptions(db(), list_, kNow + kLife - Duration(1), 9)->size(), 1U);
  EXPECT_TRUE(pending_subscriptions(db(), list_, kNow + kLife, 9)->empty());
  join();
  put(Subscription::leaving);
  EXPECT_EQ(state(), Subscription::leaving);
  EXPECT_EQ(state(kNow + kLife), Subscription::member);
}

// Whichever state comes next, the tokens of the one before it are worth nothing; those of another list are.
TEST_F(Subscriptions, use_up_the_tokens_of_what_was_pending) {
  put(Subscription::confirming);
  add_token(one_, TokenAction::join, list_);
  add_token(two_, TokenAction::join, other_);
  put(Subscription::approving);
  EXPECT_TRUE(used(one_));
  EXPECT_FALSE(used(two_));
  add_token(three_, TokenAction::approve, list_);
  put(Subscription::absent);
  EXPECT_TRUE(used(three_));
  EXPECT_EQ(database_.number("SELECT count(*) FROM subscription"), 0);
}

// The member row says who is a member; a row that waits and contradicts it says nothing.
TEST_F(Subscriptions, of_who_came_or_went_another_way_are_what_the_member_row_says) {
  put(Subscription::invited);
  join();
  EXPECT_EQ(state(), Subscription::member);
  put(Subscription::leaving);
  ASSERT_TRUE(remove_member(db(), list_, ann_, lists::Role::member).value());
  EXPECT_EQ(state(), Subscription::absent);
}

TEST_F(Subscriptions, that_an_import_overtook_do_not_come_back) {
  put(Subscription::approving);
  add_token(one_, TokenAction::approve, list_);
  ASSERT_TRUE(end_overtaken(db(), list_));
  EXPECT_EQ(state(), Subscription::approving) << "they are no member: nothing has overtaken it";
  join();
  ASSERT_TRUE(end_overtaken(db(), other_));
  EXPECT_FALSE(used(one_));
  ASSERT_TRUE(end_overtaken(db(), list_));
  EXPECT_TRUE(used(one_));
  ASSERT_TRUE(remove_member(db(), list_, ann_, lists::Role::member).value());
  EXPECT_EQ(state(), Subscription::absent);
  join();
  put(Subscription::leaving);
  ASSERT_TRUE(end_overtaken(db(), list_));
  EXPECT_EQ(state(), Subscription::leaving) << "a member's own wish";
}

TEST_F(Subscriptions, are_pruned_when_nobody_asks_any_more_and_their_tokens_a_month_later) {
  put(Subscription::confirming);
  add_token(one_, TokenAction::join, list_);
  ASSERT_TRUE(put_request_tally(db(), "to:ann", "1", kNow + hours(24)));
  const Instant end = kNow + kLife;
  ASSERT_TRUE(prune_subscriptions(db(), end - Duration(1), 100));
  EXPECT_EQ(database_.number("SELECT count(*) FROM subscription"), 1);
  EXPECT_EQ(request_tally(db(), "to:ann").value(), "") << "its time was over before";
  ASSERT_TRUE(prune_subscriptions(db(), end, 100));
  EXPECT_EQ(database_.number("SELECT count(*) FROM subscription"), 0);
  EXPECT_TRUE(subscription_token(db(), one_)->has_value()) << "its reader can be told that it is too late";
  ASSERT_TRUE(prune_subscriptions(db(), end + hours(24 * 30), 100));
  EXPECT_FALSE(subscription_token(db(), one_)->has_value());
}

TEST_F(Subscriptions, bans_are_of_one_list_and_the_last_word_counts) {
  EXPECT_FALSE(has_bans(db(), list_).value());
  EXPECT_TRUE(add_ban(db(), {list_, "@example.org", kNow, "carl", "spam"}).value());
  EXPECT_FALSE(add_ban(db(), {list_, "@example.org", kNow, "dora", "noise"}).value());
  EXPECT_TRUE(has_bans(db(), list_).value());
  EXPECT_FALSE(has_bans(db(), other_).value());
  EXPECT_TRUE(is_banned(db(), list_, {"ann@example.org", "@example.org"}).value());
  EXPECT_FALSE(is_banned(db(), list_, {"ann@example.org"}).value());
  EXPECT_EQ(bans(db(), list_, 9)->front().reason, "noise");
  EXPECT_TRUE(remove_ban(db(), list_, "@example.org").value());
  EXPECT_FALSE(remove_ban(db(), list_, "@example.org").value());
}

}  // namespace
}  // namespace breakwater::store
