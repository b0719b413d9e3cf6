#include "store/migrations.h"

#include <cstdio>
#include <optional>

namespace breakwater::store {
namespace {

constexpr Migration kBuiltIn[] = {
#include "store/migrations.inc"
};

constexpr const char* kRecords =
    "CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT "
    "NULL,"
    " applied INTEGER NOT NULL) STRICT";

Result<void> apply(Connection& db, std::int64_t number, const Migration& migration, Instant now) {
  if (auto begun = db.execute("BEGIN IMMEDIATE"); !begun) return begun;
  auto applied = db.execute(std::string(migration.sql).c_str());
  if (applied) {
    applied = db.prepare("INSERT INTO migration (number, name, checksum, applied) VALUES (?1, ?2, ?3, ?4)")
                  .bind_all(number, migration.name, checksum(migration.sql), now)
                  .run();
  }
  if (applied) applied = db.execute("COMMIT");
  if (applied) return {};
  if (db.in_transaction()) (void)db.execute("ROLLBACK");
  return error(applied.error().fault,
               "migration " + std::string(migration.name) + ": " + applied.error().what);
}

// What the database has must be a prefix of what the program knows, text for text.
Result<std::int64_t> check_applied(Connection& db, std::span<const Migration> known) {
  auto records = db.prepare("SELECT number, name, checksum FROM migration ORDER BY number");
  std::int64_t applied = 0;
  for (;;) {
    auto row = records.step();
    if (!row) return row.error();
    if (!*row) return applied;
    const std::string name(records.text(1));
    if (records.int64(0) != applied + 1) {
      return error(Fault::invalid, "the database's record of migrations has a gap before " + name +
                                       "; restore the database from a backup");
    }
    if (static_cast<std::size_t>(applied) >= known.size()) {
      return error(Fault::invalid, "the database is newer than this program (it has migration " + name +
                                       ", this program knows " + std::to_string(known.size()) +
                                       "); install the newer breakwater, or restore an older backup");
    }
    const Migration& expected = known[static_cast<std::size_t>(applied)];
    if (name != expected.name || records.text(2) != checksum(expected.sql)) {
      return error(Fault::invalid, "migration " + name +
                                       " was applied to the database with another text than this "
                                       "program's " +
                                       std::string(expected.name) +
                                       "; applied migrations must not be edited");
    }
    ++applied;
  }
}

}  // namespace

std::span<const Migration> built_in_migrations() { return kBuiltIn; }

std::string checksum(std::string_view text) {
  std::uint64_t hash = 0xCBF2'9CE4'8422'2325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01B3;
  char hex[17];
  std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(hash));
  return hex;
}

Result<void> migrate(Connection& db, std::span<const Migration> known, Instant now) {
  if (auto made = db.execute(kRecords); !made) return made;
  auto applied = check_applied(db, known);
  if (!applied) return applied.error();
  for (auto at = static_cast<std::size_t>(*applied); at < known.size(); ++at) {
    if (auto done = apply(db, static_cast<std::int64_t>(at) + 1, known[at], now); !done) return done;
  }
  return {};
}

}  // namespace breakwater::store
