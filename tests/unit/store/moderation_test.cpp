// What waits for moderators: when it ends, whom they were told of, and lists on which everything waits.
#include "store/moderation.h"

#include <gtest/gtest.h>

#include "scratch.h"
#include "store/hold.h"

namespace breakwater::store {
namespace {

using lists::SenderModeration;
using std::chrono::hours;

class Moderation : public testing::Test {
 protected:
  Moderation() {
    if (!add_list_with_members(db(), 2)) throw std::runtime_error("no members");
    if (!ensure_list(db(), address_of("news", "lists.example"), kNow)) throw std::runtime_error("no list");
  }
  Connection& db() { return database_.connection(); }
  void hold(std::int64_t id, Instant received, const std::string& verdict = "moderate",
            ListId list = ListId{1}, std::optional<Instant> until = std::nullopt) {
    Posting posting = make_posting(id);
    posting.list = list;
    posting.received = received;
    posting.verdict = verdict;
    posting.state = PostingState::held;
    posting.until = until;
    ASSERT_TRUE(add_message(db(), {MessageId{id}, "message", kNow}));
    ASSERT_TRUE(add_held(db(), posting, nullptr));
  }
  std::vector<std::int64_t> ending(Instant received, std::optional<Instant> warned = std::nullopt) {
    std::vector<std::int64_t> ids;
    for (const Posting& one : held_ending(db(), {ListId{1}, received, warned}, 100).value())
      ids.push_back(one.id.value);
    return ids;
  }
  using Ids = std::vector<std::int64_t>;
  Database database_;
};

// What has a time of its own, or waits for its sender, is not the moderators' to lose.
TEST_F(Moderation, only_what_waits_for_a_person_ends_unheard_and_only_when_it_is_old_enough) {
  hold(1, kNow);
  hold(2, kNow + hours(1));
  hold(3, kNow, "confirm", ListId{1}, kNow + hours(24));
  hold(4, kNow, "defer", ListId{1}, kNow + hours(24));
  hold(5, kNow, "moderate", ListId{2});
  EXPECT_EQ(ending(kNow - Duration(1)), Ids{});
  EXPECT_EQ(ending(kNow), Ids{1});
  EXPECT_EQ(ending(kNow + hours(1)), (Ids{1, 2}));
}

// Told of once: a kill after the letter finds it noted, since both are of one transaction; what came later is
// told of later.
TEST_F(Moderation, moderators_are_told_of_each_once_and_it_ends_only_when_they_were) {
  hold(1, kNow);
  hold(2, kNow + hours(1));
  ASSERT_TRUE(note_warned(db(), ListId{1}, kNow, kNow + hours(48)));
  EXPECT_EQ(ending(kNow + hours(1)), Ids{2}) << "the first has been told of";
  EXPECT_EQ(ending(kNow + hours(1), kNow + hours(47)), Ids{}) << "too short ago";
  EXPECT_EQ(ending(kNow + hours(1), kNow + hours(48)), Ids{1});
  ASSERT_TRUE(note_warned(db(), ListId{1}, kNow + hours(1), kNow + hours(72)));
  EXPECT_EQ(ending(kNow + hours(1), kNow + hours(48)), Ids{1}) << "told again, it would never end";
  EXPECT_EQ(last_held_letter(db(), ListId{1}).value(), kNow + hours(72));
  EXPECT_EQ(last_held_letter(db(), ListId{2}).value(), std::nullopt);
}

// Two moderators, one posting: whoever commits first has decided, and nothing is lost or done twice.
TEST_F(Moderation, of_two_moderators_the_first_decides) {
  hold(1, kNow);
  EXPECT_TRUE(discard_held(db(), PostingId{1}, kNow, "by ann").value());
  EXPECT_FALSE(discard_held(db(), PostingId{1}, kNow, "by bob").value());
  EXPECT_FALSE(add_approval(db(), PostingId{1}, "bob@example.org", kNow)) << "it is not held any more";
  EXPECT_EQ(ending(kNow), Ids{});
  EXPECT_EQ(posting(db(), PostingId{1}).value()->reason, "by ann");
}

TEST_F(Moderation, of_a_member_goes_with_the_membership) {
  const AddressId m0 = find_address(db(), "m0@example.org").value().value();
  EXPECT_TRUE(set_member_moderation(db(), ListId{1}, m0, SenderModeration::always).value());
  EXPECT_EQ(member_moderation(db(), ListId{1}, m0).value(), SenderModeration::always);
  EXPECT_FALSE(set_member_moderation(db(), ListId{2}, m0, SenderModeration::always).value());
  EXPECT_EQ(members(db(), ListId{1}, lists::Role::member, AddressId{}, 9)->front().moderated,
            SenderModeration::always);
  ASSERT_TRUE(remove_member(db(), ListId{1}, m0, lists::Role::member).value());
  EXPECT_EQ(member_moderation(db(), ListId{1}, m0).value(), SenderModeration::by_list);
}

TEST_F(Moderation, an_emergency_is_of_a_list_or_of_all_and_each_ends_alone) {
  ASSERT_TRUE(begin_hold_all(db(), {ListId{1}, kNow, "ann", "flood"}));
  ASSERT_TRUE(begin_hold_all(db(), {ListId{}, kNow, "bob", "worm"}));
  ASSERT_TRUE(begin_hold_all(db(), {ListId{}, kNow + hours(1), "carl", "worm, still"}));
  const auto all = hold_alls(db()).value();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all.front().since, kNow) << "since it began";
  EXPECT_EQ(all.front().actor, "carl");
  EXPECT_TRUE(end_hold_all(db(), ListId{1}).value());
  EXPECT_TRUE(holds_all(db(), ListId{1}).value()) << "the word about all stands";
  EXPECT_TRUE(end_hold_all(db(), ListId{}).value());
  EXPECT_FALSE(end_hold_all(db(), ListId{}).value());
  EXPECT_FALSE(holds_all(db(), ListId{1}).value());
}

}  // namespace
}  // namespace breakwater::store
