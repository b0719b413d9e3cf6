#include "store/writer.h"

#include <pthread.h>
#include <sqlite3.h>

#include <exception>
#include <string>
#include <utility>

#include "log/log.h"
#include "store/storm_memory.h"

namespace breakwater::store {
namespace {

// A batch ends at the first of these: jobs behind it wait no longer than that for the disk.
constexpr std::size_t kBatchJobs = 256;
constexpr std::chrono::milliseconds kBatchTime{10};

// The log is moved into the database behind the answers; SQLite's own auto-checkpoint does it in a commit.
constexpr std::int64_t kCheckpointFrames = 8192;  // 32 MB of log: what readers let go is moved, nobody waits
constexpr std::int64_t kRestartFrames = 24576;    // 96 MB: overlapping readers keep it growing; wait for them
constexpr int kRestartWaitMs = 200;
constexpr std::chrono::milliseconds kIdle{2000};  // then the log is emptied

}  // namespace

Writer::Writer(std::unique_ptr<Connection> db, std::size_t max_waiting)
    : db_(std::move(db)), max_waiting_(max_waiting) {
  db_->storm_cache() = std::make_unique<StormCache>();
  sqlite3_wal_hook(
      db_->handle(),
      [](void* writer, sqlite3*, const char*, int frames) {
        static_cast<Writer*>(writer)->wal_frames_ = frames;
        return SQLITE_OK;
      },
      this);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "store-writer");
    work();
  });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Writer::write(Job job, Done done, Repeat repeat) {
  std::optional<Error> refused;
  {
    const std::lock_guard lock(mutex_);
    if (failure_) {
      refused = failure_;
    } else if (waiting_.size() >= max_waiting_) {
      refused = error(Fault::full, "the store has " + std::to_string(waiting_.size()) +
                                       " writes waiting, which is its limit; try again later");
    } else {
      waiting_.push_back({std::move(job), std::move(done), repeat, {}});
    }
  }
  if (refused) {
    done(std::move(*refused));
  } else {
    wake_.notify_one();
  }
}

void Writer::on_failure(std::function<void(const Error&)> handler) {
  std::optional<Error> already;
  {
    const std::lock_guard lock(mutex_);
    if (failure_) {
      already = failure_;
    } else {
      on_failure_ = std::move(handler);
    }
  }
  if (already) handler(*already);
}

void Writer::work() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const auto ready = [this] { return stopping_ || !waiting_.empty(); };
      if (wal_frames_ > 0 && !failed()) {
        if (!wake_.wait_for(lock, kIdle, ready)) {
          lock.unlock();
          checkpoint(SQLITE_CHECKPOINT_TRUNCATE, 0);
          wal_frames_ = 0;  // where a reader was in the way: the next commit says how long it is
          sqlite3_db_release_memory(db_->handle());
          continue;
        }
      } else {
        wake_.wait(lock, ready);
      }
      if (waiting_.empty()) break;  // stopping
    }
    run_batch();
  }
  // What is closed in order needs no recovery. Where it fails, the log still holds all.
  if (wal_frames_ > 0 && !failed()) checkpoint(SQLITE_CHECKPOINT_TRUNCATE, 0);
}

