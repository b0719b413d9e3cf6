#include "store/storm_memory.h"

#include <utility>

namespace breakwater::store {
namespace {

constexpr storm::Kind kKinds[] = {storm::Kind::list,    storm::Kind::thread, storm::Kind::message,
                                  storm::Kind::subject, storm::Kind::voice,  storm::Kind::budget,
                                  storm::Kind::notice};

std::int64_t stored(storm::Kind kind) { return static_cast<std::int64_t>(kind); }

// What was written before it is past its time. A clock that was set back makes records of the future: they
// are kept.
Instant oldest_of(storm::Kind kind, Instant now) { return now - storm::bound_of(kind).keep; }

// Of one list and kind, the oldest that are past their time. A later record in order of writing may be older
// by the clock where that was set back; it waits for those before it, which harms nobody: get() knows its
// age.
Result<std::int64_t> prune_group(Connection& db, ListId list, storm::Kind kind, Instant before,
                                 std::size_t limit) {
  std::int64_t last = 0, gone = 0;
  {
    auto find = db.prepare(
        "SELECT number, written FROM storm_record INDEXED BY storm_record_by_number"
        " WHERE kind = ?1 AND list_id = ?2 ORDER BY number LIMIT ?3");
    find.bind_all(stored(kind), list, static_cast<std::int64_t>(limit));
    for (;;) {
      auto row = find.step();
      if (!row) return row.error();
      if (!*row || from_ms(find.int64(1)) >= before) break;
      last = find.int64(0);
      ++gone;
    }
  }
  if (gone == 0) return gone;
  auto removed = db.prepare("DELETE FROM storm_record WHERE kind = ?1 AND list_id = ?2 AND number <= ?3")
                     .bind_all(stored(kind), list, last)
                     .run();
  if (!removed) return removed.error();
  return gone;
}

Result<std::optional<ListId>> next_list(Connection& db, storm::Kind kind, ListId after) {
  auto find = db.prepare(
      "SELECT list_id FROM storm_record INDEXED BY storm_record_by_number"
      " WHERE kind = ?1 AND list_id > ?2 ORDER BY list_id LIMIT 1");
  find.bind_all(stored(kind), after);
  auto row = find.step();
  if (!row) return row.error();
  return *row ? std::optional(ListId{find.int64(0)}) : std::optional<ListId>();
}

Result<std::int64_t> next_number(Connection& db, ListId list, storm::Kind kind) {
  auto find = db.prepare(
      "SELECT number FROM storm_record INDEXED BY storm_record_by_number"
      " WHERE kind = ?1 AND list_id = ?2 ORDER BY number DESC LIMIT 1");
  find.bind_all(stored(kind), list);
  auto row = find.step();
  if (!row) return row.error();
  return *row ? find.int64(0) + 1 : 1;
}

}  // namespace

Result<std::optional<std::string>> StormMemory::get(ListId list, storm::Kind kind, std::string_view key,
                                                    Instant now) {
  auto find =
      db_.prepare("SELECT written, value FROM storm_record WHERE list_id = ?1 AND kind = ?2 AND key = ?3");
  find.bind_all(list, stored(kind), key);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row || from_ms(find.int64(0)) < oldest_of(kind, now)) return std::optional<std::string>();
  return std::optional(std::string(find.blob(1)));
}

Result<void> StormMemory::put(ListId list, storm::Kind kind, std::string_view key, std::string_view value,
                              Instant now) {
  auto number = next_number(db_, list, kind);
  if (!number) return number.error();
  auto written = db_.prepare(
                        "INSERT INTO storm_record (list_id, kind, key, number, written, value)"
                        " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (list_id, kind, key) DO UPDATE"
                        " SET number = ?4, written = ?5, value = ?6")
                     .bind_all(list, stored(kind), key, *number, now, Blob{value})
                     .run();
  if (!written) return written;
  const std::int64_t pushed_out = *number - storm::bound_of(kind).records;
  if (pushed_out <= 0) return {};
  return db_.prepare("DELETE FROM storm_record WHERE kind = ?1 AND list_id = ?2 AND number <= ?3")
      .bind_all(stored(kind), list, pushed_out)
      .run();
}

Result<std::vector<StormRecord>> storm_records(Connection& db, ListId list, storm::Kind kind, Instant now,
                                               std::size_t limit) {
  auto find = list ? db.prepare(
                         "SELECT list_id, key, value, written FROM storm_record"
                         " INDEXED BY storm_record_by_number WHERE kind = ?1 AND list_id = ?4"
                         " AND written >= ?2 ORDER BY number DESC LIMIT ?3")
                   : db.prepare(
                         "SELECT list_id, key, value, written FROM storm_record"
                         " INDEXED BY storm_record_newest WHERE kind = ?1"
                         " AND written >= ?2 ORDER BY written DESC, list_id, number DESC LIMIT ?3");
  find.bind_all(stored(kind), oldest_of(kind, now), static_cast<std::int64_t>(limit));
  if (list) find.bind(4, list);
  std::vector<StormRecord> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({ListId{find.int64(0)}, std::string(find.text(1)), std::string(find.blob(2)),
                     from_ms(find.int64(3))});
  }
}

Result<std::int64_t> prune_storm_records(Connection& db, Instant now, std::size_t limit) {
  std::int64_t gone = 0;
  for (const storm::Kind kind : kKinds) {
    ListId after{-1};
    while (std::cmp_less(gone, limit)) {
      auto list = next_list(db, kind, after);
      if (!list) return list.error();
      if (!*list) break;
      auto pruned =
          prune_group(db, **list, kind, oldest_of(kind, now), limit - static_cast<std::size_t>(gone));
      if (!pruned) return pruned;
      gone += *pruned;
      after = **list;
    }
  }
  return gone;
}

}  // namespace breakwater::store
