// Threads for what would block a session's: hashing a password, looking an account up. A bounded queue: when
// it is full the caller hears so, and tells the peer to try again.
//
// submit() from any thread. The destructor lets running jobs finish, and destroys the waiting ones unrun.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace breakwater::identity {

class PasswordPool {
 public:
  PasswordPool(std::size_t threads, std::size_t waiting);
  ~PasswordPool();
  PasswordPool(const PasswordPool&) = delete;
  PasswordPool& operator=(const PasswordPool&) = delete;

  // false: `waiting` jobs wait already; `job` is destroyed.
  bool submit(std::function<void()> job);

 private:
  void work();

  const std::size_t waiting_;
  std::mutex lock_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace breakwater::identity
