// list.ls, list.show
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <set>

#include "admin/answers.h"
#include "admin/list_settings.h"
#include "admin/request.h"
#include "mail/address.h"
#include "store/digests.h"
#include "store/directory.h"
#include "store/hold.h"
#include "store/member_counts.h"
#include "store/moderation.h"
#include "store/purge.h"
#include "store/store.h"
#include "store/subscriptions.h"

namespace breakwater::admin {
namespace {

constexpr std::size_t kMostInRole = 10'000;
constexpr std::size_t kMostRequests = 100'000;

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

std::string people(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " member" : " members");
}

// The row of a list; nullopt: no server has run with its file yet.
Result<std::optional<ListId>> known_row(store::Connection& db, const lists::List& list) {
  const auto key = mail::parse_address(list.address());
  if (!key) return key.error();
  return store::find_list(db, key->key);
}

// A person in a role, and who says so: the list's file at that line, or somebody who gave them the role.
struct InRole {
  std::string mailbox, from;
};

Result<std::vector<InRole>> appointed(store::Connection& db, ListId list, lists::Role role) {
  auto rows = store::members(db, list, role, AddressId{}, kMostInRole);
  if (!rows) return rows.error();
  std::vector<InRole> people;
  for (store::Member& row : *rows) people.push_back({std::move(row.mailbox), "appointed"});
  return people;
}

// Those of the file, then those of the store; who is both stands there once, by the file.
Result<std::vector<InRole>> owners_of(store::Connection& db, const config::Config& config,
                                      const lists::List& list, std::optional<ListId> row) {
  std::vector<InRole> people;
  std::set<std::string> keys;
  for (std::size_t at = 0; at < list.owners.size(); ++at) {
    people.push_back({list.owners[at], where_set(config, list, "owners", at)});
    if (const auto address = mail::parse_address(list.owners[at])) keys.insert(address->key);
  }
  if (!row) return people;
  auto others = appointed(db, *row, lists::Role::owner);
  if (!others) return others;
  for (InRole& one : *others) {
    const auto address = mail::parse_address(one.mailbox);
    if (!address || keys.insert(address->key).second) people.push_back(std::move(one));
  }
  return people;
}

boost::json::array shown(const std::vector<InRole>& people) {
  boost::json::array out;
  for (const InRole& one : people) {
    out.push_back(boost::json::object{{"address", one.mailbox}, {"from", one.from}});
  }
  return out;
}

Result<boost::json::object> summary(store::Connection& db, const config::Config& config,
                                    const lists::List& list, std::optional<ListId> row, Instant now) {
  store::DeliveryCount count;
  if (row) {
    const auto digests = list.digest.enabled ? store::Digests::offered : store::Digests::none;
    const auto counted = store::count_delivery(db, *row, digests, now);
    if (!counted) return counted.error();
    count = *counted;
  }
  const auto owners = owners_of(db, config, list, row);
  if (!owners) return owners.error();
  return boost::json::object{{"list", list.address()},
                             {"description", list.description},
                             {"post", setting_text("list", "post", &list)},
                             {"members", count.members},
                             {"receiving", count.each},
                             {"digests", count.digests},
                             {"paused", count.paused},
                             {"stopped", count.stopped},
                             {"moderators", count.moderators},
                             {"owners", owners->size()}};
}

// A list whose file is gone, and of which something is kept; or whose file is back before the end of a purge.
boost::json::object without_file(const store::ListRow& row, const store::ListRemains& remains, bool purged) {
  const std::string left = people(remains.members);
  return {{"list", row.address},
          {"description",
           purged ? "is being purged, " + left + " left" : "no file: refuses mail, " + left + " kept"},
          {"post", "refused"},
          {"members", remains.members},
          {"receiving", 0},
          {"digests", 0},
          {"paused", 0},
          {"stopped", 0},
          {"moderators", remains.moderators},
          {"owners", remains.owners}};
}

// What waits on it, for whom; and whether somebody has stopped it.
Result<void> add_present_state(store::Connection& db, ListId list, Instant now, boost::json::object& out) {
  const auto held = store::count_held(db, list);
  if (!held) return held.error();
  const auto requests = store::pending_subscriptions(db, list, now, kMostRequests);
  if (!requests) return requests.error();
  const auto backlogs = store::digest_backlogs(db);
  if (!backlogs) return backlogs.error();
  const auto freeze = store::frozen(db, list);
  if (!freeze) return freeze.error();
  const auto all = store::holds_all(db, list);
  if (!all) return all.error();
  out["held"] = held->postings;
  out["requests"] = requests->size();
  std::size_t waiting = 0;
  for (const store::ListBacklog& one : *backlogs) {
    if (one.list == list) waiting = one.backlog.messages;
  }
  out["waiting_for_digest"] = waiting;
  out["frozen"] = *freeze ? (*freeze)->actor + ": " + (*freeze)->reason : std::string();
  out["hold_all"] = *all;
  return {};
}

}  // namespace

