// The guard's memory as rows (storm/memory.h). Lives for one job or one reading.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/connection.h"
#include "store/storm_cache.h"
#include "storm/memory.h"

namespace breakwater::store {

class StormMemory : public storm::Memory {
 public:
  explicit StormMemory(Connection& db) : db_(db) {}
  Result<std::optional<std::string>> get(ListId list, storm::Kind kind, std::string_view key,
                                         Instant now) override;
  Result<void> put(ListId list, storm::Kind kind, std::string_view key, std::string_view value,
                   Instant now) override;

 private:
  Connection& db_;
};

// Writes what the jobs of a transaction put.
Result<void> flush(StormCache& cache, Connection& db);

struct StormRecord {
  ListId list;
  std::string key, value;
  Instant written{};
};
// The records of a kind, newest first. Of threads it costs what it gives; of others, all of the kind are
// sorted.
Result<std::vector<StormRecord>> storm_records(Connection& db, storm::Kind kind, Instant now,
                                               std::size_t limit);
// Takes away what is past its time; at most `limit` a call.
Result<std::int64_t> prune_storm_records(Connection& db, Instant now, std::size_t limit);

}  // namespace breakwater::store
