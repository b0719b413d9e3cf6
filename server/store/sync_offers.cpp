#include "store/sync_offers.h"

#include <chrono>

namespace breakwater::store {
namespace {

constexpr Duration kRemembered = std::chrono::days(30);
// A literal, since statements are known by where their text is.
#define SELECT_OFFER \
  "SELECT digest, list_id, person, plan, added, removed, expires, message_id, over FROM sync_offer"

SyncOffer offer_in(Statement& row) {
  return {std::string(row.blob(0)),
          ListId{row.int64(1)},
          std::string(row.text(2)),
          std::string(row.text(3)),
          row.int64(4),
          row.int64(5),
          from_ms(row.int64(6)),
          std::string(row.text(7)),
          std::string(row.text(8))};
}

Result<std::optional<SyncOffer>> one_of(Statement find) {
  auto row = find.step();
  if (!row) return row.error();
  return *row ? std::optional(offer_in(find)) : std::nullopt;
}

}  // namespace

Result<void> add_sync_offer(Connection& db, const SyncOffer& offer, Instant now) {
  auto old = db.prepare("DELETE FROM sync_offer WHERE list_id = ?1 AND expires <= ?2 AND confirmed IS NULL")
                 .bind_all(offer.list, now - kRemembered)
                 .run();
  if (!old) return old;
  return db
      .prepare(
          "INSERT INTO sync_offer (digest, list_id, person, plan, added, removed, expires, message_id, over)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '', '')")
      .bind_all(Blob{offer.digest}, offer.list, offer.person, offer.plan, offer.added, offer.removed,
                offer.expires)
      .run();
}

Result<std::optional<SyncOffer>> sync_offer(Connection& db, std::string_view digest) {
  auto find = db.prepare(SELECT_OFFER " WHERE digest = ?1");
  find.bind_all(Blob{digest});
  return one_of(std::move(find));
}

Result<void> confirm_sync_offer(Connection& db, std::string_view digest, Instant now,
                                std::string_view message_id) {
  return db.prepare("UPDATE sync_offer SET confirmed = ?2, message_id = ?3 WHERE digest = ?1")
      .bind_all(Blob{digest}, now, message_id)
      .run();
}

Result<std::optional<SyncOffer>> confirmed_sync_offer(Connection& db, ListId list) {
  auto find =
      db.prepare(SELECT_OFFER " WHERE list_id = ?1 AND confirmed IS NOT NULL ORDER BY confirmed LIMIT 1");
  find.bind_all(list);
  return one_of(std::move(find));
}

Result<std::set<ListId>> lists_with_confirmed_sync(Connection& db) {
  auto find = db.prepare("SELECT DISTINCT list_id FROM sync_offer WHERE confirmed IS NOT NULL");
  std::set<ListId> lists;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return lists;
    lists.insert(ListId{find.int64(0)});
  }
}

Result<void> settle_sync_offers(Connection& db, ListId list) {
  return db.prepare("UPDATE sync_offer SET confirmed = NULL WHERE list_id = ?1 AND confirmed IS NOT NULL")
      .bind_all(list)
      .run();
}

Result<void> end_sync_offers(Connection& db, ListId list, std::string_view plan, std::string_view why) {
  return db
      .prepare(
          "UPDATE sync_offer SET over = ?3, confirmed = NULL"
          " WHERE list_id = ?1 AND (?2 = '' OR plan = ?2) AND over = ''")
      .bind_all(list, plan, why)
      .run();
}

}  // namespace breakwater::store
