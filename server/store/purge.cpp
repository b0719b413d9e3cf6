#include "store/purge.h"

#include "store/directory.h"
#include "store/hold.h"

namespace breakwater::store {

Result<std::vector<ListRow>> list_rows(Connection& db, Which which) {
  auto find = which == Which::all
                  ? db.prepare(
                        "SELECT list.id, address.key FROM list JOIN address ON address.id = list.address_id"
                        " ORDER BY address.key")
                  : db.prepare(
                        "SELECT list.id, address.key FROM list JOIN address ON address.id = list.address_id"
                        " WHERE EXISTS (SELECT 1 FROM member WHERE list_id = list.id) ORDER BY address.key");
  std::vector<ListRow> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({ListId{find.int64(0)}, std::string(find.text(1))});
  }
}

Result<ListRemains> remains_of(Connection& db, ListId list) {
  auto count = count_members(db, list);
  if (!count) return count.error();
  auto held = count_held(db, list);
  if (!held) return held.error();
  auto find = db.prepare(
      "SELECT (SELECT count(*) FROM subscription WHERE list_id = ?1),"
      " (SELECT count(*) FROM ban WHERE list_id = ?1)");
  find.bind(1, list);
  auto row = find.step();
  if (!row) return row.error();
  return ListRemains{count->members, count->moderators, count->owners,
                     find.int64(0),  find.int64(1),     held->postings};
}

// A test holds this against the schema: a table with a list_id is here, or is named there as one that stays.
Result<void> purge_list(Connection& db, ListId list) {
  db.note_member_change();
  for (const char* sql : {"DELETE FROM member WHERE list_id = ?1",
                          "DELETE FROM subscription WHERE list_id = ?1",
                          "DELETE FROM subscription_token WHERE list_id = ?1",
                          "DELETE FROM ban WHERE list_id = ?1",
                          "DELETE FROM member_bounce WHERE list_id = ?1",
                          "DELETE FROM bounce_watch WHERE list_id = ?1",
                          "DELETE FROM bounce_news WHERE list_id = ?1",
                          "DELETE FROM bounce_letter WHERE list_id = ?1",
                          "DELETE FROM token WHERE list_id = ?1",
                          "DELETE FROM hold_all WHERE list_id = ?1",
                          "DELETE FROM posted WHERE list_id = ?1",
                          "DELETE FROM held_letter WHERE list_id = ?1",
                          "DELETE FROM sync_left WHERE list_id = ?1",
                          "DELETE FROM last_sync WHERE list_id = ?1",
                          "DELETE FROM sync_run WHERE list_id = ?1",
                          "DELETE FROM digest_waiting WHERE list_id = ?1",
                          "DELETE FROM digest_put_off WHERE list_id = ?1",
                          "DELETE FROM freeze WHERE list_id = ?1",
                          "DELETE FROM member_order WHERE list_id = ?1",
                          "DELETE FROM sync_offer WHERE list_id = ?1",
                          "DELETE FROM request_tally WHERE key = 'list:' || ?1"}) {
    if (auto done = db.prepare(sql).bind_all(list).run(); !done) return done;
  }
  return {};
}

}  // namespace breakwater::store
