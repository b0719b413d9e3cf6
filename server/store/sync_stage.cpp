#include "store/sync_stage.h"

#include <unistd.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace breakwater::store {
namespace {

constexpr std::size_t kSortedAtOnce = 50'000;  // some 10 MB

constexpr std::int64_t kManual = 1, kOwnName = 2;  // in the column `kept_by`

class Rows : public lists::SyncCursor {
 public:
  Rows(Connection& db, int stream)
      : rows_(db.prepare("SELECT key, mailbox, name, kept_by FROM staged WHERE stream = ?1"
                         " ORDER BY key, number")) {
    rows_.bind(1, std::int64_t{stream});
  }

  Result<bool> next(lists::SyncRow& row) override {
    auto more = rows_.step();
    if (!more || !*more) return more;
    row.key = rows_.text(0);
    row.mailbox = rows_.text(1).empty() ? std::string_view(row.key) : rows_.text(1);
    row.name = rows_.text(2);
    row.manual = (rows_.int64(3) & kManual) != 0;
    row.own_name = (rows_.int64(3) & kOwnName) != 0;
    return true;
  }

 private:
  Statement rows_;
};

}  // namespace

Result<std::unique_ptr<SyncStage>> SyncStage::make(const std::string& file) {
  std::unique_ptr<SyncStage> stage(new SyncStage(file));
  if (auto begun = stage->begin(); !begun) return begun.error();
  return stage;
}

SyncStage::~SyncStage() {
  db_.reset();
  ::unlink(file_.c_str());
}

Result<void> SyncStage::begin() {
  ::unlink(file_.c_str());
  auto db = Connection::open(file_, Connection::Access::scratch);
  if (!db) return db.error();
  db_ = std::move(*db);
  return db_->execute(
      "CREATE TABLE staged (stream INTEGER NOT NULL, key TEXT NOT NULL, number INTEGER NOT NULL,"
      " mailbox TEXT NOT NULL, name TEXT NOT NULL, kept_by INTEGER NOT NULL,"
      " PRIMARY KEY (stream, key, number)) STRICT, WITHOUT ROWID");
}

Result<void> SyncStage::put(int stream, lists::SyncRow row) {
  if (row.mailbox == row.key) row.mailbox.clear();
  waiting_.push_back({stream, rows_++, std::move(row)});
  return waiting_.size() < kSortedAtOnce ? Result<void>() : flush();
}

Result<void> SyncStage::flush() {
  if (waiting_.empty()) return {};
  std::sort(waiting_.begin(), waiting_.end(), [](const Waiting& a, const Waiting& b) {
    return std::tie(a.stream, a.row.key, a.number) < std::tie(b.stream, b.row.key, b.number);
  });
  if (auto begun = db_->execute("BEGIN"); !begun) return begun;
  auto insert = db_->prepare("INSERT INTO staged VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  for (const Waiting& one : waiting_) {
    insert.bind_all(std::int64_t{one.stream}, one.row.key, one.number, one.row.mailbox, one.row.name,
                    (one.row.manual ? kManual : 0) | (one.row.own_name ? kOwnName : 0));
    if (auto put = insert.run(); !put) return put;
  }
  waiting_.clear();
  return db_->execute("COMMIT");
}

Result<std::unique_ptr<lists::SyncCursor>> SyncStage::read(int stream) {
  if (auto flushed = flush(); !flushed) return flushed.error();
  std::vector<Waiting>().swap(waiting_);  // its memory is not wanted any more
  return std::unique_ptr<lists::SyncCursor>(std::make_unique<Rows>(*db_, stream));
}

Result<void> stage_members(Connection& db, ListId list, SyncStage& stage, int stream) {
  auto members = db.prepare(
      "SELECT key, synced, own_name, CASE WHEN synced = 1 AND own_name = 0 THEN name ELSE '' END"
      " FROM member JOIN address ON address.id = address_id"
      " WHERE list_id = ?1 AND role = 0 ORDER BY address_id");
  members.bind(1, list);
  for (;;) {
    auto row = members.step();
    if (!row) return row.error();
    if (!*row) return {};
    lists::SyncRow member{std::string(members.text(0)),
                          {},
                          std::string(members.text(3)),
                          members.int64(1) == 0,
                          members.int64(2) != 0};
    if (auto put = stage.put(stream, std::move(member)); !put) return put;
  }
}

Result<void> stage_left(Connection& db, ListId list, SyncStage& stage, int stream) {
  auto left = db.prepare("SELECT key FROM sync_left WHERE list_id = ?1");
  left.bind(1, list);
  for (;;) {
    auto row = left.step();
    if (!row) return row.error();
    if (!*row) return {};
    if (auto put = stage.put(stream, {std::string(left.text(0)), {}, {}, false}); !put) return put;
  }
}

}  // namespace breakwater::store
