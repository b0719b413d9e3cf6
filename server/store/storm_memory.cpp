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

// Of the writes of one list and kind, the last one's. One connection writes, so it need not ask each time.
Result<std::int64_t*> last_number(Connection& db, ListId list, storm::Kind kind) {
  const auto [place, is_new] = db.last_numbers().try_emplace({list.value, stored(kind)}, 0);
  if (!is_new) return &place->second;
  auto find = db.prepare(
      "SELECT number FROM storm_record INDEXED BY storm_record_by_number"
      " WHERE kind = ?1 AND list_id = ?2 ORDER BY number DESC LIMIT 1");
  find.bind_all(stored(kind), list);
  auto row = find.step();
  if (row && *row) place->second = find.int64(0);
  if (row) return &place->second;
  db.last_numbers().erase(place);
  return row.error();
}

Result<void> write_record(Connection& db, ListId list, storm::Kind kind, std::string_view key,
                          std::string_view value, Instant now) {
  auto last = last_number(db, list, kind);
  if (!last) return last.error();
  auto kept = db.prepare(
                    "UPDATE storm_record SET written = ?4, value = ?5"
                    " WHERE list_id = ?1 AND kind = ?2 AND key = ?3 AND number > ?6")
                  .bind_all(list, stored(kind), key, now, Blob{value}, **last - storm::keeps_place)
                  .run();
  if (!kept || db.changes() > 0) return kept;
  const std::int64_t number = ++**last;
  auto written = db.prepare(
                       "INSERT INTO storm_record (list_id, kind, key, number, written, value)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (list_id, kind, key) DO UPDATE"
                       " SET number = ?4, written = ?5, value = ?6")
                     .bind_all(list, stored(kind), key, number, now, Blob{value})
                     .run();
  if (!written) return written;
  const std::int64_t pushed_out = number - storm::bound_of(kind).records;
  if (pushed_out <= 0 || number % storm::pushed_out_at_once != 0) return {};
  return db.prepare("DELETE FROM storm_record WHERE kind = ?1 AND list_id = ?2 AND number <= ?3")
      .bind_all(stored(kind), list, pushed_out)
      .run();
}

}  // namespace

Result<std::optional<std::string>> StormMemory::get(ListId list, storm::Kind kind, std::string_view key,
                                                    Instant now) {
  const Instant oldest = oldest_of(kind, now);
  StormCache* cache = db_.storm_cache().get();
  if (cache != nullptr) {
    if (const auto* known = cache->find(list, kind, key)) {
      return known->written < oldest ? std::nullopt : std::optional(known->value);
    }
  }
  auto find =
      db_.prepare("SELECT written, value FROM storm_record WHERE list_id = ?1 AND kind = ?2 AND key = ?3");
  find.bind_all(list, stored(kind), key);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row || from_ms(find.int64(0)) < oldest) return std::optional<std::string>();
  std::string value(find.blob(1));
  if (cache != nullptr) cache->keep(list, kind, key, {value, from_ms(find.int64(0))});
  return std::optional(std::move(value));
}

Result<void> StormMemory::put(ListId list, storm::Kind kind, std::string_view key, std::string_view value,
                              Instant now) {
  if (StormCache* cache = db_.storm_cache().get()) {
    cache->put(list, kind, key, value, now);
    return {};
  }
  return write_record(db_, list, kind, key, value, now);
}

Result<void> flush(StormCache& cache, Connection& db) {
  return cache.flush([&](const StormCache::Key& key, const StormCache::Record& record) {
    return write_record(db, key.list, key.kind, key.key, record.value, record.written);
  });
}

Result<std::vector<StormRecord>> storm_records(Connection& db, storm::Kind kind, Instant now,
                                               std::size_t limit) {
  // Threads are many, and have an index of their own.
  auto find = kind == storm::Kind::thread
                  ? db.prepare(
                        "SELECT list_id, key, value, written FROM storm_record"
                        " INDEXED BY storm_record_newest WHERE kind = 1 AND written >= ?1"
                        " ORDER BY written DESC, list_id, number DESC LIMIT ?2")
                  : db.prepare(
                        "SELECT list_id, key, value, written FROM storm_record"
                        " INDEXED BY storm_record_by_number WHERE kind = ?3 AND written >= ?1"
                        " ORDER BY written DESC, list_id, number DESC LIMIT ?2");
  find.bind_all(oldest_of(kind, now), static_cast<std::int64_t>(limit));
  if (kind != storm::Kind::thread) find.bind(3, stored(kind));
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
