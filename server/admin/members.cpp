// member.ls, member.find
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "admin/answers.h"
#include "admin/request.h"
#include "store/directory.h"
#include "store/store.h"

namespace breakwater::admin {
namespace {

constexpr std::size_t kPage = 1000;
constexpr lists::Role kRoles[] = {lists::Role::owner, lists::Role::moderator, lists::Role::member};

boost::json::object shown(const store::Member& member, Instant now) {
  return {{"address", member.mailbox},
          {"name", member.name},
          {"role", role_name(member.role)},
          // Moderators and owners get no mail of the list by that.
          {"delivery", member.role == lists::Role::member ? delivery_text(member.delivery, now) : "-"},
          {"since", iso_time(member.since)},
          {"stopped", member.stopped ? iso_time(*member.stopped) : ""},
          {"moderated", moderated_name(member.moderated)},
          {"kept", member.synced ? "synced" : "manual"}};
}

// One role's members from page to page, each with its own snapshot: a long listing never holds up the store.
Result<std::uint64_t> list_role(const Question& question, ListId list, lists::Role role,
                                std::uint64_t limit) {
  std::uint64_t shown_count = 0;
  AddressId after{};
  while (shown_count < limit) {
    auto reading = question.desk.store->read();
    const auto page =
        store::members(reading.connection(), list, role, after, std::min(kPage, limit - shown_count));
    if (!page) return page.error();
    for (const store::Member& member : *page) {
      after = member.id;
      ++shown_count;
      if (!question.row(shown(member, question.desk.now()))) return limit;
    }
    if (page->size() < kPage) break;
  }
  return shown_count;
}

}  // namespace

Result<std::optional<lists::Role>> asked_role(const boost::json::object& request) {
  const auto text = optional_text(request, "role");
  if (!text) return text.error();
  if (!*text) return std::optional<lists::Role>();
  const auto role = parse_role(**text);
  if (!role) return role.error();
  return std::optional<lists::Role>(*role);
}

std::string_view moderated_name(lists::SenderModeration value) {
  switch (value) {
    case lists::SenderModeration::by_list: return "default";
    case lists::SenderModeration::always: return "yes";
    case lists::SenderModeration::never: return "no";
  }
  return "default";
}

Answer member_ls(const Question& question) {
  const auto config = question.desk.config();
  const auto list = named_list(*config, question.request);
  if (!list) return list.error();
  const auto role = asked_role(question.request);
  if (!role) return role.error();
  const auto limit = number(question.request, "limit", UINT64_MAX);
  if (!limit) return limit.error();
  const auto key = mail::parse_address((*list)->address());
  if (!key) return key.error();
  std::optional<ListId> id;
  {
    auto reading = question.desk.store->read();
    const auto found = store::find_list(reading.connection(), key->key);
    if (!found) return found.error();
    id = *found;
  }
  std::uint64_t count = 0;
  // Role by role: an address with two roles must not be lost at the edge of a page.
  for (const lists::Role one : kRoles) {
    if (!id || count >= *limit || (*role && **role != one)) continue;
    const auto listed = list_role(question, *id, one, *limit - count);
    if (!listed) return listed.error();
    count += *listed;
  }
  return boost::json::object{{"list", (*list)->address()}, {"count", count}};
}

Answer member_find(const Question& question) {
  const auto address = required_address(question.request, "address");
  if (!address) return address.error();
  auto reading = question.desk.store->read();
  const auto id = store::find_address(reading.connection(), address->key);
  if (!id) return id.error();
  std::uint64_t count = 0;
  if (*id) {
    const auto found = store::memberships(reading.connection(), **id);
    if (!found) return found.error();
    for (const auto& [list, member] : *found) {
      boost::json::object line{{"list", list}};
      for (auto&& [name, value] : shown(member, question.desk.now())) line[name] = std::move(value);
      ++count;
      if (!question.row(line)) break;
    }
  }
  return boost::json::object{{"address", address->mailbox}, {"count", count}};
}

}  // namespace breakwater::admin
