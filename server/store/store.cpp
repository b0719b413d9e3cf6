#include "store/store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <utility>
#include <vector>

#include "store/directory_lock.h"
#include "store/migrations.h"
#include "store/writer.h"

namespace breakwater::store {
namespace {

// After a failed fsync the kernel calls the pages clean and still shows what was to be written; a later fsync
// succeeds without them. So the log is read from the disk: commits behind a hole in it would be lost with the
// power. The database itself needs no such care, since the log still has all that is not surely in it.
void forget_cached_pages(const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;  // there is none
  (void)::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  ::close(fd);
}

}  // namespace

struct Store::State {
  DirectoryLock lock;  // first in, last out
  std::mutex mutex;
  std::condition_variable given_back;
  std::vector<std::unique_ptr<Connection>> readers;
  std::unique_ptr<Writer> writer;
};

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}

Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const StoreOptions& options, Instant now) {
  std::string directory = options.directory;
  while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  if (directory.empty()) return error(Fault::invalid, "the data directory has no name");
  auto lock = DirectoryLock::take(directory);
  if (!lock) return lock.error();

  const std::string file = directory + "/breakwater.db";
  forget_cached_pages(file + "-wal");
  auto db = Connection::open(file, Connection::Access::read_write);
  if (!db) return db.error();
  if (auto migrated = migrate(**db, built_in_migrations(), now); !migrated) {
    return error(migrated.error().fault, file + ": " + migrated.error().what);
  }
  std::unique_ptr<State> state(new State{std::move(*lock), {}, {}, {}, {}});
  for (std::size_t count = 0; count < std::max<std::size_t>(options.readers, 1); ++count) {
    auto reader = Connection::open(file, Connection::Access::read_only);
    if (!reader) return reader.error();
    state->readers.push_back(std::move(*reader));
  }
  // The log is there now. SQLite syncs its name, too, but passes over an error of that; without the name all
  // that is in the log would go with the power.
  if (auto synced = sync_directory(directory); !synced) return synced.error();
  state->writer = std::make_unique<Writer>(std::move(*db), options.max_waiting);
  return std::unique_ptr<Store>(new Store(std::move(state)));
}

void Store::write(Job job, Done done, Repeat repeat) {
  state_->writer->write(std::move(job), std::move(done), repeat);
}

Result<void> Store::write_and_wait(Job job) {
  std::promise<Result<void>> promise;
  auto answered = promise.get_future();
  write(std::move(job), [&promise](Result<void> result) { promise.set_value(std::move(result)); });
  return answered.get();
}

bool Store::failed() const { return state_->writer->failed(); }

void Store::on_failure(std::function<void(const Error&)> handler) {
  state_->writer->on_failure(std::move(handler));
}

Store::Reading::Reading(Store& store) : store_(store) {
  State& state = *store_.state_;
  {
    std::unique_lock lock(state.mutex);
    state.given_back.wait(lock, [&state] { return !state.readers.empty(); });
    connection_ = std::move(state.readers.back());
    state.readers.pop_back();
  }
  // The snapshot is taken by the first read, not by BEGIN. Should it fail, the caller's own read will say so.
  if (connection_->prepare("BEGIN").run()) (void)connection_->prepare("SELECT count(*) FROM migration").run();
}

Store::Reading::~Reading() {
  if (connection_->in_transaction()) (void)connection_->prepare("COMMIT").run();
  State& state = *store_.state_;
  {
    const std::lock_guard lock(state.mutex);
    state.readers.push_back(std::move(connection_));
  }
  state.given_back.notify_one();
}

}  // namespace breakwater::store
