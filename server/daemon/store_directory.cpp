#include "daemon/store_directory.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "daemon/clock.h"
#include "lists/ban.h"
#include "lists/digest_readers.h"
#include "log/log.h"
#include "store/bounces.h"
#include "store/digests.h"
#include "store/directory.h"
#include "store/hold.h"
#include "store/ledger.h"
#include "store/moderation.h"
#include "store/spool.h"
#include "store/subscriptions.h"

namespace breakwater::daemon {
namespace {

// A list without a file is closed by its owners: nothing comes to its members by way of another list either.
class ServedRows : public store::MemberRows {
 public:
  ServedRows(store::Connection& db, const Running& running, Instant now,
             store::Digests digests = store::Digests::offered)
      : MemberRows(db, now, digests), running_(running) {}

  Result<std::vector<lists::NestedList>> nested(ListId list) override {
    auto found = MemberRows::nested(list);
    if (!found) return found;
    for (lists::NestedList& one : *found) {
      if (running_.lists_by_id.contains(one.list)) continue;
      one.list = list;  // which is visited: its address is nobody's, and there is no way on from it
      closed_.insert(one.address);
    }
    return found;
  }
  const std::set<AddressId>& closed() const { return closed_; }  // that were left out

 private:
  const Running& running_;
  std::set<AddressId> closed_;
};

void log_closed(store::Connection& db, const std::string& list, const std::set<AddressId>& closed) {
  for (const AddressId one : closed) {
    const auto address = store::address(db, one);
    if (!address || !*address) continue;
    log::event(
        log::Level::warning, "nested_list_closed",
        {{"list", list},
         {"nested", (*address)->mailbox},
         {"advice", "it has no file, so its members get nothing; put it back, or take it off the list"}});
  }
}

}  // namespace

lists::RouteOf route_of(const Running& running) {
  return [&routes = running.config->routes](std::string_view domain) {
    const queue::Route* route = routes.route_of(domain);
    return route ? queue::destination_of(*route, domain) : std::string();
  };
}

std::uint32_t slice_size(const config::Config& config, std::int64_t recipients, lists::FanOut fan_out) {
  // The connections of a route (a fan-out has 16 of 20) end together when each has many slices: with 40 in
  // all, two thirds of them wait for the others during a third of the time. One by one that is what a distant
  // server's latency costs; with batches a slice is few transactions, and smaller ones would only be more of
  // them.
  const bool individual = fan_out == lists::FanOut::individual;
  const std::int64_t shares = individual ? 160 : 40;
  const std::int64_t least = individual ? 10 : 100;
  const std::int64_t most = std::max<std::int64_t>(config.delivery.slice_recipients, 1);
  return static_cast<std::uint32_t>(std::clamp(recipients / shares, std::min(least, most), most));
}

Result<lists::Standing> StoreDirectory::standing(const lists::List& list, const mail::Address& who) {
  const RunningList& entry = running_.lists.at(list.address());
  lists::Standing standing;
  standing.owner = entry.owner_keys.contains(who.key);
  standing.poster = entry.poster_keys.contains(who.key);
  auto id = store::find_address(db_, who.key);
  if (!id) return id.error();
  if (!*id) return standing;
  auto roles = store::roles_of(db_, entry.id, **id);
  if (!roles) return roles.error();
  for (const lists::Role role : *roles) {
    standing.member |= role == lists::Role::member;
    standing.moderator |= role == lists::Role::moderator;
    standing.owner |= role == lists::Role::owner;
  }
  return standing;
}

Result<lists::Rank> StoreDirectory::rank(const lists::List& list, const mail::Address& who) {
  auto found = standing(list, who);
  if (!found) return found.error();
  const lists::Rank rank = lists::rank_of(*found, false);
  if (rank == lists::Rank::owner) return rank;
  auto asked = asked_about_list(list);
  if (!asked) return asked.error();
  return std::find(asked->begin(), asked->end(), who) == asked->end() ? rank : lists::Rank::owner;
}

// Most lists ban nobody.
Result<bool> StoreDirectory::is_banned(const lists::List& list, const mail::Address& who) {
  auto any = store::has_bans(db_, id_of(list));
  return any && *any ? store::is_banned(db_, id_of(list), lists::ban_keys(who)) : any;
}

ListId StoreDirectory::id_of(const lists::List& list) { return running_.lists.at(list.address()).id; }

Result<std::int64_t> StoreDirectory::audience_size(const lists::List& list) {
  const ListId id = id_of(list);
  if (sizes_ != nullptr) {
    if (const auto known = sizes_->find(id, AudienceSizes::Of::copies, running_, db_.member_changes()))
      return *known;
  }
  auto expanded = audience(list);
  if (!expanded) return expanded.error();
  const std::int64_t size = expanded->recipients;
  if (sizes_ != nullptr) sizes_->keep(id, AudienceSizes::Of::copies, running_, db_.member_changes(), size);
  expanded_.emplace(id, std::move(*expanded));
  return size;
}

Result<std::int64_t> StoreDirectory::digest_readers(const lists::List& list) {
  if (!list.digest.enabled) return 0;
  const ListId id = id_of(list);
  constexpr auto kOf = AudienceSizes::Of::digests;
  if (sizes_ != nullptr) {
    if (const auto known = sizes_->find(id, kOf, running_, db_.member_changes())) return *known;
  }
  const Instant now = clock_now();
  auto lists = store::with_nested_lists(db_, id);
  if (!lists) return lists.error();
  Result<std::int64_t> readers = 0;
  ServedRows members(db_, running_, now);
  for (const ListId one : *lists) {  // most lists have none, and need not be read to know it
    auto some = store::has_digest_members(db_, one, now);
    if (!some) return some.error();
    if (!*some) continue;
    readers = lists::count_digest_readers(members, id);
    break;
  }
  if (readers && sizes_ != nullptr) sizes_->keep(id, kOf, running_, db_.member_changes(), *readers);
  return readers;
}

Result<lists::Audience> StoreDirectory::audience(const lists::List& list) {
  const RunningList& entry = running_.lists.at(list.address());
  if (expanded_ && expanded_->first == entry.id) {
    lists::Audience made = std::move(expanded_->second);
    expanded_.reset();
    return made;
  }
  auto count = store::count_members(db_, entry.id);
  if (!count) return count.error();
  const auto digests = list.digest.enabled ? store::Digests::offered : store::Digests::none;
  ServedRows members(db_, running_, clock_now(), digests);
  auto expanded = lists::expand(members, entry.id, route_of(running_),
                                slice_size(*running_.config, count->receiving, list.fan_out));
  log_closed(db_, list.address(), members.closed());
  return expanded;
}

Result<lists::DigestAudience> StoreDirectory::digest_audience(const lists::List& list) {
  const ListId id = id_of(list);
  auto count = store::count_members(db_, id);
  if (!count) return count.error();
  ServedRows members(db_, running_, clock_now());
  return lists::expand_digest(members, id, route_of(running_),
                              slice_size(*running_.config, count->digests, list.fan_out));
}

Result<std::vector<mail::Address>> StoreDirectory::in_role(ListId list, lists::Role role) {
  constexpr std::size_t kMost = 100;  // owners and moderators of a list are a handful of people
  auto rows = store::members(db_, list, role, AddressId{}, kMost);
  if (!rows) return rows.error();
  std::vector<mail::Address> people;
  for (const store::Member& row : *rows) {
    if (auto address = mail::parse_address(row.mailbox)) people.push_back(std::move(*address));
  }
  return people;
}

Result<std::vector<mail::Address>> StoreDirectory::people_of(const lists::List& list,
                                                             std::initializer_list<lists::Role> roles) {
  const RunningList& entry = running_.lists.at(list.address());
  std::vector<mail::Address> everybody = entry.owners;
  for (const lists::Role role : roles) {
    auto people = in_role(entry.id, role);
    if (!people) return people.error();
    std::move(people->begin(), people->end(), std::back_inserter(everybody));
  }
  if (everybody.empty()) everybody = running_.postmasters;
  std::vector<mail::Address> each;  // once, in the order of the file and the store
  for (mail::Address& person : everybody) {
    if (std::find(each.begin(), each.end(), person) == each.end()) each.push_back(std::move(person));
  }
  return each;
}

Result<lists::Audience> StoreDirectory::owners(const lists::List& list) {
  auto each = asked_about_list(list);
  return each ? people(*each) : each.error();
}

Result<std::vector<mail::Address>> StoreDirectory::asked_about_list(const lists::List& list) {
  return people_of(list, {lists::Role::owner});
}

Result<std::vector<mail::Address>> StoreDirectory::moderators(const lists::List& list) {
  return people_of(list, {lists::Role::moderator, lists::Role::owner});
}

Result<lists::Audience> StoreDirectory::postmasters() { return people(running_.postmasters); }

Result<lists::Audience> StoreDirectory::people(const std::vector<mail::Address>& people) {
  std::set<std::pair<AddressId, std::string>> ids;  // by id; with the destination
  std::set<std::string> domains;
  const auto route = route_of(running_);
  for (const mail::Address& person : people) {
    auto id = store::ensure_address(db_, person);
    if (!id) return id.error();
    ids.emplace(*id, route(person.domain));
    domains.insert(person.domain);
  }
  std::map<std::string, std::vector<AddressId>> by_route;
  for (const auto& [id, destination] : ids) by_route[destination].push_back(id);
  lists::Audience audience;
  audience.recipients = static_cast<std::int64_t>(ids.size());
  audience.domains = static_cast<std::int64_t>(domains.size());
  for (const auto& [destination, members] : by_route) {
    audience.slices.push_back(
        {destination, queue::pack_ids(members), static_cast<std::uint32_t>(members.size())});
  }
  return audience;
}

Result<bool> StoreDirectory::distributed_before(const lists::List& list, std::string_view message_id) {
  return store::seen_message_id(db_, running_.lists.at(list.address()).id, message_id);
}

Result<std::string> StoreDirectory::author_of(const lists::List& list, std::string_view message_id) {
  return store::author_of(db_, id_of(list), message_id);
}

Result<std::int64_t> StoreDirectory::awaiting(const mail::Address& author) {
  return store::count_awaiting(db_, author.key);
}

Result<pipeline::Held> StoreDirectory::held(const lists::List& list, const mail::Address& author) {
  auto total = store::count_held(db_, id_of(list));
  if (!total) return total.error();
  auto of_author = store::count_held_of(db_, id_of(list), author.key);
  if (!of_author) return of_author.error();
  return pipeline::Held{total->postings, total->bytes, *of_author};
}

Result<std::string> StoreDirectory::frozen(const lists::List& list) {
  auto freeze = store::frozen(db_, id_of(list));
  if (!freeze) return freeze.error();
  if (!*freeze) return std::string();
  // Authors read this; who it was stands in the audit trail.
  return (*freeze)->reason.empty() ? std::string("no reason was given") : (*freeze)->reason;
}

Result<bool> StoreDirectory::holds_all(const lists::List& list) { return store::holds_all(db_, id_of(list)); }

Result<lists::SenderModeration> StoreDirectory::moderation_of(const lists::List& list,
                                                              const mail::Address& who) {
  auto id = store::find_address(db_, who.key);
  if (!id) return id.error();
  if (!*id) return lists::SenderModeration::by_list;
  return store::member_moderation(db_, id_of(list), **id);
}

Result<bool> StoreDirectory::has_posted(const lists::List& list, const mail::Address& who) {
  return store::has_posted(db_, id_of(list), who.key);
}

Result<std::optional<AddressId>> StoreDirectory::find(std::string_view key) {
  return store::find_address(db_, key);
}

Result<std::optional<std::string>> StoreDirectory::list_of(PostingId posting) {
  auto found = store::posting(db_, posting);
  if (!found) return found.error();
  if (!*found) return std::optional<std::string>();
  const auto list = running_.lists_by_id.find((*found)->list);
  if (list == running_.lists_by_id.end()) return std::optional<std::string>();
  return std::optional<std::string>(list->second->address());
}

Result<std::vector<AddressId>> StoreDirectory::among_recipients(PostingId posting,
                                                                std::vector<AddressId> ids) {
  return store::among_recipients(db_, posting, std::move(ids));
}

}  // namespace breakwater::daemon
