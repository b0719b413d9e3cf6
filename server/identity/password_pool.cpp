#include "identity/password_pool.h"

#include <algorithm>
#include <utility>

namespace breakwater::identity {

PasswordPool::PasswordPool(std::size_t threads, std::size_t waiting) : waiting_(waiting) {
  for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i)
    threads_.emplace_back([this] { work(); });
}

PasswordPool::~PasswordPool() {
  std::deque<std::function<void()>> unrun;  // destroyed outside the lock: a job may own anything
  {
    std::lock_guard guard(lock_);
    stopping_ = true;
    unrun.swap(jobs_);
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

bool PasswordPool::submit(std::function<void()> job) {
  {
    std::lock_guard guard(lock_);
    if (stopping_ || jobs_.size() >= waiting_) return false;
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void PasswordPool::work() {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock guard(lock_);
      wake_.wait(guard, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace breakwater::identity
