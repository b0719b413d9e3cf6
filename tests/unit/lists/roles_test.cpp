// Who may do what: the table is whole, a higher rank never may less, and the docs say what the code does.
#include "lists/roles.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace breakwater::lists {
namespace {

TEST(Roles, every_action_has_its_row_and_a_higher_rank_never_may_less) {
  int at = 0;
  for (const RoleRow& row : role_table()) {
    EXPECT_EQ(static_cast<int>(row.action), at++);
    for (std::size_t rank = 1; rank < rank_count; ++rank) {
      EXPECT_LE(row.permissions[rank - 1], row.permissions[rank]) << row.text;
    }
    EXPECT_EQ(permission(row.action, Rank::administrator), Permission::yes) << row.text;
  }
  EXPECT_EQ(at, static_cast<int>(Action::purge) + 1);
}

TEST(Roles, own_is_ones_own_address_only) {
  for (const RoleRow& row : role_table()) {
    for (std::size_t rank = 0; rank < rank_count; ++rank) {
      const Permission found = row.permissions[rank];
      EXPECT_EQ(may(row.action, static_cast<Rank>(rank), true),
                found == Permission::own || found == Permission::yes);
      EXPECT_EQ(may(row.action, static_cast<Rank>(rank), false), found == Permission::yes);
    }
  }
  EXPECT_TRUE(may(Action::leave, Rank::member, true));
  EXPECT_FALSE(may(Action::leave, Rank::moderator, false));
  EXPECT_TRUE(may(Action::leave, Rank::owner, false));
}

// A mail says who it is from, no more: what needs another's consent, or cannot be taken back, needs more.
TEST(Roles, a_stranger_changes_nothing_but_asks_for_their_own_address) {
  for (const RoleRow& row : role_table()) {
    const bool may_ask =
        row.action == Action::read_help || row.action == Action::join || row.action == Action::leave;
    EXPECT_EQ(may(row.action, Rank::stranger, true), may_ask) << row.text;
    EXPECT_EQ(may(row.action, Rank::stranger, false), row.action == Action::read_help) << row.text;
  }
}

TEST(Roles, the_highest_counts) {
  EXPECT_EQ(rank_of({}, false), Rank::stranger);
  EXPECT_EQ(rank_of({.poster = true}, false), Rank::stranger);
  EXPECT_EQ(rank_of({.member = true}, false), Rank::member);
  EXPECT_EQ(rank_of({.member = true, .moderator = true}, false), Rank::moderator);
  EXPECT_EQ(rank_of({.member = true, .moderator = true, .owner = true}, false), Rank::owner);
  EXPECT_EQ(rank_of({.owner = true}, false), Rank::owner);
  EXPECT_EQ(rank_of({}, true), Rank::administrator);
  EXPECT_EQ(name_of(Rank::administrator), "administrator");
}

// All pairs, by the rule that the docs state.
TEST(Roles, a_ban_of_who_is_on_the_list_is_a_removal_and_never_of_who_is_above) {
  for (std::size_t by = 0; by < rank_count; ++by) {
    for (std::size_t whom = 0; whom < rank_count; ++whom) {
      const Rank orders = static_cast<Rank>(by), banned = static_cast<Rank>(whom);
      const bool right = may(banned == Rank::stranger ? Action::ban : Action::remove_member, orders, false);
      EXPECT_EQ(flaw_of_ban(orders, banned).empty(), right && whom <= by)
          << name_of(orders) << " bans " << name_of(banned);
    }
  }
  EXPECT_TRUE(flaw_of_ban(Rank::moderator, Rank::stranger).empty());
  EXPECT_FALSE(flaw_of_ban(Rank::moderator, Rank::member).empty());
  EXPECT_FALSE(flaw_of_ban(Rank::owner, Rank::administrator).empty());
}

TEST(Roles, docs_lists_md_has_this_table) {
  std::ifstream file(BREAKWATER_SOURCE_DIR "/docs/lists.md");
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_NE(page.find(role_table_markdown()), std::string::npos) << "docs/lists.md must have this table:\n"
                                                                 << role_table_markdown();
}

}  // namespace
}  // namespace breakwater::lists
