#include "store/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace breakwater::store {
namespace {

std::string holder_of(int fd) {
  char text[32] = {};
  const ssize_t length = ::pread(fd, text, sizeof text - 1, 0);
  std::string pid;
  for (ssize_t at = 0; at < length && text[at] >= '0' && text[at] <= '9'; ++at) pid.push_back(text[at]);
  return pid.empty() ? "another process" : "process " + pid;
}

Result<void> make_directory(const std::string& directory) {
  std::error_code failed;
  const std::filesystem::path parent = std::filesystem::path(directory).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, failed);
  if (::mkdir(directory.c_str(), 0700) == 0) return sync_directory(parent.empty() ? "." : parent.string());
  if (errno == EEXIST) return {};
  return error(errno == ENOSPC ? Fault::full : Fault::storage,
               "cannot make the data directory " + directory + ": " + std::strerror(errno));
}

}  // namespace

Result<void> sync_directory(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const int failed = errno;
  if (fd >= 0) ::close(fd);
  if (synced || failed == EINVAL) return {};  // EINVAL: a file system that has nothing to sync there
  return error(Fault::storage, "cannot sync the directory " + directory + ": " + std::strerror(failed));
}

Result<DirectoryLock> DirectoryLock::take(const std::string& directory) {
  if (auto made = make_directory(directory); !made) return made.error();
  const std::string file = directory + "/lock";
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    const Fault fault = errno == ENOSPC ? Fault::full : errno == EACCES ? Fault::denied : Fault::storage;
    return error(fault, "cannot open " + file + ": " + std::strerror(errno));
  }
  DirectoryLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return error(Fault::storage, "cannot lock " + file + ": " + std::strerror(errno));
    return error(Fault::busy, "the data directory " + directory + " is in use by " + holder_of(fd) +
                                  "; stop it first, or use another directory");
  }
  // Only for people to read: a disk too full for five digits must not keep the server from starting.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) == 0) (void)!::pwrite(fd, pid.data(), pid.size(), 0);
  return lock;
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace breakwater::store
