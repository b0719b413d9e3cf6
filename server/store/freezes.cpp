// Frozen lists, and the audit trail of every hand.
#include <utility>

#include "store/hold.h"
#include "store/posting_rows.h"

namespace breakwater::store {
namespace {

constexpr std::int64_t kAuditsKept = 100'000;

Result<std::vector<Freeze>> read_freezes(Statement find) {
  std::vector<Freeze> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({ListId{find.int64(0)}, from_ms(find.int64(1)), std::string(find.text(2)),
                     std::string(find.text(3)), std::string(find.text(4))});
  }
}

}  // namespace

Result<void> freeze(Connection& db, const Freeze& freeze) {
  return db
      .prepare(
          "INSERT INTO freeze (list_id, since, actor, reason) VALUES (?1, ?2, ?3, ?4)"
          " ON CONFLICT DO UPDATE SET actor = excluded.actor, reason = excluded.reason")
      .bind_all(freeze.list, freeze.since, freeze.actor, freeze.reason)
      .run();
}

Result<bool> thaw(Connection& db, ListId list) {
  auto thawed = db.prepare("DELETE FROM freeze WHERE list_id = ?1").bind_all(list).run();
  if (!thawed) return thawed.error();
  return db.changes() > 0;
}

Result<std::optional<Freeze>> frozen(Connection& db, ListId list) {
  auto find = db.prepare("SELECT list_id, since, actor, reason, '' FROM freeze WHERE list_id = ?1");
  find.bind(1, list);
  auto found = read_freezes(std::move(find));
  if (!found) return found.error();
  if (found->empty()) return std::optional<Freeze>();
  return std::optional(std::move(found->front()));
}

Result<std::vector<Freeze>> frozen_lists(Connection& db) {
  return read_freezes(
      db.prepare("SELECT freeze.list_id, since, actor, reason, coalesce(address.key, '') FROM freeze"
                 " LEFT JOIN list ON list.id = freeze.list_id"
                 " LEFT JOIN address ON address.id = list.address_id ORDER BY freeze.list_id"));
}

// Mail to the list's owners and letters to single people are no part of a storm: they go on. What goes to the
// members stops: postings (kind 0) and digests (4).
Result<std::vector<Posting>> pending_of(Connection& db, ListId list) {
  auto find = db.prepare("SELECT " BREAKWATER_POSTING_COLUMNS
                         " FROM posting INDEXED BY posting_pending"
                         " WHERE state = 0 AND list_id = ?1 AND kind IN (0, 4) ORDER BY id");
  find.bind(1, list);
  return read_postings(std::move(find));
}

Result<std::vector<PostingId>> frozen_postings(Connection& db) {
  auto find = db.prepare(
      "SELECT id FROM posting INDEXED BY posting_pending WHERE state = 0 AND kind IN (0, 4)"
      " AND list_id IN (SELECT list_id FROM freeze) ORDER BY id");
  std::vector<PostingId> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back(PostingId{find.int64(0)});
  }
}

Result<void> add_audit(Connection& db, const Audit& audit) {
  auto inserted = db.prepare(
                        "INSERT INTO audit (at, actor, action, list_address, posting, reason, outcome)"
                        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
                      .bind_all(audit.at, audit.actor, audit.action, audit.list_address, audit.posting,
                                audit.reason, audit.outcome)
                      .run();
  if (!inserted) return inserted;
  return db.prepare("DELETE FROM audit WHERE number <= ?1")
      .bind_all(db.last_insert_rowid() - kAuditsKept)
      .run();
}

Result<std::vector<Audit>> audits(Connection& db, std::string_view list_address, std::size_t limit) {
  // Two texts: each has its own index.
  auto find = list_address.empty()
                  ? db.prepare(
                        "SELECT at, actor, action, list_address, posting, reason, outcome FROM audit"
                        " ORDER BY number DESC LIMIT ?1")
                  : db.prepare(
                        "SELECT at, actor, action, list_address, posting, reason, outcome FROM audit"
                        " WHERE list_address = ?2 ORDER BY number DESC LIMIT ?1");
  find.bind(1, static_cast<std::int64_t>(limit));
  if (!list_address.empty()) find.bind(2, list_address);
  std::vector<Audit> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({from_ms(find.int64(0)), std::string(find.text(1)), std::string(find.text(2)),
                     std::string(find.text(3)), PostingId{find.int64(4)}, std::string(find.text(5)),
                     std::string(find.text(6))});
  }
}

}  // namespace breakwater::store
