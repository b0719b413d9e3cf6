#include "store/member_counts.h"

#include "lists/delivery_mode.h"

namespace breakwater::store {

using lists::DeliveryMode;

namespace {

template <class Stored>
std::int64_t stored(Stored value) {
  return static_cast<std::int64_t>(value);
}

}  // namespace

Result<DeliveryCount> count_delivery(Connection& db, ListId list, Digests digests, Instant now) {
  // What lists::mode_at says of a row, for all rows at once.
  auto rows = db.prepare(
      "SELECT role, CASE WHEN stopped IS NOT NULL THEN -1 WHEN mode = 0 THEN 0 WHEN digest = 1 THEN 2"
      " WHEN until <= ?2 THEN after ELSE 1 END AS how, count(*) FROM member"
      " WHERE list_id = ?1 AND role < 2 GROUP BY role, how");
  rows.bind_all(list, now);
  DeliveryCount count;
  for (;;) {
    auto row = rows.step();
    if (!row) return row.error();
    if (!*row) return count;
    const std::int64_t people = rows.int64(2);
    if (rows.int64(0) == stored(lists::Role::moderator)) {
      count.moderators += people;
      continue;
    }
    count.members += people;
    if (rows.int64(1) < 0) {
      count.stopped += people;
    } else if (rows.int64(1) == stored(DeliveryMode::none)) {
      count.paused += people;
    } else if (rows.int64(1) == stored(DeliveryMode::digest) && digests == Digests::offered) {
      count.digests += people;
    } else {
      count.each += people;
    }
  }
}

}  // namespace breakwater::store