std::optional<Writer::Waiting> Writer::next_of_batch(std::size_t taken, Clock::time_point started) {
  if (taken >= kBatchJobs || (taken > 0 && Clock::now() - started > kBatchTime)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  Waiting next = std::move(waiting_.front());
  waiting_.pop_front();
  return next;
}

void Writer::run_batch() {
  std::vector<Waiting> batch;
  std::optional<Error> broken;
  if (failed()) {
    const std::lock_guard lock(mutex_);
    broken = failure_;
  } else {
    broken = run_jobs(batch);
  }
  if (broken && batch.empty()) {  // not even begun: all that would have been in it hear so
    const auto now = Clock::now();
    while (auto waiting = next_of_batch(batch.size(), now)) batch.push_back(std::move(*waiting));
  }
  const bool newly_failed = broken && broken->fault == Fault::storage && !failed();
  if (newly_failed) fail(*broken);
  answer(batch, broken);
  if (newly_failed) call_failure_handler();
  if (!failed()) checkpoint_when_long();
}

// One transaction. An error here is the whole batch's: nothing of it is on the disk.
std::optional<Error> Writer::run_jobs(std::vector<Waiting>& batch) {
  if (auto begun = db_->prepare("BEGIN IMMEDIATE").run(); !begun) return begun.error();
  auto broken = take_jobs(batch);
  if (!broken) {
    auto committed = flush(*db_->storm_cache(), *db_);
    if (committed) committed = db_->prepare("COMMIT").run();
    if (committed) return std::nullopt;
    broken = committed.error();
  }
  if (db_->in_transaction()) (void)db_->execute("ROLLBACK");
  forget_what_was_counted();
  db_->storm_cache()->clear();
  return broken;
}

// Within a savepoint SQLite keeps a copy of each page before it is written, and a job writes a dozen, mostly
// those of the job before it. So jobs that may be repeated share one: should one of them fail, all of these
// are undone and run again, each alone.
std::optional<Error> Writer::take_jobs(std::vector<Waiting>& batch) {
  const auto started = Clock::now();
  std::optional<std::size_t> together;  // where in the batch those begin that share the open savepoint
  for (;;) {
    auto next = next_of_batch(batch.size(), started);
    const bool joins = next && next->repeat == Repeat::may && !db_->storm_cache()->full();
    if (next) batch.push_back(std::move(*next));
    if (together && !joins) {
      if (auto broken = keep()) return broken;
      together.reset();
    }
    if (!next) return std::nullopt;
    std::optional<Error> broken;
    if (!joins) {
      broken = run_alone(batch.back());
    } else {
      if (!together) {
        broken = save();
        together = batch.size() - 1;
      }
      if (!broken) call(batch.back());
      if (!broken && !batch.back().result) {
        broken = undo(batch.back().result.error());
        if (!broken) broken = run_again(std::span(batch).subspan(*together));
        together.reset();
      }
    }
    if (broken) return broken;
  }
}

std::optional<Error> Writer::run_alone(Waiting& waiting) {
  if (auto broken = save()) return broken;
  call(waiting);
  return waiting.result ? keep() : undo(waiting.result.error());
}

std::optional<Error> Writer::run_again(std::span<Waiting> together) {
  for (Waiting& waiting : together) {
    if (auto broken = run_alone(waiting)) return broken;
  }
  return std::nullopt;
}

void Writer::call(Waiting& waiting) {
  try {
    waiting.result = waiting.job(*db_);
  } catch (const std::exception& thrown) {
    waiting.result = error(Fault::invalid, std::string("a write job threw: ") + thrown.what());
  }
}

std::optional<Error> Writer::save() {
  auto saved = db_->prepare("SAVEPOINT job").run();
  return saved ? std::nullopt : std::optional<Error>(saved.error());
}

std::optional<Error> Writer::keep() {
  StormCache& cache = *db_->storm_cache();
  cache.job_done();
  auto released = db_->prepare("RELEASE job").run();
  if (released && cache.full()) {
    released = flush(cache, *db_);
    cache.clear();
  }
  return released ? std::nullopt : std::optional<Error>(released.error());
}

// Of what is written since save(). An error is returned where more than that is lost.
std::optional<Error> Writer::undo(const Error& why) {
  db_->storm_cache()->job_undone();
  if (why.fault == Fault::storage) return why;
  // A full disk can cost the transaction, not only the statement: then there is no savepoint left.
  if (!db_->in_transaction()) return why;
  forget_what_was_counted();
  auto undone = db_->prepare("ROLLBACK TO job").run();
  if (undone) undone = db_->prepare("RELEASE job").run();
  return undone ? std::nullopt : std::optional<Error>(why);
}

void Writer::forget_what_was_counted() {
  db_->last_numbers().clear();
  db_->note_member_change();
}

void Writer::answer(std::vector<Waiting>& batch, const std::optional<Error>& broken) {
  const log::Together lines;
  for (Waiting& finished : batch) {
    if (broken && finished.result) finished.result = *broken;
    finished.done(std::move(finished.result));
  }
}

void Writer::fail(const Error& why) {
  const std::lock_guard lock(mutex_);
  failure_ = error(Fault::storage, "the store has stopped after: " + why.what);
  failed_.store(true, std::memory_order_release);
}

void Writer::call_failure_handler() {
  std::function<void(const Error&)> handler;
  {
    const std::lock_guard lock(mutex_);
    handler = std::exchange(on_failure_, nullptr);
  }
  if (handler) handler(*failure_);  // failure_ is set once
}

void Writer::checkpoint(int mode, int wait_ms) {
  sqlite3_busy_timeout(db_->handle(), wait_ms);
  int left = 0;
  const int code = sqlite3_wal_checkpoint_v2(db_->handle(), nullptr, mode, &left, nullptr);
  const Error failed_with = db_->last_error("moving the write-ahead log into the database");
  sqlite3_busy_timeout(db_->handle(), 5000);
  // Busy: readers; full: the log still holds all. Both are tried again. A failed disk is not.
  if (code != SQLITE_OK && failed_with.fault == Fault::storage) {
    fail(failed_with);
    call_failure_handler();
  }
}

void Writer::checkpoint_when_long() {
  if (wal_frames_ >= kRestartFrames) {
    checkpoint(SQLITE_CHECKPOINT_RESTART, kRestartWaitMs);
  } else if (wal_frames_ >= kCheckpointFrames) {
    checkpoint(SQLITE_CHECKPOINT_PASSIVE, 0);
  }
}

}  // namespace breakwater::store
