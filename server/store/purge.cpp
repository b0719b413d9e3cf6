#include "store/purge.h"

#include "store/directory.h"
#include "store/hold.h"
#include "store/store.h"

namespace breakwater::store {
namespace {

Result<std::vector<ListRow>> read_rows(Statement& find) {
  std::vector<ListRow> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({ListId{find.int64(0)}, std::string(find.text(1))});
  }
}

}  // namespace

Result<std::vector<ListRow>> list_rows(Connection& db, Which which) {
  auto find = which == Which::all
                  ? db.prepare(
                        "SELECT list.id, address.key FROM list JOIN address ON address.id = list.address_id"
                        " ORDER BY address.key")
                  : db.prepare(
                        "SELECT list.id, address.key FROM list JOIN address ON address.id = list.address_id"
                        " WHERE EXISTS (SELECT 1 FROM member WHERE list_id = list.id) ORDER BY address.key");
  return read_rows(find);
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

namespace {

// A test holds these against the schema: a table with a list_id is here, or is named there as one that stays.
// Large: a row a member, and more.
struct Large {
  const char *table, *key;  // what tells the rows of a list from one another
};
constexpr Large kLarge[] = {{"member", "role, address_id"},
                            {"member_bounce", "address_id, day"},
                            {"bounce_watch", "address_id"},
                            {"bounce_news", "address_id, posting"},
                            {"posted", "author_key"},
                            {"sync_left", "key"},
                            {"subscription", "address_id"},
                            {"subscription_token", "digest"},
                            {"ban", "key"},
                            {"digest_waiting", "number"}};
constexpr const char* kSmall[] = {"bounce_letter", "token",      "hold_all",       "held_letter",
                                  "last_sync",     "sync_run",   "digest_put_off", "freeze",
                                  "member_order",  "sync_offer", "purge"};

Result<std::int64_t> delete_some(Connection& db, const Large& from, ListId list, std::int64_t rows) {
  const std::string table(from.table), key(from.key);
  auto gone = db.prepare("DELETE FROM " + table + " WHERE list_id = ?1 AND (" + key + ") IN (SELECT " + key +
                         " FROM " + table + " WHERE list_id = ?1 LIMIT ?2)")
                  .bind_all(list, rows)
                  .run();
  if (!gone) return gone.error();
  return db.changes();
}

Result<void> delete_small(Connection& db, ListId list) {
  for (const char* table : kSmall) {
    auto gone = db.prepare("DELETE FROM " + std::string(table) + " WHERE list_id = ?1").bind_all(list).run();
    if (!gone) return gone;
  }
  return db.prepare("DELETE FROM request_tally WHERE key = 'list:' || ?1").bind_all(list).run();
}

}  // namespace

Result<bool> remembers(Connection& db, ListId list) {
  const auto has = [&](const char* table) {
    auto find = db.prepare("SELECT 1 FROM " + std::string(table) + " WHERE list_id = ?1 LIMIT 1");
    find.bind(1, list);
    return find.step();
  };
  for (const Large& of : kLarge) {
    auto any = has(of.table);
    if (!any || *any) return any;
  }
  for (const char* table : kSmall) {
    auto any = has(table);
    if (!any || *any) return any;
  }
  return false;
}

Result<std::optional<Purge>> purge_of(Connection& db, ListId list) {
  auto find = db.prepare("SELECT began, actor, reason, outcome FROM purge WHERE list_id = ?1");
  find.bind(1, list);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return std::optional<Purge>();
  return std::optional(Purge{list, from_ms(find.int64(0)), std::string(find.text(1)),
                             std::string(find.text(2)), std::string(find.text(3))});
}

Result<std::vector<ListRow>> purges(Connection& db) {
  auto find = db.prepare(
      "SELECT list_id, coalesce(key, 'list ' || list_id) FROM purge LEFT JOIN list ON list.id = list_id"
      " LEFT JOIN address ON address.id = address_id ORDER BY list_id");
  return read_rows(find);
}

Result<void> begin_purge(Connection& db, const Purge& purge) {
  auto ended = db.prepare("DELETE FROM sync_run WHERE list_id = ?1").bind_all(purge.list).run();
  if (!ended) return ended;
  return db.prepare("INSERT INTO purge (list_id, began, actor, reason, outcome) VALUES (?1, ?2, ?3, ?4, ?5)")
      .bind_all(purge.list, purge.began, purge.actor, purge.reason, purge.outcome)
      .run();
}

Result<bool> purge_step(Connection& db, ListId list, Instant now, std::int64_t rows) {
  auto purge = purge_of(db, list);
  if (!purge) return purge.error();
  if (!*purge) return false;
  db.note_member_change();
  for (const Large& table : kLarge) {
    auto gone = delete_some(db, table, list, rows);
    if (!gone) return gone.error();
    rows -= *gone;
    if (rows <= 0) return true;
  }
  auto address =
      db.prepare("SELECT key FROM address JOIN list ON address_id = address.id WHERE list.id = ?1");
  address.bind(1, list);
  auto row = address.step();
  if (!row) return row.error();
  if (!*row)
    return error(Fault::invalid,
                 "list " + std::to_string(list.value) + " has no address: the row is corrupt");
  const std::string of(address.text(0));
  address.reset();
  if (auto gone = delete_small(db, list); !gone) return gone.error();
  auto kept =
      add_audit(db, {now, (*purge)->actor, "purge", of, PostingId{}, (*purge)->reason, (*purge)->outcome});
  if (!kept) return kept.error();
  return false;
}

Result<bool> finish_purge(Store& store, ListId list, const std::function<Instant()>& now,
                          const std::atomic<bool>& stop) {
  for (bool more = true; more;) {
    if (stop) return false;
    const auto stepped = store.write_and_wait([&](Connection& db) -> Result<void> {
      auto step = purge_step(db, list, now(), kPurgedAtOnce);
      if (step) more = *step;
      return step ? Result<void>() : step.error();
    });
    if (!stepped) return stepped.error();
  }
  return true;
}

}  // namespace breakwater::store
