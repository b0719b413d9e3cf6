// What connections share, over all threads: how many there may be, and how much memory messages coming in may
// take.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace breakwater::net {

// Connections in all and by address. Any thread. Memory: one entry an address with a connection.
class ConnectionLimits {
 public:
  enum class Verdict { admitted, server_full, address_full };

  // Counts the connection in when it is admitted; leave() it with the same address then. An empty address is
  // not counted by address.
  Verdict enter(const std::string& address, std::uint32_t in_all, std::uint32_t by_address);
  void leave(const std::string& address);
  std::uint32_t open() const { return open_.load(); }

 private:
  std::atomic<std::uint32_t> open_{0};
  std::mutex lock_;
  std::unordered_map<std::string, std::uint32_t> by_address_;
};

class MemoryBudget {
 public:
  std::uint64_t used() const { return static_cast<std::uint64_t>(used_.load(std::memory_order_relaxed)); }

 private:
  friend class MemoryShare;
  std::atomic<std::int64_t> used_{0};
};

// One session's share of the budget; gives it back when destroyed. One thread; the budget must outlive it.
class MemoryShare {
 public:
  explicit MemoryShare(MemoryBudget& budget) : budget_(budget) {}
  ~MemoryShare() { set(0); }
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;

  // The session is to hold `bytes`. False, and it holds what it held, where that is more than it held and all
  // would then hold more than `limit` together: who is turned away takes no room from the others meanwhile.
  // Who gives some back is never turned away, however far a reload has lowered the limit.
  bool grow(std::size_t bytes, std::uint64_t limit) {
    const auto change = static_cast<std::int64_t>(bytes) - static_cast<std::int64_t>(held_);
    if (change <= 0) {
      set(bytes);
      return true;
    }
    std::int64_t all = budget_.used_.load(std::memory_order_relaxed);
    do {
      if (static_cast<std::uint64_t>(all + change) > limit) return false;
    } while (!budget_.used_.compare_exchange_weak(all, all + change, std::memory_order_relaxed));
    held_ = bytes;
    return true;
  }

  // The session now holds `bytes`. Returns what all hold together.
  std::uint64_t set(std::size_t bytes) {
    const auto change = static_cast<std::int64_t>(bytes) - static_cast<std::int64_t>(held_);
    held_ = bytes;
    if (change == 0) return budget_.used();
    return static_cast<std::uint64_t>(budget_.used_.fetch_add(change, std::memory_order_relaxed) + change);
  }

 private:
  MemoryBudget& budget_;
  std::size_t held_ = 0;
};

}  // namespace breakwater::net
