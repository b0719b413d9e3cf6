// The store: one directory, one database, one writer thread with group commit, readers beside it.
//
// A directory belongs to one process (Store::open takes a lock in it). write() may be called from any thread;
// jobs run on the writer thread, several in one transaction, each in a savepoint or, where it says
// Repeat::may, in one with its like: a failing job is rolled back alone, the others go on. `done` is called
// on the writer thread after the commit is on the disk (WAL, synchronous=FULL), with the job's own error or
// with the commit's; where a job is not even taken (too many wait, the store has failed) it is called at
// once, on the thread that called write(). A job that throws has failed; it must not hold statements beyond
// its return. Fault::storage from a job or a commit is final: the store takes no more jobs (failed() is true)
// and must be opened anew from the disk. Fault::full rolls back the batch, and the next job may succeed.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "store/connection.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::store {

struct StoreOptions {
  std::string directory;           // made when missing (0700)
  std::size_t max_waiting = 4096;  // jobs; at the limit write() answers Fault::full
  // More than the control socket has sessions: each may hold one while its reader is slow, and delivery needs
  // another.
  std::size_t readers = 12;
};

// Whether a job may be run again when what it wrote has been rolled back, before its `done`: it leaves
// nothing outside the database that a second run does not replace.
enum class Repeat { never, may };

class Store {
 public:
  using Job = std::function<Result<void>(Connection&)>;
  using Done = std::function<void(Result<void>)>;

  // Locks, opens, migrates (migrations.h), starts the writer. Errors: Fault::busy
  // when another process has the directory (says which pid), Fault::storage, Fault::invalid when the database
  // is newer than we are.
  static Result<std::unique_ptr<Store>> open(const StoreOptions& options, Instant now);
  ~Store();  // runs what waits, commits, stops the writer

  void write(Job job, Done done, Repeat repeat = Repeat::never);
  Result<void> write_and_wait(Job job);  // not from the writer thread, not from a loop

  // A read connection on loan, with a consistent snapshot until it is given back. Blocks while all are out.
  class Reading {
   public:
    explicit Reading(Store& store);
    ~Reading();
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    Connection& connection() { return *connection_; }

   private:
    Store& store_;
    std::unique_ptr<Connection> connection_;
  };
  Reading read() { return Reading(*this); }

  bool failed() const;
  // Called once, on the writer thread, after the `done`s of the batch that failed; at once where it has
  // failed already.
  void on_failure(std::function<void(const Error&)> handler);

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace breakwater::store