Result<const lists::List*> find_configured(const config::Config& config, const std::string& given) {
  const std::string name = lower(given);
  if (name.find('@') != std::string::npos) {
    const auto found = config.lists.find(name);
    if (found != config.lists.end()) return &found->second;
    return error(Fault::not_found, "there is no list '" + given + "' (see 'breakwater list ls')");
  }
  const lists::List* only = nullptr;
  for (const auto& [address, list] : config.lists) {
    if (list.name != name) continue;
    if (only != nullptr) {
      return error(Fault::invalid, "'" + given + "' may be " + only->address() + " or " + address +
                                       ": give the whole address");
    }
    only = &list;
  }
  if (only != nullptr) return only;
  return error(Fault::not_found, "there is no list '" + given + "' (see 'breakwater list ls')");
}

Result<const lists::List*> named_list(const config::Config& config, const boost::json::object& request) {
  const auto name = required_text(request, "list");
  if (!name) return name.error();
  return find_configured(config, *name);
}

Result<ListId> list_row(store::Connection& db, const lists::List& list, Instant now) {
  const auto address = mail::parse_address(list.address());
  if (!address) return address.error();
  return store::ensure_list(db, *address, now);
}

Answer list_ls(const Question& question) {
  const auto config = question.desk.config();
  auto reading = question.desk.store->read();
  store::Connection& db = reading.connection();
  for (const auto& [address, list] : config->lists) {
    const auto row = known_row(db, list);
    if (!row) return row.error();
    auto one = summary(db, *config, list, *row, question.desk.now());
    if (!one) return one.error();
    if (!question.row(*one)) return boost::json::object{{"lists", config->lists.size()}};
  }
  const auto rows = store::list_rows(db, store::Which::all);
  if (!rows) return rows.error();
  for (const store::ListRow& row : *rows) {
    if (config->lists.contains(row.address)) continue;
    const auto remains = store::remains_of(db, row.id);
    if (!remains) return remains.error();
    const auto purge = store::purge_of(db, row.id);
    if (!purge) return purge.error();
    if (remains->any() && !question.row(without_file(row, *remains, purge->has_value()))) break;
  }
  return boost::json::object{{"lists", config->lists.size()}};
}

Answer list_show(const Question& question) {
  const auto config = question.desk.config();
  const auto list = named_list(*config, question.request);
  if (!list) return list.error();
  auto reading = question.desk.store->read();
  store::Connection& db = reading.connection();
  const Instant now = question.desk.now();
  const auto row = known_row(db, **list);
  if (!row) return row.error();
  auto answer = summary(db, *config, **list, *row, now);
  if (!answer) return answer;
  boost::json::object& out = *answer;
  out["file"] = where_set(*config, **list);
  const auto owners = owners_of(db, *config, **list, *row);
  if (!owners) return owners.error();
  out["owner_list"] = shown(*owners);
  const auto moderators = *row ? appointed(db, **row, lists::Role::moderator) : std::vector<InRole>();
  if (!moderators) return moderators.error();
  out["moderator_list"] = shown(*moderators);
  if (*row) {
    if (auto added = add_present_state(db, **row, now, out); !added) return added.error();
  }
  if (auto added = add_sync_facts(db, **list, out); !added) return added.error();
  out["settings"] = settings_of(*config, **list);
  return answer;
}

}  // namespace breakwater::admin
