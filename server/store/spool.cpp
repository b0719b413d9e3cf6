#include "store/spool.h"

#include <utility>

#include "store/posting_rows.h"
#include "store/shown_id.h"

namespace breakwater::store {
namespace {

constexpr std::int64_t kRefusalsKept = 100'000;

}  // namespace

Result<void> add_message(Connection& db, const NewMessage& message) {
  return db.prepare("INSERT INTO message (id, received, bytes) VALUES (?1, ?2, ?3)")
      .bind_all(message.id, message.received, Blob{message.bytes})
      .run();
}

Result<std::string> message_bytes(Connection& db, MessageId id) {
  auto find = db.prepare("SELECT bytes FROM message WHERE id = ?1");
  find.bind(1, id);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return error(Fault::not_found, "message " + shown(id) + " is not in the store");
  return std::string(find.blob(0));
}

Result<void> add_posting(Connection& db, const Posting& posting, const lists::Audience& audience,
                         Instant expires) {
  Posting row = posting;
  row.state = audience.slices.empty() ? PostingState::done : PostingState::pending;
  row.recipients = audience.recipients;
  row.approvals = 0;
  row.until.reset();
  if (auto inserted = insert_posting(db, row); !inserted) return inserted;
  return insert_audience(db, posting.id, audience, SliceState::open, posting.received, expires);
}

Result<std::optional<Posting>> posting(Connection& db, PostingId id) {
  auto find = db.prepare("SELECT " BREAKWATER_POSTING_COLUMNS " FROM posting WHERE id = ?1");
  find.bind(1, id);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return std::optional<Posting>();
  auto found = read_posting(find);
  if (!found) return found.error();
  return std::optional(std::move(*found));
}

Result<std::vector<Posting>> postings(Connection& db, std::string_view list, bool unfinished,
                                      std::size_t limit) {
  // Four texts, not one with "?1 = '' OR": each has its own index.
  const std::string_view sql =
      list.empty()
          ? (unfinished ? "SELECT " BREAKWATER_POSTING_COLUMNS
                          " FROM posting WHERE state = 0 ORDER BY id DESC LIMIT ?1"
                        : "SELECT " BREAKWATER_POSTING_COLUMNS " FROM posting ORDER BY id DESC LIMIT ?1")
          : (unfinished ? "SELECT " BREAKWATER_POSTING_COLUMNS
                          " FROM posting INDEXED BY posting_pending"
                          " WHERE state = 0 AND list_address = ?2 ORDER BY id DESC LIMIT ?1"
                        : "SELECT " BREAKWATER_POSTING_COLUMNS
                          " FROM posting WHERE list_address = ?2"
                          " ORDER BY id DESC LIMIT ?1");
  auto find = db.prepare(sql);
  find.bind(1, static_cast<std::int64_t>(limit));
  if (!list.empty()) find.bind(2, list);
  return read_postings(std::move(find));
}

Result<bool> seen_message_id(Connection& db, ListId list, std::string_view message_id) {
  if (message_id.empty()) return false;
  // In any state. Held: the same mail again must not wait twice. Dropped: somebody has decided on this very
  // mail; a client or a loop that sends it again must not ask them again, and its author writes a new one.
  auto find = db.prepare("SELECT 1 FROM posting WHERE list_id = ?1 AND message_id = ?2 AND kind = 0 LIMIT 1");
  find.bind_all(list, message_id);
  return find.step();
}

Result<void> add_refusal(Connection& db, const Refusal& refusal) {
  auto inserted = db.prepare(
                        "INSERT INTO refusal (id, at, peer, sender, recipient, reply, reason)"
                        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
                      .bind_all(refusal.id, refusal.at, refusal.peer, refusal.sender, refusal.recipient,
                                refusal.reply, refusal.reason)
                      .run();
  if (!inserted) return inserted;
  return db.prepare("DELETE FROM refusal WHERE number <= ?1")
      .bind_all(db.last_insert_rowid() - kRefusalsKept)
      .run();
}

Result<std::optional<Refusal>> refusal(Connection& db, RefusalId id) {
  auto find = db.prepare("SELECT id, at, peer, sender, recipient, reply, reason FROM refusal WHERE id = ?1");
  find.bind(1, id);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return std::optional<Refusal>();
  return std::optional(Refusal{RefusalId{find.int64(0)}, from_ms(find.int64(1)), std::string(find.text(2)),
                               std::string(find.text(3)), std::string(find.text(4)),
                               std::string(find.text(5)), std::string(find.text(6))});
}

Result<std::int64_t> prune(Connection& db, Instant before, std::size_t limit) {
  std::vector<std::pair<std::int64_t, std::int64_t>> old;  // posting, message
  {
    auto find = db.prepare(
        // What is held has not finished: it waits for somebody, however long.
        // What waits for a digest is yet to be read.
        "SELECT id, message FROM posting WHERE state <> 0 AND finished < ?1"
        " AND NOT EXISTS (SELECT 1 FROM digest_waiting WHERE posting = posting.id)"
        " ORDER BY finished LIMIT ?2");
    find.bind_all(before, static_cast<std::int64_t>(limit));
    for (;;) {
      auto row = find.step();
      if (!row) return row.error();
      if (!*row) break;
      old.emplace_back(find.int64(0), find.int64(1));
    }
  }
  for (const auto& [posting, message] : old) {
    for (const std::string_view sql :
         {"DELETE FROM handover WHERE posting = ?1", "DELETE FROM bounce WHERE posting = ?1",
          "DELETE FROM approval WHERE posting = ?1", "DELETE FROM slice WHERE posting = ?1",
          "DELETE FROM posting WHERE id = ?1"}) {
      if (auto gone = db.prepare(sql).bind_all(posting).run(); !gone) return gone.error();
    }
    // One message may stand in several postings: to two lists at once, and to an owner.
    auto gone = db.prepare(
                      "DELETE FROM message WHERE id = ?1"
                      " AND NOT EXISTS (SELECT 1 FROM posting WHERE message = ?1)")
                    .bind_all(message)
                    .run();
    if (!gone) return gone.error();
  }
  return static_cast<std::int64_t>(old.size());
}

}  // namespace breakwater::store
