#include "store/digests.h"

#include <utility>

#include "store/posting_rows.h"

namespace breakwater::store {

Result<bool> has_digest_members(Connection& db, ListId list, Instant now) {
  auto find = db.prepare(
      "SELECT 1 FROM member INDEXED BY member_other WHERE list_id = ?1 AND role = 0 AND mode = 1"
      " AND (digest = 1 OR until IS NOT NULL) AND stopped IS NULL"
      " AND (digest = 1 OR (until <= ?2 AND after = 2)) LIMIT 1");
  return find.bind_all(list, now).step();
}

Result<void> await_digest(Connection& db, ListId list, PostingId posting, std::int64_t size, Instant now) {
  return db
      .prepare(
          "INSERT INTO digest_waiting (list_id, posting, size, since) VALUES (?1, ?2, ?3, ?4)"
          " ON CONFLICT DO NOTHING")
      .bind_all(list, posting, size, now)
      .run();
}

Result<bool> leave_digest(Connection& db, PostingId posting) {
  auto gone = db.prepare("DELETE FROM digest_waiting WHERE posting = ?1").bind_all(posting).run();
  if (!gone) return gone.error();
  return db.changes() > 0;
}

Result<std::vector<WaitingPosting>> waiting_for_digest(Connection& db, ListId list, std::int64_t after,
                                                       std::size_t limit) {
  auto find = db.prepare(
      "SELECT number, w.posting, p.message, w.size FROM digest_waiting w"
      " JOIN posting p ON p.id = w.posting WHERE w.list_id = ?1 AND number > ?2 ORDER BY number LIMIT ?3");
  find.bind_all(list, after, static_cast<std::int64_t>(limit));
  std::vector<WaitingPosting> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({find.int64(0), PostingId{find.int64(1)}, MessageId{find.int64(2)},
                     static_cast<std::uint64_t>(find.int64(3))});
  }
}

Result<void> end_waiting(Connection& db, ListId list, std::int64_t number) {
  return db.prepare("DELETE FROM digest_waiting WHERE list_id = ?1 AND number <= ?2")
      .bind_all(list, number)
      .run();
}

Result<void> put_off_digest(Connection& db, ListId list, Instant until) {
  return db.prepare("INSERT OR REPLACE INTO digest_put_off (list_id, until) VALUES (?1, ?2)")
      .bind_all(list, until)
      .run();
}

Result<bool> is_put_off(Connection& db, ListId list, Instant now) {
  return db.prepare("SELECT 1 FROM digest_put_off WHERE list_id = ?1 AND until > ?2")
      .bind_all(list, now)
      .step();
}

Result<std::vector<ListBacklog>> digest_backlogs(Connection& db) {
  auto find = db.prepare(
      "SELECT list_id, count(*), sum(size), min(since) FROM digest_waiting INDEXED BY digest_waiting_by_list"
      " GROUP BY list_id ORDER BY list_id");
  std::vector<ListBacklog> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({ListId{find.int64(0)},
                     {static_cast<std::size_t>(find.int64(1)), static_cast<std::uint64_t>(find.int64(2)),
                      from_ms(find.int64(3))}});
  }
}

Result<bool> waits_for_digest(Connection& db, PostingId posting) {
  return db.prepare("SELECT 1 FROM digest_waiting WHERE posting = ?1").bind_all(posting).step();
}

std::string contents_text(std::span<const PostingId> postings) {
  std::string text;
  for (const PostingId id : postings) text += (text.empty() ? "; in it: " : ", ") + format_id(id);
  return text;
}

Result<std::vector<Posting>> digests_with(Connection& db, const Posting& posting, std::size_t limit) {
  auto find = db.prepare("SELECT " BREAKWATER_POSTING_COLUMNS
                         " FROM posting INDEXED BY posting_digest WHERE list_address = ?1 AND kind = 4"
                         " AND instr(reason, ?2) > 0 ORDER BY id LIMIT ?3");
  find.bind_all(posting.list_address, " " + format_id(posting.id), static_cast<std::int64_t>(limit));
  return read_postings(std::move(find));
}

}  // namespace breakwater::store
