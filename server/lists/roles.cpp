#include "lists/roles.h"

#include "terms/invariant.h"

namespace breakwater::lists {
namespace {

constexpr auto N = Permission::no;
constexpr auto A = Permission::asks;
constexpr auto O = Permission::own;
constexpr auto Y = Permission::yes;

// In the order of Action, so that a look-up is an index. Columns in the order of Rank.
constexpr auto kTable = std::to_array<RoleRow>({
    {Action::read_help, "ask for help and for what the list is", {Y, Y, Y, Y, Y}},
    {Action::join, "ask to join", {O, O, O, Y, Y}},
    {Action::leave, "leave", {O, O, O, Y, Y}},
    {Action::set_delivery, "change how mail is delivered", {N, O, O, Y, Y}},
    {Action::see_members, "see who is on the list", {N, N, N, Y, Y}},
    {Action::decide_postings, "release, reject or discard what is held", {N, N, Y, Y, Y}},
    {Action::decide_requests, "approve or reject who asks to join", {N, N, Y, Y, Y}},
    {Action::moderate_member, "hold every posting of one member, or none", {N, N, A, A, Y}},
    {Action::stop_storm, "freeze and thaw the list in a storm", {N, N, Y, Y, Y}},
    {Action::hold_all, "hold every posting to the list (emergency)", {N, N, A, A, Y}},
    {Action::ban, "ban an address or a domain, and lift the ban", {N, N, Y, Y, Y}},
    {Action::invite, "invite somebody", {N, N, N, Y, Y}},
    {Action::add_member, "add somebody", {N, N, N, Y, Y}},
    {Action::remove_member, "remove somebody", {N, N, N, Y, Y}},
    {Action::change_roles, "appoint and dismiss moderators and owners", {N, N, N, A, Y}},
    {Action::synchronise, "bring the list in step with its sources now", {N, N, N, A, Y}},
    {Action::confirm_sync, "let a sync happen that was held, or drop it", {N, N, N, Y, Y}},
    {Action::hold_all_lists, "hold every posting to every list (emergency)", {N, N, N, N, Y}},
    {Action::change_settings, "change the list's file", {N, N, N, N, Y}},
    {Action::purge, "delete a list's members for good", {N, N, N, N, Y}},
});

constexpr auto kRanks =
    std::to_array<std::string_view>({"anybody", "member", "moderator", "owner", "administrator"});

std::string_view shown(Permission permission) {
  switch (permission) {
    case Permission::no: return "-";
    case Permission::asks: return "asks";
    case Permission::own: return "own address";
    case Permission::yes: return "yes";
  }
  return "-";
}

}  // namespace

std::span<const RoleRow> role_table() { return kTable; }

Permission permission(Action action, Rank rank) {
  const RoleRow& row = kTable.at(static_cast<std::size_t>(action));
  BREAKWATER_ASSERT(row.action == action);
  return row.permissions.at(static_cast<std::size_t>(rank));
}

bool may(Action action, Rank rank, bool own) {
  const Permission found = permission(action, rank);
  return found == Permission::yes || (found == Permission::own && own);
}

Rank rank_of(const Standing& standing, bool administrator) {
  if (administrator) return Rank::administrator;
  if (standing.owner) return Rank::owner;
  if (standing.moderator) return Rank::moderator;
  return standing.member ? Rank::member : Rank::stranger;
}

std::string_view name_of(Rank rank) { return kRanks.at(static_cast<std::size_t>(rank)); }

std::string_view flaw_of_ban(Rank by, Rank whom) {
  if (!may(Action::ban, by, false)) return "who may ban is an owner or a moderator";
  if (whom > by) return "nobody bans who has a higher role than they have";
  if (whom > Rank::stranger && !may(Action::remove_member, by, false))
    return "who is on the list is banned by somebody who may remove them: ask an owner";
  return {};
}

std::string role_table_markdown() {
  std::string out = "| to";
  std::string line = "|---";
  for (const std::string_view rank : kRanks) {
    out.append(" | ").append(rank);
    line += "|---";
  }
  out += " |\n" + line + "|\n";
  for (const RoleRow& row : kTable) {
    out.append("| ").append(row.text);
    for (const Permission found : row.permissions) out.append(" | ").append(shown(found));
    out += " |\n";
  }
  return out;
}

}  // namespace breakwater::lists
