// How much waits, route by route.
#include <map>
#include <utility>

#include "queue/route.h"
#include "store/ledger.h"
#include "store/spool.h"

namespace breakwater::store {
namespace {

struct Depth {
  std::int64_t remaining = 0;
  PostingId oldest;  // the first that was met
};

Result<Instant> received(Connection& db, PostingId posting) {
  auto find = db.prepare("SELECT received FROM posting WHERE id = ?1");
  find.bind(1, posting);
  auto row = find.step();
  if (!row) return row.error();
  return *row ? from_ms(find.int64(0)) : Instant{};
}

}  // namespace

Result<std::vector<RouteLine>> queue_by_route(Connection& db) {
  std::map<std::string, Depth, std::less<>> routes;
  {
    // In the order of the index: postings are numbered by time, so a route's first one is its oldest.
    auto find = db.prepare(
        "SELECT posting, route, remaining FROM slice INDEXED BY slice_open WHERE state = 0"
        " ORDER BY posting, number");
    for (;;) {
      auto row = find.step();
      if (!row) return row.error();
      if (!*row) break;
      const std::string_view name = queue::split_destination(find.text(1)).first;
      auto route = routes.find(name);
      if (route == routes.end()) route = routes.emplace(name, Depth{0, PostingId{find.int64(0)}}).first;
      route->second.remaining += find.int64(2);
    }
  }
  std::vector<RouteLine> lines;
  for (const auto& [name, depth] : routes) {
    auto oldest = received(db, depth.oldest);
    if (!oldest) return oldest.error();
    lines.push_back({name, depth.remaining, *oldest});
  }
  return lines;
}

}  // namespace breakwater::store
