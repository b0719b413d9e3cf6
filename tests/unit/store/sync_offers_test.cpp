// Tokens of held syncs: which are open, which has been confirmed, and what ends them.
#include "store/sync_offers.h"

#include <gtest/gtest.h>

#include "scratch.h"
#include "store/directory.h"
#include "store/member_orders.h"

namespace breakwater::store {
namespace {

using std::chrono::hours;

class SyncOffers : public testing::Test {
 protected:
  SyncOffers() {
    tech_ = ensure_list(db(), address_of("tech", "lists.example"), kNow).value();
    news_ = ensure_list(db(), address_of("news", "lists.example"), kNow).value();
  }
  Connection& db() { return database_.connection(); }
  static std::string digest(char of) { return std::string(32, of); }
  void add(char of, ListId list, const std::string& plan, Instant expires = kNow + hours(336),
           Instant now = kNow) {
    ASSERT_TRUE(add_sync_offer(
        db(), {digest(of), list, std::string(1, of) + "@example.org", plan, 2, 51, expires}, now));
  }
  std::optional<SyncOffer> offer(char of) { return sync_offer(db(), digest(of)).value(); }

  Database database_;
  ListId tech_, news_;
};

TEST_F(SyncOffers, say_until_when_they_are_good) {
  add('a', tech_, "53-1");
  const auto found = offer('a');
  ASSERT_TRUE(found);
  EXPECT_EQ(found->list, tech_);
  EXPECT_EQ(found->person, "a@example.org");
  EXPECT_EQ(found->plan, "53-1");
  EXPECT_EQ(found->added, 2);
  EXPECT_EQ(found->removed, 51);
  EXPECT_EQ(found->over, "");
  EXPECT_FALSE(offer('b'));
  EXPECT_EQ(found->expires, kNow + hours(336)) << "whoever answers too late is told so";
}

TEST_F(SyncOffers, that_are_confirmed_wait_until_they_have_been_tried) {
  add('a', tech_, "53-1");
  add('b', tech_, "53-1");
  add('c', news_, "53-1");
  EXPECT_FALSE(confirmed_sync_offer(db(), tech_).value());
  EXPECT_TRUE(lists_with_confirmed_sync(db()).value().empty());
  ASSERT_TRUE(confirm_sync_offer(db(), digest('b'), kNow, "<1@example.org>"));
  EXPECT_EQ(lists_with_confirmed_sync(db()).value(), std::set<ListId>{tech_});
  const auto confirmed = confirmed_sync_offer(db(), tech_).value();
  ASSERT_TRUE(confirmed);
  EXPECT_EQ(confirmed->person, "b@example.org");
  EXPECT_EQ(confirmed->message_id, "<1@example.org>");
  EXPECT_FALSE(confirmed_sync_offer(db(), news_).value());
  ASSERT_TRUE(settle_sync_offers(db(), tech_));
  EXPECT_TRUE(lists_with_confirmed_sync(db()).value().empty());
  EXPECT_EQ(offer('b')->over, "") << "it has been tried, and may be again";
}

TEST_F(SyncOffers, are_over_for_all_who_were_asked) {
  add('a', tech_, "53-1");
  add('b', tech_, "60-2");
  add('c', news_, "53-1");
  ASSERT_TRUE(confirm_sync_offer(db(), digest('a'), kNow, ""));
  ASSERT_TRUE(end_sync_offers(db(), tech_, "53-1", "b@example.org has dropped it"));
  EXPECT_EQ(offer('a')->over, "b@example.org has dropped it");
  EXPECT_FALSE(confirmed_sync_offer(db(), tech_).value());
  EXPECT_EQ(offer('b')->over, "") << "another plan";
  ASSERT_TRUE(end_sync_offers(db(), tech_, "", "in step"));
  EXPECT_EQ(offer('a')->over, "b@example.org has dropped it") << "what was said first stands";
  EXPECT_EQ(offer('b')->over, "in step");
  EXPECT_EQ(offer('c')->over, "") << "another list";
}

TEST_F(SyncOffers, go_when_nobody_can_answer_any_more) {
  add('a', tech_, "1-1", kNow);
  add('b', tech_, "1-1", kNow);
  ASSERT_TRUE(confirm_sync_offer(db(), digest('b'), kNow, ""));
  add('c', tech_, "2-2", kNow + hours(2000), kNow + hours(24 * 30));
  EXPECT_EQ(database_.number("SELECT count(*) FROM sync_offer"), 2) << "the one that waits to be tried stays";
}

TEST_F(SyncOffers, of_a_member_who_is_asked_about_delivery_there_is_one_at_a_time) {
  const auto awaits = [&](ListId list, std::string_view person, std::string_view begin, Instant now = kNow) {
    return awaits_member_orders(db(), list, person, begin, now).value();
  };
  ASSERT_TRUE(add_member_orders(
      db(), {digest('o'), tech_, "ann@example.org", "set delivery none", kNow + hours(168), false}));
  EXPECT_TRUE(awaits(tech_, "ann@example.org", "set delivery"));
  EXPECT_FALSE(awaits(tech_, "ann@example.org", "add"));
  EXPECT_FALSE(awaits(news_, "ann@example.org", "set delivery"));
  EXPECT_FALSE(awaits(tech_, "bob@example.org", "set delivery"));
  EXPECT_FALSE(awaits(tech_, "ann@example.org", "set delivery", kNow + hours(168)));
  ASSERT_TRUE(use_member_orders(db(), digest('o')));
  EXPECT_FALSE(awaits(tech_, "ann@example.org", "set delivery"));
}

}  // namespace
}  // namespace breakwater::store
