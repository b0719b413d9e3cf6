// Makes the trace of a storm: a slow first minutes, a burst in which every copy provokes more replies, a
// tail. Pure: the same storm, audience and seed give the same bytes on every machine (integers only: the
// standard library's distributions and its logarithms differ from one machine to the next).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "opponents/storm_catalogue.h"
#include "storm/replay.h"

namespace breakwater::opponents {

struct StormOptions {
  std::int64_t audience = 0;  // 0: the storm's own
  std::uint64_t seed = 1;
};

// The first message and the storm's posts after it, in order of time.
std::vector<storm::TraceRow> make_storm(const Storm& storm, const StormOptions& options);

// The n-th person of a storm, from 1; the demo's members have the same addresses.
std::string storm_person(std::uint64_t number);

// SplitMix64 (Steele, Lea, Flood 2014): small, fast, the same everywhere.
class StormDice {
 public:
  StormDice(std::string_view name, std::uint64_t seed);
  std::uint64_t next();
  std::uint64_t below(std::uint64_t limit);  // 0..limit-1; limit at least 1, below 2^32
  bool permille(int chance) { return below(1000) < static_cast<std::uint64_t>(chance); }

 private:
  std::uint64_t state_;
};

}  // namespace breakwater::opponents
