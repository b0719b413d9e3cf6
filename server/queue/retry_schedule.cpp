#include "queue/retry_schedule.h"

#include <algorithm>

#include "terms/invariant.h"

namespace breakwater::queue {

Instant RetrySchedule::next(std::uint32_t attempts, Instant now, Instant expires,
                            std::uint64_t entropy) const {
  BREAKWATER_ASSERT(!waits.empty());
  const std::size_t at = attempts == 0 ? 0 : std::min<std::size_t>(attempts - 1, waits.size() - 1);
  Duration wait = waits[at];
  const auto spread = static_cast<std::uint64_t>(wait.count()) * std::min(jitter_percent, 100U) / 100;
  if (spread > 0) wait -= Duration{static_cast<std::int64_t>(entropy % (spread + 1))};
  const Instant due = now + wait;
  return now < expires ? std::min(due, expires) : due;
}

}  // namespace breakwater::queue
