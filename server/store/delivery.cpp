#include "store/delivery.h"

namespace breakwater::store {

using lists::Delivery;
using lists::DeliveryMode;
using lists::DigestForm;

Result<Delivery> read_delivery(const Statement& row, int column) {
  const std::int64_t mode = row.int64(column), digest = row.int64(column + 1), form = row.int64(column + 2);
  const std::int64_t after = row.int64(column + 4);
  const bool is_mode = mode == 0 || mode == 1, is_form = form == 0 || form == 1;
  if (!is_mode || !is_form || (digest != 0 && digest != 1) || after < 0 || after > 2) {
    return error(Fault::invalid, "how a member gets mail is not readable: the row is corrupt");
  }
  Delivery delivery;
  if (mode == 1) delivery.mode = digest == 1 ? DeliveryMode::digest : DeliveryMode::none;
  delivery.form = static_cast<DigestForm>(form);
  if (!row.is_null(column + 3)) delivery.until = from_ms(row.int64(column + 3));
  delivery.after = static_cast<DeliveryMode>(after);
  return delivery;
}

void bind_delivery(Statement& statement, int parameter, const Delivery& delivery) {
  statement.bind(parameter, std::int64_t{delivery.mode == DeliveryMode::each ? 0 : 1});
  statement.bind(parameter + 1, std::int64_t{delivery.mode == DeliveryMode::digest ? 1 : 0});
  statement.bind(parameter + 2, static_cast<std::int64_t>(delivery.form));
  if (delivery.mode == DeliveryMode::none && delivery.until)
    statement.bind(parameter + 3, *delivery.until);
  else
    statement.bind_null(parameter + 3);
  statement.bind(parameter + 4, static_cast<std::int64_t>(delivery.after));
}

Result<std::optional<Delivery>> delivery(Connection& db, ListId list, AddressId address) {
  auto find = db.prepare("SELECT " BREAKWATER_DELIVERY_COLUMNS
                         " FROM member WHERE list_id = ?1 AND role = 0 AND address_id = ?2");
  auto row = find.bind_all(list, address).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Delivery>();
  auto found = read_delivery(find, 0);
  if (!found) return found.error();
  return std::optional(*found);
}

Result<bool> gets_each(Connection& db, ListId list, AddressId address, Instant now) {
  return db
      .prepare(
          "SELECT 1 FROM member WHERE list_id = ?1 AND role = 0 AND address_id = ?2 AND stopped IS NULL"
          " AND (mode = 0 OR (until <= ?3 AND after = 0))")
      .bind_all(list, address, now)
      .step();
}

Result<bool> set_delivery(Connection& db, ListId list, AddressId address, const Delivery& delivery) {
  db.note_member_change();
  auto update = db.prepare(
      "UPDATE member SET mode = ?3, digest = ?4, form = ?5, until = ?6, after = ?7"
      " WHERE list_id = ?1 AND role = 0 AND address_id = ?2");
  update.bind_all(list, address);
  bind_delivery(update, 3, delivery);
  if (auto updated = update.run(); !updated) return updated.error();
  return db.changes() > 0;
}

}  // namespace breakwater::store
