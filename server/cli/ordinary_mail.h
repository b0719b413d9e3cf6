// Ordinary mail while a storm rages: one message to a small list each tenth of a second, and how long each
// takes to the sink. A message counts from the moment at which it was due, also where the one before it was
// late (else a stall would hide those that it kept from being sent).
//
// The poster is a thread of its own; take() runs on the sink's thread; the rest belongs to the demo's.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "opponents/latency.h"
#include "opponents/sink_tally.h"
#include "opponents/socket.h"

namespace breakwater::cli {

class OrdinaryMail {
 public:
  static constexpr std::int64_t kEveryMs = 100;
  static constexpr std::int64_t kDelayedUs = 1'000'000;  // later than that: delayed

  struct Phase {
    std::uint64_t posted = 0, arrived = 0, delayed = 0;
    opponents::Latencies latency;  // of those that arrived
    std::uint64_t missing() const { return posted - arrived; }
  };
  struct Seen {
    Phase before, during;
    std::uint64_t refused = 0;
    std::string first_refusal;
  };

  ~OrdinaryMail() { stop(); }
  // To `list`, from and to its `members`.
  void start(const opponents::Endpoint& to, const std::string& list, std::uint64_t members);
  void storm_begins();  // what is due from now on is Seen::during
  void stop();          // posts no more
  // False: it is none of ours.
  bool take(const opponents::Taken& taken, std::int64_t taken_us);
  Seen seen() const;

 private:
  struct Message {
    std::int64_t due_us = 0;
    std::uint64_t left = 0;  // recipients whose copy has not arrived
    bool during = false;
  };
  void run(const opponents::Endpoint& to, const std::string& list, std::uint64_t members);

  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<Message> messages_;  // under mutex_, by number
  Seen seen_;                      // under mutex_
  bool storm_ = false;             // under mutex_
  std::thread thread_;
};

}  // namespace breakwater::cli
