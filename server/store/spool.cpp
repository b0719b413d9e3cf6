#include "store/spool.h"

#include <utility>

#include "queue/slice.h"
#include "store/shown_id.h"

namespace breakwater::store {
namespace {

constexpr std::int64_t kRefusalsKept = 100'000;

#define POSTING_COLUMNS                                                                                \
  "id, message, kind, list_id, list_address, sender, reverse_path, envid, message_id, subject, peer, " \
  "verdict, "                                                                                          \
  "reason, state, received, size, recipients, delivered, deferred, failed"

Result<Posting> read_posting(const Statement& row) {
  const std::int64_t kind = row.int64(2), state = row.int64(13);
  if (kind < 0 || kind > static_cast<std::int64_t>(PostingKind::notice) || state < 0 ||
      state > static_cast<std::int64_t>(PostingState::dropped)) {
    return error(Fault::invalid, "the row of posting " + shown(PostingId{row.int64(0)}) + " is corrupt");
  }
  Posting posting;
  posting.id = PostingId{row.int64(0)};
  posting.message = MessageId{row.int64(1)};
  posting.kind = static_cast<PostingKind>(kind);
  posting.list = ListId{row.int64(3)};
  int column = 4;
  for (std::string* text :
       {&posting.list_address, &posting.sender, &posting.reverse_path, &posting.envid, &posting.message_id,
        &posting.subject, &posting.peer, &posting.verdict, &posting.reason}) {
    *text = row.text(column++);
  }
  posting.state = static_cast<PostingState>(state);
  posting.received = from_ms(row.int64(14));
  posting.size = row.int64(15);
  posting.recipients = row.int64(16);
  posting.delivered = row.int64(17);
  posting.deferred = row.int64(18);
  posting.failed = row.int64(19);
  return posting;
}

Result<void> add_slices(Connection& db, const Posting& posting, const lists::Audience& audience,
                        Instant expires) {
  auto insert = db.prepare(
      "INSERT INTO slice (posting, number, state, route, recipients, remaining, deferred, attempts, due, "
      "expires,"
      " last_reply, settled, ids) VALUES (?1, ?2, 0, ?3, ?4, ?4, 0, 0, ?5, ?6, '', ?7, ?8)");
  std::int64_t number = 0;
  for (const lists::PackedSlice& slice : audience.slices) {
    insert.bind_all(posting.id, number++, slice.route, slice.count, posting.received, expires,
                    Blob{queue::Bitmap(slice.count).blob()}, Blob{slice.ids});
    if (auto inserted = insert.run(); !inserted) return inserted;
  }
  return {};
}

Result<std::vector<Posting>> read_postings(Statement find) {
  std::vector<Posting> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    auto posting = read_posting(find);
    if (!posting) return posting.error();
    found.push_back(std::move(*posting));
  }
}

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
  const auto state = audience.slices.empty() ? PostingState::done : PostingState::pending;
  auto insert = db.prepare("INSERT INTO posting (" POSTING_COLUMNS
                           ", finished) VALUES"
                           " (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,0,0,0,?18)");
  insert.bind_all(posting.id, posting.message, static_cast<std::int64_t>(posting.kind), posting.list,
                  posting.list_address, posting.sender, posting.reverse_path, posting.envid,
                  posting.message_id, posting.subject, posting.peer, posting.verdict, posting.reason,
                  static_cast<std::int64_t>(state), posting.received, posting.size, audience.recipients);
  if (state == PostingState::done) insert.bind(18, posting.received);
  if (auto inserted = insert.run(); !inserted) return inserted;
  return add_slices(db, posting, audience, expires);
}

Result<std::optional<Posting>> posting(Connection& db, PostingId id) {
  auto find = db.prepare("SELECT " POSTING_COLUMNS " FROM posting WHERE id = ?1");
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
          ? (unfinished ? "SELECT " POSTING_COLUMNS " FROM posting WHERE state = 0 ORDER BY id DESC LIMIT ?1"
                        : "SELECT " POSTING_COLUMNS " FROM posting ORDER BY id DESC LIMIT ?1")
          : (unfinished ? "SELECT " POSTING_COLUMNS
                          " FROM posting INDEXED BY posting_pending"
                          " WHERE state = 0 AND list_address = ?2 ORDER BY id DESC LIMIT ?1"
                        : "SELECT " POSTING_COLUMNS
                          " FROM posting WHERE list_address = ?2"
                          " ORDER BY id DESC LIMIT ?1");
  auto find = db.prepare(sql);
  find.bind(1, static_cast<std::int64_t>(limit));
  if (!list.empty()) find.bind(2, list);
  return read_postings(std::move(find));
}

Result<bool> seen_message_id(Connection& db, ListId list, std::string_view message_id) {
  if (message_id.empty()) return false;
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
        "SELECT id, message FROM posting WHERE state <> 0 AND finished < ?1"
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
          "DELETE FROM slice WHERE posting = ?1", "DELETE FROM posting WHERE id = ?1"}) {
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
