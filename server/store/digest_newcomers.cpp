#include "store/digest_newcomers.h"

#include <algorithm>
#include <set>
#include <utility>

#include "store/directory.h"

namespace breakwater::store {
namespace {

Result<std::optional<std::int64_t>> member_behind(Connection& db, ListId list, AddressId who) {
  auto find = db.prepare("SELECT behind FROM member WHERE list_id = ?1 AND role = 0 AND address_id = ?2");
  auto row = find.bind_all(list, who).step();
  if (!row) return row.error();
  return *row ? std::optional(find.int64(0)) : std::nullopt;
}

}  // namespace

Result<Nesting> nesting(Connection& db, ListId list, Instant now, const std::function<bool(ListId)>& served) {
  Nesting found;
  MemberRows members(db, now);
  std::set<std::pair<std::int64_t, ListId>> open{{0, list}};  // the first of them: no earlier way leads there
  while (!open.empty()) {
    const auto [behind, outer] = open.extract(open.begin()).value();
    if (!found.emplace(outer, behind).second) continue;
    auto nested = members.nested(outer);
    if (!nested) return nested.error();
    for (const lists::NestedList& inner : *nested) {
      if (!served(inner.list)) continue;
      auto came = member_behind(db, outer, inner.address);
      if (!came) return came.error();
      open.emplace(std::max(behind, came->value_or(behind)), inner.list);
    }
  }
  return found;
}

Result<std::optional<std::int64_t>> came_behind(Connection& db, const Nesting& lists, AddressId who) {
  std::optional<std::int64_t> first;
  for (const auto& [list, behind] : lists) {
    auto came = member_behind(db, list, who);
    if (!came) return came;
    if (*came) first = std::min(first.value_or(INT64_MAX), std::max(behind, **came));
  }
  return first;
}

Result<Newcomers> digest_newcomers(Connection& db, const Nesting& lists, std::int64_t first) {
  Newcomers found;
  for (const auto& [list, behind] : lists) {
    // The words of the index (0012), so that SQLite knows that it has them all.
    auto find = db.prepare(
        "SELECT address_id FROM member INDEXED BY member_other WHERE list_id = ?1 AND role = 0 AND mode = 1"
        " AND (digest = 1 OR until IS NOT NULL) AND stopped IS NULL AND behind >= ?2");
    find.bind_all(list, behind < first ? first : 0);
    for (;;) {
      auto row = find.step();
      if (!row) return row.error();
      if (!*row) break;
      found.emplace(AddressId{find.int64(0)}, first);
    }
  }
  for (auto each = found.begin(); each != found.end();) {
    auto came = came_behind(db, lists, each->first);
    if (!came) return came.error();
    each->second = came->value_or(0);
    each = each->second < first ? found.erase(each) : std::next(each);
  }
  return found;
}

}  // namespace breakwater::store
