// Where the rows of a sync wait to be read in order: a file beside the database, sorted by the database's own
// trees, so that memory does not grow with the rows. Of no use after a crash: begun anew, deleted at its end.
// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lists/sync_plan.h"
#include "store/connection.h"
#include "terms/ids.h"
#include "terms/result.h"

namespace breakwater::store {

class SyncStage {
 public:
  // What stood in the file is gone. Errors: Fault::full, Fault::storage, naming the file.
  static Result<std::unique_ptr<SyncStage>> make(const std::string& file);
  ~SyncStage();
  SyncStage(const SyncStage&) = delete;
  SyncStage& operator=(const SyncStage&) = delete;

  // A row of a stream, in any order; of the same key, what came first is read first.
  Result<void> put(int stream, lists::SyncRow row);
  // Once all are put: a stream by ascending key. The stage must outlive the cursor.
  Result<std::unique_ptr<lists::SyncCursor>> read(int stream);

 private:
  struct Waiting {
    int stream = 0;
    std::int64_t number = 0;
    lists::SyncRow row;
  };
  explicit SyncStage(std::string file) : file_(std::move(file)) {}
  Result<void> begin();
  Result<void> flush();

  std::string file_;
  std::unique_ptr<Connection> db_;
  std::vector<Waiting> waiting_;  // sorted before it is written: neighbours in the tree come together
  std::int64_t rows_ = 0;
};

// A list's members, and who is not to come back, into streams of a stage. On a reader.
Result<void> stage_members(Connection& db, ListId list, SyncStage& stage, int stream);
Result<void> stage_left(Connection& db, ListId list, SyncStage& stage, int stream);

}  // namespace breakwater::store
