#include "store/sync_rows.h"

#include <algorithm>
#include <utility>

#include "lists/ban.h"
#include "store/address_rows.h"
#include "store/bounces.h"
#include "store/digest_newcomers.h"
#include "store/directory.h"
#include "store/subscriptions.h"

namespace breakwater::store {
namespace {

// One batch of one list: domain by domain, as addresses are numbered.
class Batch {
 public:
  Batch(Connection& db, ListId list, Instant now)
      : db_(db),
        list_(list),
        now_(now),
        numbers_(db),
        left_(db.prepare("SELECT 1 FROM sync_left WHERE list_id = ?1 AND key = ?2")),
        insert_(db.prepare("INSERT INTO member (list_id, role, address_id, mode, name, since, synced,"
                           " behind) VALUES (?1, 0, ?2, 0, ?3, ?4, 1, " BREAKWATER_BEHIND_ALL
                           ") ON CONFLICT DO NOTHING")),
        find_(db.prepare("SELECT mode = 0 AND stopped IS NULL FROM member"
                         " WHERE list_id = ?1 AND role = 0 AND address_id = ?2 AND synced = 1")),
        rename_(db.prepare("UPDATE member SET name = ?3 WHERE list_id = ?1 AND role = 0 AND address_id = ?2"
                           " AND synced = 1 AND own_name = 0 AND name <> ?3")),
        delete_(db.prepare("DELETE FROM member WHERE list_id = ?1 AND role = 0 AND address_id = ?2")) {}

  Result<void> begin() {
    auto banned = store::bans(db_, list_, 1);
    if (!banned) return banned.error();
    has_bans_ = !banned->empty();
    return {};
  }

  Result<void> carry_out(const SyncChange& change) {
    switch (change.act) {
      case SyncAct::add: return add(change.row);
      case SyncAct::rename: return rename(change.row);
      case SyncAct::remove: break;
    }
    return remove(change.row.key);
  }

  Result<SyncedChanges> end() {
    if (auto kept = numbers_.commit(); !kept) return kept.error();
    if (auto ended = end_overtaken(db_, list_); !ended) return ended.error();
    return done_;
  }

 private:
  Result<void> add(const lists::SyncRow& row) {
    const mail::Address address{row.mailbox, row.key, row.key.substr(row.key.rfind('@') + 1)};
    auto wanted = may_come(address);
    if (!wanted) return wanted.error();
    if (!*wanted) return {};
    bool made = false;
    auto id = numbers_.ensure(address, made);
    if (!id) return id.error();
    insert_.bind_all(list_, *id, row.name, now_);
    if (auto inserted = insert_.run(); !inserted) return inserted;
    const std::int64_t added = db_.changes();
    done_.added += added;
    done_.receiving += added;
    return {};
  }

  Result<bool> may_come(const mail::Address& address) {
    left_.reset();
    left_.bind_all(list_, address.key);
    auto has_left = left_.step();
    if (!has_left) return has_left;
    if (*has_left) return false;
    if (!has_bans_) return true;
    auto banned = is_banned(db_, list_, lists::ban_keys(address));
    if (!banned) return banned;
    return !*banned;
  }

  Result<void> remove(const std::string& key) {
    auto id = find_address(db_, key);
    if (!id) return id.error();
    if (!*id) return {};
    find_.reset();
    find_.bind_all(list_, **id);
    auto row = find_.step();
    if (!row) return row.error();
    if (!*row) return {};
    const std::int64_t received = find_.int64(0);
    find_.reset();
    delete_.bind_all(list_, **id);
    if (auto deleted = delete_.run(); !deleted) return deleted;
    ++done_.removed;
    done_.receiving -= received;
    return forget_bounces(db_, {list_, **id});
  }

  Result<void> rename(const lists::SyncRow& row) {
    auto id = find_address(db_, row.key);
    if (!id) return id.error();
    if (!*id) return {};
    rename_.bind_all(list_, **id, row.name);
    if (auto renamed = rename_.run(); !renamed) return renamed;
    done_.renamed += db_.changes();
    return {};
  }

