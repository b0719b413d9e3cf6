// Who may do what to a list: one table, from which the code decides and docs/lists.md is written. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "lists/posting_rights.h"

namespace breakwater::lists {

// Each rank may do what those before it may. The administrator is the server's own: whoever may use the
// control socket.
enum class Rank { stranger, member, moderator, owner, administrator };
constexpr std::size_t rank_count = 5;

enum class Action {
  read_help,
  join,
  leave,
  set_delivery,
  see_members,
  decide_postings,
  decide_requests,
  moderate_member,
  stop_storm,
  hold_all,
  ban,
  invite,
  add_member,
  remove_member,
  change_roles,
  synchronise,
  confirm_sync,
  hold_all_lists,
  change_settings,
  purge,
};

// asks: it is theirs to decide, and an administrator does it for them, since no mail orders it. own: about
// their own address only.
enum class Permission { no, asks, own, yes };

struct RoleRow {
  Action action;
  std::string_view text;  // as the table in docs/lists.md says it
  std::array<Permission, rank_count> permissions;
};
std::span<const RoleRow> role_table();

Permission permission(Action action, Rank rank);
// By themselves. `own`: what is acted on is the address that acts.
bool may(Action action, Rank rank, bool own);

// `administrator`: the command came over the control socket. A mail never makes one: its From is a claim.
Rank rank_of(const Standing& standing, bool administrator);
std::string_view name_of(Rank rank);

// What keeps somebody of rank `by` from banning who is `whom` to the list, as words to go behind a colon;
// empty: nothing. A ban takes off who is on the list, so that it needs the right to remove them; and nobody
// bans who stands above them.
std::string_view flaw_of_ban(Rank by, Rank whom);

// The table as docs/lists.md has it, lines ending in '\n'.
std::string role_table_markdown();

}  // namespace breakwater::lists
