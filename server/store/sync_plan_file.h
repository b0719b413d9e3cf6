// A sync's plan, row by row, in a file beside the database: what is carried out in many small transactions
// has to be whole on the disk before the first of them, so that a crash between two leaves a plan to finish
// (sync_rows.h). One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lists/sync_plan.h"
#include "store/connection.h"
#include "terms/ids.h"
#include "terms/result.h"

namespace breakwater::store {

enum class SyncAct { remove = 0, add = 1, rename = 2 };  // values are stored
struct SyncChange {
  lists::SyncRow row;  // of a removal only the key
  SyncAct act = SyncAct::remove;
};

class SyncPlanFile : public lists::SyncSink {
 public:
  static constexpr std::size_t kShown = 20;

  static Result<std::unique_ptr<SyncPlanFile>> make(const std::string& file);
  // One that was kept. Errors: Fault::not_found, there is none, or another than `plan`.
  static Result<std::unique_ptr<SyncPlanFile>> open(const std::string& file, std::string_view plan);
  // Deletes the file, unless it was kept or opened.
  ~SyncPlanFile() override;
  SyncPlanFile(const SyncPlanFile&) = delete;
  SyncPlanFile& operator=(const SyncPlanFile&) = delete;

  Result<void> add(const lists::SyncRow& row) override;
  Result<void> remove(std::string_view key) override;
  Result<void> rename(const lists::SyncRow& row) override;
  // Of each sort the first 20.
  const std::vector<lists::SyncRow>& first_added() const { return first_added_; }
  const std::vector<std::string>& first_removed() const { return first_removed_; }
  const std::vector<lists::SyncRow>& first_renamed() const { return first_renamed_; }

  // What tells it from another plan: the same changes, the same text.
  std::string fingerprint() const;
  // All is on the disk, and the file stays when this goes.
  Result<void> keep();
  void forget() { kept_ = false; }  // the file goes after all: it is carried out
  // The next changes behind a key, at most `limit`; none: that was all. Errors: Fault::not_found, it cannot
  // be read.
  Result<std::vector<SyncChange>> behind(std::string_view key, std::size_t limit);

 private:
  explicit SyncPlanFile(std::string file) : file_(std::move(file)) {}
  Result<void> put(const lists::SyncRow& row, SyncAct act);

  std::string file_;
  std::unique_ptr<Connection> db_;
  bool kept_ = false;
  std::uint64_t hash_ = 0xCBF2'9CE4'8422'2325;  // FNV-1a
  std::int64_t rows_ = 0;
  std::vector<lists::SyncRow> first_added_, first_renamed_;
  std::vector<std::string> first_removed_;
};

// The files of a list's sync: "DIRECTORY/sync-7.stage", "DIRECTORY/sync-7.plan".
std::string sync_file(const std::string& directory, ListId list, std::string_view what);
// At a start: takes away what a crash left, but the plans of these lists.
void remove_sync_files(const std::string& directory, std::span<const ListId> but_plans_of);

}  // namespace breakwater::store
