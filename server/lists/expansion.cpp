#include "lists/expansion.h"

#include <functional>
#include <iterator>
#include <list>
#include <optional>
#include <queue>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "lists/digest_readers.h"
#include "terms/invariant.h"

namespace breakwater::lists {
namespace {

// Slices that are being filled: of one smarthost for all domains, or of each MX domain for as long as its ids
// come. Bounded in destinations and in ids; the one that was touched longest ago is closed first, which is a
// finished MX domain, or a smarthost that is seldom wanted.
class Cutter {
 public:
  Cutter(Audience& audience, std::uint32_t slice_size) : audience_(audience), slice_size_(slice_size) {}

  void turn_to(std::string route) {
    const auto known = by_route_.find(route);
    if (known != by_route_.end()) {
      open_.splice(open_.end(), open_, known->second);
      return;
    }
    if (open_.size() >= kOpenDestinations) close_oldest();
    open_.push_back({std::move(route), {}});
    by_route_.emplace(open_.back().route, std::prev(open_.end()));
  }

  void add(AddressId id) {
    std::vector<AddressId>& ids = open_.back().ids;
    ids.push_back(id);
    ++open_ids_;
    if (ids.size() >= slice_size_) emit(open_.back());
    while (open_ids_ > kOpenIds && open_.size() > 1) close_oldest();
  }

  void finish() {
    while (!open_.empty()) close_oldest();
  }

 private:
  static constexpr std::size_t kOpenDestinations = 4096;
  static constexpr std::size_t kOpenIds = 1 << 18;  // 2 MB
  struct Open {
    std::string route;
    std::vector<AddressId> ids;
  };

  void emit(Open& open) {
    if (open.ids.empty()) return;
    audience_.slices.push_back(
        {open.route, queue::pack_ids(open.ids), static_cast<std::uint32_t>(open.ids.size())});
    open_ids_ -= open.ids.size();
    open.ids.clear();
  }

  void close_oldest() {
    emit(open_.front());
    by_route_.erase(open_.front().route);
    open_.pop_front();
  }

  Audience& audience_;
  const std::uint32_t slice_size_;
  std::list<Open> open_;  // in order of use, the one in use last
  std::unordered_map<std::string_view, std::list<Open>::iterator> by_route_;  // the names lie in open_
  std::size_t open_ids_ = 0;
};

// Several ascending cursors as one.
class Merge {
 public:
  Result<void> add(std::unique_ptr<MemberCursor> cursor) {
    cursors_.push_back(std::move(cursor));
    return advance(cursors_.size() - 1);
  }

  // Ascending; an id that several cursors have comes several times, from the one that was added first first.
  Result<bool> next(AddressId& id, std::size_t& from) {
    if (heads_.empty()) return false;
    std::tie(id, from) = heads_.top();
    heads_.pop();
    if (auto advanced = advance(from); !advanced) return advanced.error();
    return true;
  }

 private:
  Result<void> advance(std::size_t at) {
    AddressId id;
    auto more = cursors_[at]->next(id);
    if (!more) return more.error();
    if (*more) {
      heads_.emplace(id, at);
    } else {
      cursors_[at].reset();
    }
    return {};
  }

  using Head = std::pair<AddressId, std::size_t>;
  std::vector<std::unique_ptr<MemberCursor>> cursors_;
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads_;
};

// The list and all that is nested in it, breadth first, each once, however they contain one another.
Result<std::unordered_set<AddressId>> visit_lists(MemberSource& members, ListId list,
                                                  std::vector<ListId>& lists) {
  std::unordered_set<AddressId> addresses;
  std::unordered_set<ListId> visited{list};
  lists.push_back(list);
  for (std::size_t at = 0; at < lists.size(); ++at) {
    auto nested = members.nested(lists[at]);
    if (!nested) return nested.error();
    for (const NestedList& inner : *nested) {
      addresses.insert(inner.address);
      if (visited.insert(inner.list).second) lists.push_back(inner.list);
    }
  }
  return addresses;
}

// Ids come ascending: their domain's name is looked up once, and says where they go.
class Filling {
 public:
  Filling(Audience& audience, MemberSource& members, const RouteOf& route_of, std::uint32_t slice_size)
      : audience_(audience), members_(members), route_of_(route_of), cutter_(audience, slice_size) {}

