// The lock that makes a data directory belong to one process: flock on <directory>/lock, with the holder's
// pid as its text. The kernel drops it with the process, however that ends; a pid left behind locks nothing.
#pragma once

#include <string>

#include "terms/result.h"

namespace breakwater::store {

class DirectoryLock {
 public:
  // Makes the directory (0700) where it is missing. Errors: Fault::busy naming the holder's pid.
  static Result<DirectoryLock> take(const std::string& directory);
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;
};

// Makes the names in it durable: a new file's content can be on the disk and its name not.
Result<void> sync_directory(const std::string& directory);

}  // namespace breakwater::store
