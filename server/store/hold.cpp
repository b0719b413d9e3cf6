// Held postings and who approved them. Tokens are in tokens.cpp, frozen lists and the audit in freezes.cpp.
#include "store/hold.h"

#include <utility>

#include "store/posting_rows.h"
#include "store/shown_id.h"

namespace breakwater::store {
namespace {

Result<bool> is_held(Connection& db, PostingId posting) {
  auto find = db.prepare("SELECT 1 FROM posting WHERE id = ?1 AND state = 3");
  find.bind(1, posting);
  return find.step();
}

Error not_held(PostingId posting) {
  return error(Fault::not_found, "posting " + shown(posting) + " is not held");
}

// A held posting has never been in hand: no log tells of its slices.
Result<void> remove_slices(Connection& db, PostingId posting) {
  return db.prepare("DELETE FROM slice WHERE posting = ?1").bind_all(posting).run();
}

// The slices it is delivered by from now on.
Result<void> open_audience(Connection& db, PostingId posting, const lists::Audience* audience, Instant now,
                           Instant expires) {
  if (audience == nullptr) {
    return db.prepare("UPDATE slice SET state = 0, due = ?2, expires = ?3 WHERE state = 4 AND posting = ?1")
        .bind_all(posting, now, expires)
        .run();
  }
  if (auto removed = remove_slices(db, posting); !removed) return removed;
  auto added = insert_audience(db, posting, *audience, SliceState::open, now, expires);
  if (!added) return added;
  return db.prepare("UPDATE posting SET recipients = ?2 WHERE id = ?1")
      .bind_all(posting, audience->recipients)
      .run();
}

}  // namespace

Result<void> add_held(Connection& db, const Posting& posting, const lists::Audience* audience) {
  Posting row = posting;
  row.state = PostingState::held;
  if (audience != nullptr) row.recipients = audience->recipients;
  if (auto inserted = insert_posting(db, row); !inserted || audience == nullptr) return inserted;
  return insert_audience(db, posting.id, *audience, SliceState::held, posting.received, posting.received);
}

Result<std::vector<Posting>> held(Connection& db, const HeldFilter& filter, std::size_t limit) {
  auto find =
      filter.list
          ? db.prepare("SELECT " BREAKWATER_POSTING_COLUMNS
                       " FROM posting INDEXED BY posting_held WHERE state = 3 AND list_id = ?4"
                       " AND (?1 = '' OR thread = ?1) AND (?2 = '' OR verdict = ?2) ORDER BY id LIMIT ?3")
          : db.prepare("SELECT " BREAKWATER_POSTING_COLUMNS
                       " FROM posting INDEXED BY posting_held WHERE state = 3"
                       " AND (?1 = '' OR thread = ?1) AND (?2 = '' OR verdict = ?2) ORDER BY id LIMIT ?3");
  find.bind_all(filter.thread, filter.verdict, static_cast<std::int64_t>(limit));
  if (filter.list) find.bind(4, filter.list);
  return read_postings(std::move(find));
}

Result<std::int64_t> count_awaiting(Connection& db, std::string_view author) {
  auto count = db.prepare(
      "SELECT count(*) FROM posting INDEXED BY posting_awaiting"
      " WHERE state = 3 AND verdict = 'confirm' AND author_key = ?1");
  auto row = count.bind_all(author).step();
  if (!row) return row.error();
  return count.int64(0);
}

Result<HeldTotal> count_held(Connection& db, ListId list) {
  auto find = db.prepare("SELECT postings, bytes FROM held_total WHERE list_id = ?1");
  auto row = find.bind_all(list).step();
  if (!row) return row.error();
  return *row ? HeldTotal{find.int64(0), find.int64(1)} : HeldTotal{};
}

Result<std::int64_t> count_held_of(Connection& db, ListId list, std::string_view author) {
  auto count = db.prepare(
      "SELECT count(*) FROM posting INDEXED BY posting_held_author"
      " WHERE state = 3 AND list_id = ?1 AND author_key = ?2");
  auto row = count.bind_all(list, author).step();
  if (!row) return row.error();
  return count.int64(0);
}

Result<std::vector<HeldCount>> held_counts(Connection& db) {
  auto find = db.prepare(
      "SELECT list_address, verdict, count(*), sum(recipients) FROM posting INDEXED BY posting_held"
      " WHERE state = 3 GROUP BY list_address, verdict ORDER BY list_address, verdict");
  std::vector<HeldCount> counts;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return counts;
    counts.push_back({std::string(find.text(0)), std::string(find.text(1)), find.int64(2), find.int64(3)});
  }
}

