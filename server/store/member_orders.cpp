#include "store/member_orders.h"

#include <chrono>

namespace breakwater::store {
namespace {

// As the tokens of subscriptions are (subscriptions.cpp).
constexpr Duration kRemembered = std::chrono::days(30);

}  // namespace

Result<void> add_member_orders(Connection& db, const MemberOrders& orders) {
  return db
      .prepare(
          "INSERT INTO member_order (digest, list_id, person, orders, expires, used)"
          " VALUES (?1, ?2, ?3, ?4, ?5, 0)")
      .bind_all(Blob{orders.digest}, orders.list, orders.person, orders.orders, orders.expires)
      .run();
}

Result<std::optional<MemberOrders>> member_orders(Connection& db, std::string_view digest) {
  auto find = db.prepare("SELECT list_id, person, orders, expires, used FROM member_order WHERE digest = ?1");
  find.bind_all(Blob{digest});
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return std::optional<MemberOrders>();
  return std::optional(MemberOrders{std::string(digest), ListId{find.int64(0)}, std::string(find.text(1)),
                                    std::string(find.text(2)), from_ms(find.int64(3)), find.int64(4) != 0});
}

Result<bool> awaits_member_orders(Connection& db, ListId list, std::string_view person,
                                  std::string_view begin, Instant now) {
  auto find = db.prepare(
      "SELECT 1 FROM member_order WHERE list_id = ?1 AND person = ?2"
      " AND substr(orders, 1, length(?3)) = ?3 AND used = 0 AND expires > ?4 LIMIT 1");
  find.bind_all(list, person, begin, now);
  return find.step();
}

Result<void> use_member_orders(Connection& db, std::string_view digest) {
  return db.prepare("UPDATE member_order SET used = 1 WHERE digest = ?1").bind_all(Blob{digest}).run();
}

Result<void> prune_member_orders(Connection& db, Instant now, std::size_t limit) {
  return db
      .prepare(
          "DELETE FROM member_order WHERE digest IN"
          " (SELECT digest FROM member_order WHERE expires <= ?1 LIMIT ?2)")
      .bind_all(now - kRemembered, static_cast<std::int64_t>(limit))
      .run();
}

}  // namespace breakwater::store
