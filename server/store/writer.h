// The writer: the thread that owns the writing connection. It takes what waits, runs it in one transaction,
// commits once, wakes all; between commits it moves the write-ahead log into the database. Made and owned by
// Store.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "store/connection.h"
#include "store/store.h"
#include "terms/result.h"

namespace breakwater::store {

class Writer {
 public:
  using Job = std::function<Result<void>(Connection&)>;
  using Done = std::function<void(Result<void>)>;

  Writer(std::unique_ptr<Connection> db, std::size_t max_waiting);
  ~Writer();  // runs what waits, commits, stops
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void write(Job job, Done done, Repeat repeat = Repeat::never);  // any thread; see Store::write
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  void on_failure(std::function<void(const Error&)> handler);

 private:
  struct Waiting {
    Job job;
    Done done;
    Repeat repeat;
    Result<void> result;
  };
  using Clock = std::chrono::steady_clock;

  void work();
  std::optional<Waiting> next_of_batch(std::size_t taken, Clock::time_point started);
  void run_batch();
  std::optional<Error> run_jobs(std::vector<Waiting>& batch);
  std::optional<Error> take_jobs(std::vector<Waiting>& batch);
  std::optional<Error> run_alone(Waiting& waiting);
  std::optional<Error> run_again(std::span<Waiting> together);
  void call(Waiting& waiting);
  std::optional<Error> save();
  std::optional<Error> keep();
  std::optional<Error> undo(const Error& why);
  void forget_what_was_counted();
  void answer(std::vector<Waiting>& batch, const std::optional<Error>& broken);
  void fail(const Error& why);
  void call_failure_handler();
  void checkpoint(int mode, int wait_ms);
  void checkpoint_when_long();

  std::unique_ptr<Connection> db_;  // writer thread only, once it runs
  std::int64_t wal_frames_ = 0;     // writer thread only
  const std::size_t max_waiting_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> waiting_;
  bool stopping_ = false;
  std::optional<Error> failure_;
  std::function<void(const Error&)> on_failure_;
  std::atomic<bool> failed_ = false;
  std::thread thread_;  // last: it starts when all else is there
};

}  // namespace breakwater::store