Result<std::vector<Posting>> held_due(Connection& db, Instant now, std::size_t limit) {
  auto find =
      db.prepare("SELECT " BREAKWATER_POSTING_COLUMNS
                 " FROM posting INDEXED BY posting_held_until"
                 " WHERE state = 3 AND until IS NOT NULL AND until <= ?1 ORDER BY until, id LIMIT ?2");
  find.bind_all(now, static_cast<std::int64_t>(limit));
  return read_postings(std::move(find));
}

Result<std::optional<Instant>> next_due(Connection& db) {
  auto find = db.prepare(
      "SELECT until FROM posting INDEXED BY posting_held_until"
      " WHERE state = 3 AND until IS NOT NULL ORDER BY until LIMIT 1");
  auto row = find.step();
  if (!row) return row.error();
  return *row ? std::optional(from_ms(find.int64(0))) : std::optional<Instant>();
}

Result<bool> begin_delivery(Connection& db, PostingId posting, const lists::Audience* audience, Instant now,
                            Instant expires, std::string_view verdict, std::string_view reason) {
  auto waits = is_held(db, posting);
  if (!waits || !*waits) return waits;
  if (audience == nullptr) {
    auto frozen = has_frozen_audience(db, posting);
    if (!frozen) return frozen;
    if (!*frozen) {
      return error(Fault::not_found, "posting " + shown(posting) + " was held without its audience");
    }
  }
  if (auto opened = open_audience(db, posting, audience, now, expires); !opened) return opened.error();
  auto released =
      db.prepare(
            "UPDATE posting SET state = 0, verdict = ?2, reason = ?3, approvals = 0, until = NULL,"
            " released = ?4 WHERE id = ?1")
          .bind_all(posting, verdict, reason, now)
          .run();
  if (!released) return released.error();
  // To nobody, it is done at once.
  if (auto ended = end_posting_without_slices(db, posting, now); !ended) return ended;
  return true;
}

Result<bool> has_frozen_audience(Connection& db, PostingId posting) {
  auto find = db.prepare("SELECT 1 FROM slice WHERE state = 4 AND posting = ?1 LIMIT 1");
  find.bind(1, posting);
  return find.step();
}

Result<void> hold_anew(Connection& db, PostingId posting, std::string_view verdict, std::string_view reason,
                       int approvals, std::optional<Instant> until, std::optional<std::int64_t> recipients) {
  auto update = db.prepare(
      "UPDATE posting SET verdict = ?2, reason = ?3, approvals = ?4, until = ?5,"
      " recipients = coalesce(?6, recipients) WHERE id = ?1 AND state = 3");
  update.bind_all(posting, verdict, reason, std::int64_t{approvals});
  if (until) update.bind(5, *until);
  if (recipients) update.bind(6, *recipients);
  if (auto updated = update.run(); !updated) return updated;
  if (db.changes() == 0) return not_held(posting);
  if (!recipients) return {};
  // Another number is another audience: the one that was frozen is not it any more.
  return db.prepare("DELETE FROM slice WHERE posting = ?1 AND state = 4").bind_all(posting).run();
}

Result<bool> discard_held(Connection& db, PostingId posting, Instant now, std::string_view reason) {
  auto dropped = db.prepare(
                       "UPDATE posting SET state = 2, verdict = 'discard', reason = ?2, approvals = 0,"
                       " until = NULL, finished = ?3 WHERE id = ?1 AND state = 3")
                     .bind_all(posting, reason, now)
                     .run();
  if (!dropped) return dropped.error();
  if (db.changes() == 0) return false;
  if (auto removed = remove_slices(db, posting); !removed) return removed.error();
  return true;
}

Result<int> add_approval(Connection& db, PostingId posting, std::string_view person, Instant now) {
  auto waits = is_held(db, posting);
  if (!waits) return waits.error();
  if (!*waits) return not_held(posting);
  auto added =
      db.prepare("INSERT INTO approval (posting, person, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
          .bind_all(posting, person, now)
          .run();
  if (!added) return added.error();
  auto count = db.prepare("SELECT count(*) FROM approval WHERE posting = ?1");
  count.bind(1, posting);
  auto row = count.step();
  if (!row) return row.error();
  return static_cast<int>(count.int64(0));
}

Result<std::string> author_of(Connection& db, ListId list, std::string_view message_id) {
  if (message_id.empty()) return std::string();
  // What nobody has had yet, nobody can answer.
  auto find = db.prepare(
      "SELECT sender FROM posting WHERE list_id = ?1 AND message_id = ?2 AND kind = 0"
      " AND (state IN (0, 1) OR delivered > 0) ORDER BY id LIMIT 1");
  find.bind_all(list, message_id);
  auto row = find.step();
  if (!row) return row.error();
  return *row ? std::string(find.text(0)) : std::string();
}

}  // namespace breakwater::store
