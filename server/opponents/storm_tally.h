// What a storm came to under some rule: counted as its messages go by in virtual time. Values; one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "terms/instant.h"

namespace breakwater::opponents {

struct StormTally {
  std::int64_t members = 0;
  std::int64_t messages = 0;
  std::int64_t fanouts = 0;            // sent to the list; deferred and released ones too
  std::int64_t fanouts_six_hours = 0;  // of them, within six hours of the first message
  std::int64_t held = 0, refused = 0, diverted = 0, deferred = 0, discarded = 0;
  std::int64_t awaiting = 0;                // the sender's confirmation, to the end
  std::optional<Instant> first, opened_at;  // the first message; when the rule first stopped the storm
  std::int64_t opened_after = 0;            // messages sent to the list before that
  std::int64_t reopened = 0;                // how often again

  std::int64_t deliveries() const { return fanouts * members; }
  // What a plain list would have sent besides.
  std::int64_t spared() const { return (messages - fanouts) * members; }

  void came(Instant at) {
    ++messages;
    if (!first) first = at;
  }
  void sent(Instant at) {
    ++fanouts;
    if (first && at - *first < std::chrono::hours(6)) ++fanouts_six_hours;
  }
  void opened(Instant at) {
    if (opened_at) {
      ++reopened;
    } else {
      opened_at = at;
      opened_after = fanouts;
    }
  }
};

}  // namespace breakwater::opponents
