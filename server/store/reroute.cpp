// Slices whose route the new configuration has not any more. A slice that has one new route only changes its
// name; one whose domains part becomes several. Its log goes with its recipients, so that each slice tells
// its own story.
#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "store/directory.h"
#include "store/ledger.h"
#include "store/log_transcript.h"
#include "store/slice_rows.h"
#include "store/whole.h"

namespace breakwater::store {
namespace {

constexpr std::int64_t kWindow = 1000;  // slices looked at in one read
constexpr std::size_t kDomainsKnown = 100'000;

class Rerouting {
 public:
  Rerouting(Connection& db, const lists::RouteOf& route_of) : db_(db), route_of_(route_of), members_(db) {}

  // True when something changed.
  Result<bool> reroute(queue::SliceKey key) {
    auto found = slice_row(db_, key);
    if (!found) return found.error();
    if (!*found || !waits((*found)->state)) return false;
    SliceRow& row = **found;
    auto parts = part(row.slice);
    if (!parts) return parts.error();
    if (parts->size() == 1) {
      if (parts->begin()->first == row.slice.route) return false;
      row.slice.route = parts->begin()->first;
      if (auto updated = update_slice(db_, row); !updated) return updated.error();
      return true;
    }
    auto number = next_number(key.posting);
    if (!number) return number.error();
    for (auto& [route, ids] : *parts) {
      if (auto moved = move_part(row, route, std::move(ids), (*number)++); !moved) return moved.error();
    }
    row.state = SliceState::moved;
    row.deferred = 0;
    if (auto updated = update_slice(db_, row); !updated) return updated.error();
    return true;
  }

 private:
  // Who is not settled, by the route their domain has now.
  Result<std::map<std::string, std::vector<AddressId>>> part(const queue::Slice& slice) {
    std::map<std::string, std::vector<AddressId>> parts;
    for (std::size_t at = 0; at < slice.ids.size(); ++at) {
      if (slice.settled.test(at)) continue;
      auto route = route_of(domain_of(slice.ids[at]));
      if (!route) return route.error();
      parts[**route].push_back(slice.ids[at]);
    }
    return parts;
  }

  Result<const std::string*> route_of(DomainId domain) {
    if (const auto known = routes_.find(domain); known != routes_.end()) return &known->second;
    auto name = members_.domain_name(domain);
    if (!name) return name.error();
    if (routes_.size() >= kDomainsKnown) routes_.clear();
    return &routes_.emplace(domain, route_of_(*name)).first->second;
  }

  Result<std::uint32_t> next_number(PostingId posting) {
    auto last = db_.prepare("SELECT max(number) FROM slice WHERE posting = ?1");
    last.bind(1, posting);
    auto row = last.step();
    if (!row) return row.error();
    return static_cast<std::uint32_t>(last.int64(0) + 1);
  }

  Result<void> move_part(const SliceRow& from, const std::string& route, std::vector<AddressId> ids,
                         std::uint32_t number) {
    SliceRow to;
    to.slice = from.slice;
    to.slice.key.number = number;
    to.slice.route = route;
    to.slice.ids = std::move(ids);
    to.slice.settled = queue::Bitmap(to.slice.ids.size());
    to.state = from.state;
    to.last_reply = from.last_reply;
    const IndexMap places = map_indices(from.slice.ids, to.slice.ids);
    std::uint32_t told_to_wait = 0;
    auto copied =
        each_log(db_, from.slice.key, [&](Instant base, std::string_view peer, std::string_view log) {
          auto part = transcribe(base, log, places);
          if (!part) return Result<void>(part.error());
          auto summary = summarize(base, *part);
          if (!summary) return Result<void>(summary.error());
          told_to_wait += summary->deferred;
          return part->empty() ? Result<void>() : append_log(db_, to.slice.key, base, peer, *part);
        });
    if (!copied) return copied;
    const auto all = static_cast<std::uint32_t>(to.slice.ids.size());
    to.deferred = to.slice.attempts > 0 ? all : std::min(all, told_to_wait);
    return insert_slice(db_, to);
  }

  Connection& db_;
  const lists::RouteOf& route_of_;
  MemberRows members_;
  std::unordered_map<DomainId, std::string> routes_;
};

// Two texts: each has its own index. New slices get the highest numbers of their posting and come by here as
// well; their routes are as they are now.
constexpr std::string_view kOpen =
    "SELECT posting, number, route FROM slice INDEXED BY slice_open WHERE state = 0"
    " AND (posting, number) > (?1, ?2) ORDER BY posting, number LIMIT ?3";
constexpr std::string_view kHeld =
    "SELECT posting, number, route FROM slice INDEXED BY slice_held WHERE state = 4"
    " AND (posting, number) > (?1, ?2) ORDER BY posting, number LIMIT ?3";

Result<std::int64_t> reroute_all(Connection& db, std::string_view slices, Rerouting& rerouting,
                                 const std::function<bool(std::string_view route)>& still_valid) {
  std::int64_t changed = 0;
  queue::SliceKey after{PostingId{0}, 0};
  for (;;) {
    std::vector<queue::SliceKey> stale;
    std::int64_t looked_at = 0;
    {
      auto find = db.prepare(slices);
      find.bind_all(after.posting, after.number, kWindow);
      for (;;) {
        auto row = find.step();
        if (!row) return row.error();
        if (!*row) break;
        ++looked_at;
        after = {PostingId{find.int64(0)}, static_cast<std::uint32_t>(find.int64(1))};
        if (!still_valid(find.text(2))) stale.push_back(after);
      }
    }
    for (const queue::SliceKey key : stale) {
      // Half of its parts beside the old slice would be sent to twice.
      auto done = whole(db, [&] { return rerouting.reroute(key); });
      if (done) changed += *done;
      // A damaged slice is reported when its turn comes; it must not keep the others from their new routes.
      if (!done && done.error().fault != Fault::invalid) return done.error();
    }
    if (looked_at < kWindow) return changed;
  }
}

}  // namespace

Result<std::int64_t> reroute(Connection& db, const lists::RouteOf& route_of,
                             const std::function<bool(std::string_view route)>& still_valid) {
  Rerouting rerouting(db, route_of);
  auto open = reroute_all(db, kOpen, rerouting, still_valid);
  if (!open) return open;
  auto held = reroute_all(db, kHeld, rerouting, still_valid);
  if (!held) return held;
  return *open + *held;
}

}  // namespace breakwater::store
