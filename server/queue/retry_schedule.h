// When a deferred slice is tried again (RFC 5321 4.5.4.1). Pure: time and entropy are arguments.
#pragma once

#include <cstdint>
#include <vector>

#include "terms/instant.h"

namespace breakwater::queue {

struct RetrySchedule {
  std::vector<Duration> waits = {std::chrono::minutes{1},  std::chrono::minutes{5}, std::chrono::minutes{15},
                                 std::chrono::minutes{30}, std::chrono::hours{1},   std::chrono::hours{2},
                                 std::chrono::hours{4}};  // the last one repeats
  Duration give_up_after = std::chrono::hours{5 * 24};
  std::uint32_t jitter_percent = 20;  // a wait is shortened by up to this share, so that retries spread

  // `attempts` tries have failed, the last at `now`. Never later than needed for a last try at `expires`.
  Instant next(std::uint32_t attempts, Instant now, Instant expires, std::uint64_t entropy) const;
};

}  // namespace breakwater::queue
