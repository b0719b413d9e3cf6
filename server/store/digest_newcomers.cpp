#include "store/digest_newcomers.h"

#include <algorithm>

namespace breakwater::store {

Result<std::optional<Instant>> on_any_since(Connection& db, const std::vector<ListId>& lists, AddressId who) {
  std::optional<Instant> first;
  for (const ListId list : lists) {
    auto find = db.prepare("SELECT since FROM member WHERE list_id = ?1 AND role = 0 AND address_id = ?2");
    auto row = find.bind_all(list, who).step();
    if (!row) return row.error();
    if (*row) first = std::min(first.value_or(from_ms(find.int64(0))), from_ms(find.int64(0)));
  }
  return first;
}

Result<std::map<AddressId, Instant>> digest_newcomers(Connection& db, const std::vector<ListId>& lists,
                                                      Instant begin) {
  std::map<AddressId, Instant> found;
  for (const ListId list : lists) {
    // The words of the index (0012), so that SQLite knows that it has them all.
    auto find = db.prepare(
        "SELECT address_id FROM member INDEXED BY member_other WHERE list_id = ?1 AND role = 0 AND mode = 1"
        " AND (digest = 1 OR until IS NOT NULL) AND stopped IS NULL AND since > ?2");
    find.bind_all(list, begin);
    for (;;) {
      auto row = find.step();
      if (!row) return row.error();
      if (!*row) break;
      found.emplace(AddressId{find.int64(0)}, Instant{});
    }
  }
  for (auto each = found.begin(); each != found.end();) {
    auto since = on_any_since(db, lists, each->first);
    if (!since) return since.error();
    each->second = since->value_or(begin);
    each = each->second > begin ? std::next(each) : found.erase(each);
  }
  return found;
}

}  // namespace breakwater::store
