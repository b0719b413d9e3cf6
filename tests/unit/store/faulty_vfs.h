// A disk that fails: a SQLite VFS in front of the system's, whose n-th change (write, sync, truncate, making
// a file) fails, once or from then on. For tests only; the default VFS while one lives.
#pragma once

#include <atomic>
#include <cstdint>

namespace breakwater::store {

class FaultyDisk {
 public:
  enum class Failing { nothing, io_error, full };

  FaultyDisk();   // failing nothing
  ~FaultyDisk();  // every connection that was opened meanwhile must be closed
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  // The `nth` change from now on fails, counted from 1; with `stays`, all after it as well.
  void fail(Failing how, std::int64_t nth, bool stays);
  void heal();
  std::int64_t changes() const;  // since fail() or heal()
  bool struck() const;           // something has failed since then
};

}  // namespace breakwater::store
