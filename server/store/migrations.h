// Migrations: numbered SQL files (migrations/NNNN_name.sql, built into the binary), applied in order at
// start, each in a transaction of its own together with its record. Run on the writing connection while the
// directory is locked.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "store/connection.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::store {

struct Migration {
  std::string_view name;  // "0001_foundation"
  std::string_view sql;
};

std::span<const Migration> built_in_migrations();

// Errors: Fault::invalid when the database has a migration that `known` has not (it is newer than this
// program), or one whose text has changed since it was applied; otherwise what the database said, with the
// file's name.
Result<void> migrate(Connection& db, std::span<const Migration> known, Instant now);

// FNV-1a of 64 bits in hex: it is to catch an edited file; an attacker could write the record as well.
std::string checksum(std::string_view text);

}  // namespace breakwater::store