  Connection& db_;
  ListId list_;
  Instant now_;
  AddressNumbers numbers_;
  Statement left_, insert_, find_, rename_, delete_;
  bool has_bans_ = false;
  SyncedChanges done_;
};

std::string_view domain_of(const SyncChange& change) {
  return std::string_view(change.row.key).substr(change.row.key.rfind('@') + 1);
}

}  // namespace

Result<std::optional<LastSync>> last_sync(Connection& db, ListId list) {
  auto find = db.prepare(
      "SELECT at, result, reason, before, manual, added, removed, excluded, invalid, succeeded, failing,"
      " told_plan, told, renamed, failure_told FROM last_sync WHERE list_id = ?1");
  find.bind(1, list);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return std::optional<LastSync>();
  LastSync last;
  last.at = from_ms(find.int64(0));
  last.result = static_cast<SyncResult>(find.int64(1));
  last.reason = find.text(2);
  last.before = find.int64(3);
  last.manual = find.int64(4);
  last.added = find.int64(5);
  last.removed = find.int64(6);
  last.excluded = find.int64(7);
  last.invalid = find.int64(8);
  if (!find.is_null(9)) last.succeeded = from_ms(find.int64(9));
  if (!find.is_null(10)) last.failing = from_ms(find.int64(10));
  last.told_plan = find.text(11);
  if (!find.is_null(12)) last.told = from_ms(find.int64(12));
  last.renamed = find.int64(13);
  if (!find.is_null(14)) last.failure_told = from_ms(find.int64(14));
  return std::optional(std::move(last));
}

Result<void> put_last_sync(Connection& db, ListId list, const LastSync& sync) {
  auto put = db.prepare(
      "INSERT OR REPLACE INTO last_sync (list_id, at, result, reason, before, manual, added, removed,"
      " excluded, invalid, succeeded, failing, told_plan, told, renamed, failure_told)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)");
  put.bind_all(list, sync.at, static_cast<std::int64_t>(sync.result), sync.reason, sync.before, sync.manual,
               sync.added, sync.removed, sync.excluded, sync.invalid);
  if (sync.succeeded) put.bind(11, *sync.succeeded);
  if (sync.failing) put.bind(12, *sync.failing);
  put.bind(13, sync.told_plan);
  if (sync.told) put.bind(14, *sync.told);
  put.bind(15, sync.renamed);
  if (sync.failure_told) put.bind(16, *sync.failure_told);
  return put.run();
}

Result<std::vector<SyncRun>> sync_runs(Connection& db) {
  auto find = db.prepare(
      "SELECT list_id, plan, began, actor, reason, vouched, done_key, added, removed, renamed FROM sync_run"
      " ORDER BY list_id");
  std::vector<SyncRun> runs;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return runs;
    runs.push_back({ListId{find.int64(0)}, std::string(find.text(1)), from_ms(find.int64(2)),
                    std::string(find.text(3)), std::string(find.text(4)), find.int64(5) != 0,
                    std::string(find.text(6)), find.int64(7), find.int64(8), find.int64(9)});
  }
}

Result<void> advance_sync_run(Connection& db, const SyncRun& run) {
  auto done =
      db.prepare(
            "UPDATE sync_run SET done_key = ?2, added = ?3, removed = ?4, renamed = ?5 WHERE list_id = ?1")
          .bind_all(run.list, run.done_key, run.added, run.removed, run.renamed)
          .run();
  if (!done || db.changes() > 0) return done;
  return error(Fault::not_found, "the list was purged meanwhile");
}

Result<void> begin_sync_run(Connection& db, const SyncRun& run) {
  return db
      .prepare(
          "INSERT OR REPLACE INTO sync_run (list_id, plan, began, actor, reason, vouched, done_key, added,"
          " removed, renamed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
      .bind_all(run.list, run.plan, run.began, run.actor, run.reason, std::int64_t{run.vouched}, run.done_key,
                run.added, run.removed, run.renamed)
      .run();
}

Result<void> end_sync_run(Connection& db, ListId list) {
  return db.prepare("DELETE FROM sync_run WHERE list_id = ?1").bind_all(list).run();
}

Result<SyncedChanges> carry_out_changes(Connection& db, ListId list, std::span<const SyncChange> changes,
                                        Instant now) {
  db.note_member_change();
  std::vector<const SyncChange*> order;
  for (const SyncChange& change : changes) order.push_back(&change);
  std::stable_sort(order.begin(), order.end(), [](const SyncChange* a, const SyncChange* b) {
    return domain_of(*a) < domain_of(*b);  // in a domain by key, as they came
  });
  Batch batch(db, list, now);
  if (auto begun = batch.begin(); !begun) return begun.error();
  for (const SyncChange* change : order) {
    if (auto done = batch.carry_out(*change); !done) return done.error();
  }
  return batch.end();
}

Result<std::int64_t> count_synced(Connection& db, ListId list) {
  auto count = db.prepare("SELECT count(*) FROM member WHERE list_id = ?1 AND role = 0 AND synced = 1");
  count.bind(1, list);
  auto row = count.step();
  if (!row) return row.error();
  return count.int64(0);
}

Result<void> make_manual(Connection& db, ListId list, AddressId member) {
  auto forgotten = db.prepare(
                         "DELETE FROM sync_left WHERE list_id = ?1"
                         " AND key = (SELECT key FROM address WHERE id = ?2)")
                       .bind_all(list, member)
                       .run();
  if (!forgotten) return forgotten;
  return db
      .prepare(
          "UPDATE member SET synced = 0 WHERE list_id = ?1 AND role = 0 AND address_id = ?2 AND synced = 1")
      .bind_all(list, member)
      .run();
}

Result<void> remember_left(Connection& db, ListId list, AddressId member) {
  return db
      .prepare(
          "INSERT OR IGNORE INTO sync_left (list_id, key) SELECT ?1, key FROM member"
          " JOIN address ON address.id = address_id"
          " WHERE list_id = ?1 AND role = 0 AND address_id = ?2"
          " AND (synced = 1 OR EXISTS (SELECT 1 FROM last_sync WHERE list_id = ?1))")
      .bind_all(list, member)
      .run();
}

}  // namespace breakwater::store