  Result<void> add(AddressId id) {
    if (domain_ != domain_of(id)) {
      domain_ = domain_of(id);
      auto name = members_.domain_name(*domain_);
      if (!name) return name.error();
      cutter_.turn_to(route_of_(*name));
      ++audience_.domains;
    }
    cutter_.add(id);
    ++audience_.recipients;
    return {};
  }

  void finish() { cutter_.finish(); }

 private:
  Audience& audience_;
  MemberSource& members_;
  const RouteOf& route_of_;
  Cutter cutter_;
  std::optional<DomainId> domain_;
};

using Take = std::function<Result<void>(AddressId id, std::size_t from)>;

// Each person once, by the cursor that was added first; the addresses of nested lists are nobody.
Result<void> each_once(Merge& merge, const std::unordered_set<AddressId>& list_addresses, const Take& take) {
  AddressId previous;
  for (;;) {
    AddressId id;
    std::size_t from = 0;
    auto more = merge.next(id, from);
    if (!more) return more.error();
    if (!*more) return {};
    if (id == previous || list_addresses.contains(id)) continue;
    if (id < previous) return error(Fault::invalid, "expansion: the members of a list do not come in order");
    previous = id;
    if (auto taken = take(id, from); !taken) return taken;
  }
}

Result<void> add_cursor(Merge& merge, Result<std::unique_ptr<MemberCursor>> cursor) {
  return cursor ? merge.add(std::move(*cursor)) : cursor.error();
}

// Who gets the list's digest, each once, ascending. `lists`: becomes the list and all that is nested in it.
Result<void> each_digest_reader(MemberSource& members, ListId list, std::vector<ListId>& lists,
                                const std::function<Result<void>(AddressId, DigestForm)>& take) {
  auto list_addresses = visit_lists(members, list, lists);
  if (!list_addresses) return list_addresses.error();
  Merge merge;
  // Without nested lists nobody has two modes, and a million members need not be read for ten digests.
  std::size_t singles = 0;
  for (; lists.size() > 1 && singles < lists.size(); ++singles) {
    if (auto added = add_cursor(merge, members.receiving(lists[singles])); !added) return added;
  }
  for (const ListId each : lists) {
    for (const DigestForm form : {DigestForm::mime, DigestForm::plain}) {
      if (auto added = add_cursor(merge, members.digests(each, form)); !added) return added;
    }
  }
  return each_once(merge, *list_addresses, [&](AddressId id, std::size_t from) -> Result<void> {
    if (from < singles) return {};
    return take(id, (from - singles) % 2 == 0 ? DigestForm::mime : DigestForm::plain);
  });
}

}  // namespace

Result<Audience> expand(MemberSource& members, ListId list, const RouteOf& route_of,
                        std::uint32_t slice_size) {
  BREAKWATER_ASSERT(slice_size > 0);
  Audience audience;
  auto list_addresses = visit_lists(members, list, audience.lists);
  if (!list_addresses) return list_addresses.error();
  Merge merge;
  for (const ListId each : audience.lists) {
    if (auto added = add_cursor(merge, members.receiving(each)); !added) return added.error();
  }
  Filling filling(audience, members, route_of, slice_size);
  auto taken = each_once(merge, *list_addresses, [&](AddressId id, std::size_t) { return filling.add(id); });
  if (!taken) return taken.error();
  filling.finish();
  return audience;
}

Result<DigestAudience> expand_digest(MemberSource& members, ListId list, const RouteOf& route_of,
                                     std::uint32_t slice_size) {
  BREAKWATER_ASSERT(slice_size > 0);
  DigestAudience audience;
  Filling mime(audience.mime, members, route_of, slice_size);
  Filling plain(audience.plain, members, route_of, slice_size);
  auto taken = each_digest_reader(members, list, audience.mime.lists, [&](AddressId id, DigestForm form) {
    return form == DigestForm::mime ? mime.add(id) : plain.add(id);
  });
  if (!taken) return taken.error();
  audience.plain.lists = audience.mime.lists;
  mime.finish();
  plain.finish();
  return audience;
}

Result<std::int64_t> count_digest_readers(MemberSource& members, ListId list) {
  std::vector<ListId> lists;
  std::int64_t count = 0;
  auto taken = each_digest_reader(members, list, lists, [&](AddressId, DigestForm) -> Result<void> {
    ++count;
    return {};
  });
  if (!taken) return taken.error();
  return count;
}

}  // namespace breakwater::lists
