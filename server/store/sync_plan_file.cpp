#include "store/sync_plan_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "store/directory_lock.h"

namespace breakwater::store {
namespace {

std::uint64_t mixed(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01B3;
  return (hash ^ 0xFF) * 0x100'0000'01B3;  // no byte of UTF-8: "ab" "c" is not "a" "bc"
}

Result<void> sync_to_disk(const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  const bool done = fd >= 0 && ::fsync(fd) == 0;
  const int failed = errno;
  if (fd >= 0) ::close(fd);
  if (!done) return error(Fault::unavailable, "cannot write " + file + " to disk: " + std::strerror(failed));
  return sync_directory(std::filesystem::path(file).parent_path().string());
}

}  // namespace

std::string sync_file(const std::string& directory, ListId list, std::string_view what) {
  return directory + "/sync-" + std::to_string(list.value) + "." + std::string(what);
}

void remove_sync_files(const std::string& directory, std::span<const ListId> but_plans_of) {
  std::error_code ignored;
  std::vector<std::filesystem::path> gone;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("sync-")) continue;
    const bool wanted = std::any_of(but_plans_of.begin(), but_plans_of.end(), [&](ListId list) {
      return name == "sync-" + std::to_string(list.value) + ".plan";
    });
    if (!wanted && (name.ends_with(".stage") || name.ends_with(".plan"))) gone.push_back(entry.path());
  }
  for (const auto& path : gone) std::filesystem::remove(path, ignored);
}

Result<std::unique_ptr<SyncPlanFile>> SyncPlanFile::make(const std::string& file) {
  std::unique_ptr<SyncPlanFile> plan(new SyncPlanFile(file));
  ::unlink(file.c_str());
  auto db = Connection::open(file, Connection::Access::scratch);
  if (!db) return db.error();
  plan->db_ = std::move(*db);
  auto made = plan->db_->execute(
      "CREATE TABLE change (key TEXT PRIMARY KEY, act INTEGER NOT NULL, mailbox TEXT NOT NULL,"
      " name TEXT NOT NULL) STRICT, WITHOUT ROWID;"
      "CREATE TABLE plan (fingerprint TEXT NOT NULL) STRICT; BEGIN");
  if (!made) return made.error();
  return plan;
}

Result<std::unique_ptr<SyncPlanFile>> SyncPlanFile::open(const std::string& file, std::string_view plan) {
  std::unique_ptr<SyncPlanFile> found(new SyncPlanFile(file));
  found->kept_ = true;
  const Error missing{Fault::not_found, "the plan " + std::string(plan) + " is not in " + file};
  if (::access(file.c_str(), F_OK) != 0) return missing;
  auto db = Connection::open(file, Connection::Access::scratch);
  if (!db) return error(Fault::not_found, missing.what + ": " + db.error().what);
  found->db_ = std::move(*db);
  auto find = found->db_->prepare("SELECT fingerprint FROM plan");
  auto row = find.step();
  if (!row) return error(Fault::not_found, missing.what + ": " + row.error().what);
  if (!*row || find.text(0) != plan) return missing;
  return found;
}

SyncPlanFile::~SyncPlanFile() {
  db_.reset();
  if (!kept_) ::unlink(file_.c_str());
}

Result<void> SyncPlanFile::add(const lists::SyncRow& row) {
  if (first_added_.size() < kShown) first_added_.push_back(row);
  return put(row, SyncAct::add);
}

Result<void> SyncPlanFile::remove(std::string_view key) {
  lists::SyncRow row;
  row.key = key;
  if (first_removed_.size() < kShown) first_removed_.push_back(row.key);
  return put(row, SyncAct::remove);
}

Result<void> SyncPlanFile::rename(const lists::SyncRow& row) {
  if (first_renamed_.size() < kShown) first_renamed_.push_back(row);
  return put(row, SyncAct::rename);
}

Result<void> SyncPlanFile::put(const lists::SyncRow& row, SyncAct act) {
  constexpr std::string_view kActs[] = {"-", "+", "="};
  hash_ = mixed(mixed(hash_, kActs[static_cast<std::size_t>(act)]), row.key);
  ++rows_;
  return db_->prepare("INSERT INTO change (key, act, mailbox, name) VALUES (?1, ?2, ?3, ?4)")
      .bind_all(row.key, static_cast<std::int64_t>(act), row.mailbox, row.name)
      .run();
}

std::string SyncPlanFile::fingerprint() const {
  char text[64];
  std::snprintf(text, sizeof text, "%lld-%016llx", static_cast<long long>(rows_),
                static_cast<unsigned long long>(hash_));
  return text;
}

Result<void> SyncPlanFile::keep() {
  auto named = db_->prepare("INSERT INTO plan (fingerprint) VALUES (?1)").bind_all(fingerprint()).run();
  if (!named) return named;
  if (auto written = db_->execute("COMMIT"); !written) return written;
  if (auto synced = sync_to_disk(file_); !synced) return synced;
  kept_ = true;
  return {};
}

Result<std::vector<SyncChange>> SyncPlanFile::behind(std::string_view key, std::size_t limit) {
  auto find = db_->prepare("SELECT key, act, mailbox, name FROM change WHERE key > ?1 ORDER BY key LIMIT ?2");
  find.bind_all(key, static_cast<std::int64_t>(limit));
  std::vector<SyncChange> changes;
  for (;;) {
    auto row = find.step();
    if (!row) return error(Fault::not_found, "the plan in " + file_ + " cannot be read: " + row.error().what);
    if (!*row) return changes;
    changes.push_back(
        {{std::string(find.text(0)), std::string(find.text(2)), std::string(find.text(3)), false},
         static_cast<SyncAct>(find.int64(1))});
  }
}

}  // namespace breakwater::store
