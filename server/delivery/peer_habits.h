// What was learned of single servers, for an hour each: that one does not take BDAT though it offers
// CHUNKING, that one closes without a word after so many messages. By this no message is sent in vain twice.
// Time is an argument. One loop, one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace breakwater::delivery {

class PeerHabits {
 public:
  using Time = std::chrono::steady_clock::time_point;
  bool takes_chunks(const std::string& peer, Time now) const;
  std::uint32_t messages(const std::string& peer, Time now) const;  // of one connection; 0: not known

  void refused_chunks(const std::string& peer, Time now);
  // Closed without a word. Once is an accident; after the same number twice in a row it is a habit.
  void closed_after(const std::string& peer, std::uint32_t messages, Time now);
  std::size_t size() const { return known_.size(); }

  static constexpr std::chrono::hours kWhile{1};
  static constexpr std::size_t kMost = 1000;  // above it the one heard of longest ago is forgotten

 private:
  struct Habits {
    Time no_chunks_until{}, messages_until{}, seen{};
    std::uint32_t messages = 0;
  };
  Habits& of(const std::string& peer, Time now);
  std::map<std::string, Habits> known_;
};

}  // namespace breakwater::delivery
