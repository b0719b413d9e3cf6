// Budgets in deliveries: how much a sender, a list or the whole server may fan out. A GCRA (generic cell rate
// algorithm, ITU-T I.371): one time of arrival is all the state, so a budget is a record of a few bytes and a
// wait is known exactly in advance. Pure; time is an argument.
//
// What was taken within any stretch of time is at most burst + rate x stretch, save that the last posting may
// cost more than the burst: such a one goes when its budget is full, since it would else never go. Whoever
// comes too early is told when, and that time is taken: the next one's is later.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "terms/instant.h"

namespace breakwater::storm {

// What a setting of 0 means: so many postings to the whole audience an hour, but never less than so many
// deliveries.
struct AutoRate {
  std::int64_t fanouts = 0, least = 0;
};
constexpr AutoRate auto_sender = {20, 20'000};
constexpr AutoRate auto_list = {60, 60'000};
constexpr std::int64_t max_rate = 2'000'000'000;  // deliveries an hour; more is taken for this
std::int64_t rate_of(std::int64_t setting, const AutoRate& automatic, std::int64_t audience);

struct Rate {
  std::int64_t an_hour = 0;  // deliveries; at least 1
  std::int64_t burst = 0;    // deliveries that a rested budget gives at once; at least 1
};

// Clocks of two servers on one database differ by that much at most; a clock that is further behind the last
// posting than this was set back, and the waits move with it instead of growing.
constexpr Duration clock_skew = std::chrono::seconds(5);

class Budget {
 public:
  // As encoded; anything else is a rested budget.
  static Budget decode(std::string_view value);
  std::string encode() const;

  // The earliest time, now or later, when so many deliveries conform. Takes nothing.
  Instant earliest(std::int64_t deliveries, const Rate& rate, Instant now) const;
  // Takes them at that time.
  void take(std::int64_t deliveries, const Rate& rate, Instant now);

 private:
  // Microseconds since 1970: when what was taken is paid off. Finer than the clock, so that a rate of
  // millions an hour is no rounding matter.
  std::int64_t paid_off_us_ = 0;
  std::int64_t last_ms_ = 0;  // the clock when it was last taken from

  std::int64_t paid_off_at(Instant now) const;
};

}  // namespace breakwater::storm
