// Addresses that could not be connected to a moment ago: they are tried last for a while, so that one dead
// mail exchanger of two does not cost every new connection its timeout. Time is an argument. One loop, one
// thread.
#pragma once

#include <chrono>
#include <map>
#include <string>

namespace breakwater::delivery {

class DeadAddresses {
 public:
  using Time = std::chrono::steady_clock::time_point;
  bool contains(const std::string& peer, Time now) const;
  void note(const std::string& peer, Time now);
  void forget(const std::string& peer) { until_.erase(peer); }
  std::size_t size() const { return until_.size(); }

  static constexpr std::chrono::seconds kWhile{60};
  static constexpr std::size_t kMost = 1000;  // what comes above it is not remembered

 private:
  std::map<std::string, Time> until_;
};

}  // namespace breakwater::delivery
