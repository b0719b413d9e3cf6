#include "store/moderation.h"

#include <utility>

#include "store/posting_rows.h"

// What waits for a person: the rest of what is held has a time of its own.
#define BREAKWATER_WAITS_FOR_A_PERSON \
  " state = 3 AND until IS NULL AND verdict IN ('hold', 'moderate', 'rule', 'drift', 'leave', 'machine')"

namespace breakwater::store {

using lists::SenderModeration;

Result<SenderModeration> member_moderation(Connection& db, ListId list, AddressId id) {
  auto find = db.prepare("SELECT moderated FROM member WHERE list_id = ?1 AND role = 0 AND address_id = ?2");
  find.bind_all(list, id);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return SenderModeration::by_list;
  const std::int64_t value = find.int64(0);
  if (value < 0 || value > static_cast<std::int64_t>(SenderModeration::never)) {
    return error(Fault::invalid, "the moderation of a member is corrupt: " + std::to_string(value));
  }
  return static_cast<SenderModeration>(value);
}

Result<bool> set_member_moderation(Connection& db, ListId list, AddressId id, SenderModeration value) {
  auto set =
      db.prepare("UPDATE member SET moderated = ?3 WHERE list_id = ?1 AND role = 0 AND address_id = ?2")
          .bind_all(list, id, static_cast<std::int64_t>(value))
          .run();
  if (!set) return set.error();
  return db.changes() > 0;
}

Result<bool> has_posted(Connection& db, ListId list, std::string_view author) {
  auto find = db.prepare("SELECT 1 FROM posted WHERE list_id = ?1 AND author_key = ?2");
  find.bind_all(list, author);
  return find.step();
}

Result<void> begin_hold_all(Connection& db, const HoldAll& hold) {
  return db
      .prepare(
          "INSERT INTO hold_all (list_id, since, actor, reason) VALUES (?1, ?2, ?3, ?4)"
          " ON CONFLICT DO UPDATE SET actor = excluded.actor, reason = excluded.reason")
      .bind_all(hold.list, hold.since, hold.actor, hold.reason)
      .run();
}

Result<bool> end_hold_all(Connection& db, ListId list) {
  auto ended = db.prepare("DELETE FROM hold_all WHERE list_id = ?1").bind_all(list).run();
  if (!ended) return ended.error();
  return db.changes() > 0;
}

Result<bool> holds_all(Connection& db, ListId list) {
  auto find = db.prepare("SELECT 1 FROM hold_all WHERE list_id IN (0, ?1) LIMIT 1");
  find.bind(1, list);
  return find.step();
}

Result<std::vector<HoldAll>> hold_alls(Connection& db) {
  auto find = db.prepare(
      "SELECT hold_all.list_id, since, actor, reason, coalesce(address.key, '') FROM hold_all"
      " LEFT JOIN list ON list.id = hold_all.list_id"
      " LEFT JOIN address ON address.id = list.address_id ORDER BY hold_all.list_id");
  std::vector<HoldAll> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({ListId{find.int64(0)}, from_ms(find.int64(1)), std::string(find.text(2)),
                     std::string(find.text(3)), std::string(find.text(4))});
  }
}

Result<std::vector<Posting>> held_ending(Connection& db, const EndingFilter& filter, std::size_t limit) {
  auto find =
      filter.warned
          ? db.prepare("SELECT " BREAKWATER_POSTING_COLUMNS
                       " FROM posting INDEXED BY posting_held WHERE" BREAKWATER_WAITS_FOR_A_PERSON
                       " AND list_id = ?1 AND received <= ?2 AND warned <= ?4 ORDER BY id LIMIT ?3")
          : db.prepare("SELECT " BREAKWATER_POSTING_COLUMNS
                       " FROM posting INDEXED BY posting_held WHERE" BREAKWATER_WAITS_FOR_A_PERSON
                       " AND list_id = ?1 AND received <= ?2 AND warned IS NULL ORDER BY id LIMIT ?3");
  find.bind_all(filter.list, filter.received, static_cast<std::int64_t>(limit));
  if (filter.warned) find.bind(4, *filter.warned);
  return read_postings(std::move(find));
}

Result<void> note_warned(Connection& db, ListId list, Instant received, Instant now) {
  auto marked =
      db.prepare(
            "UPDATE posting INDEXED BY posting_held SET warned = ?3"
            " WHERE" BREAKWATER_WAITS_FOR_A_PERSON " AND list_id = ?1 AND received <= ?2 AND warned IS NULL")
          .bind_all(list, received, now)
          .run();
  if (!marked) return marked;
  return note_held_letter(db, list, now);
}

Result<void> note_held_letter(Connection& db, ListId list, Instant now) {
  return db
      .prepare(
          "INSERT INTO held_letter (list_id, told) VALUES (?1, ?2)"
          " ON CONFLICT DO UPDATE SET told = excluded.told")
      .bind_all(list, now)
      .run();
}

Result<void> put_off_end(Connection& db, PostingId posting, Instant now) {
  return db.prepare("UPDATE posting SET warned = ?2 WHERE id = ?1 AND state = 3")
      .bind_all(posting, now)
      .run();
}

Result<std::optional<Instant>> last_held_letter(Connection& db, ListId list) {
  auto find = db.prepare("SELECT told FROM held_letter WHERE list_id = ?1");
  find.bind(1, list);
  auto row = find.step();
  if (!row) return row.error();
  return *row ? std::optional(from_ms(find.int64(0))) : std::optional<Instant>();
}

}  // namespace breakwater::store
