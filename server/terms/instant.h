// Time is an argument: the core takes an Instant, it never asks a clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace breakwater {

using Duration = std::chrono::milliseconds;
// Wall-clock time in milliseconds since 1970 UTC; what is stored and shown. Deadlines of waits use steady
// time, in net/.
using Instant = std::chrono::sys_time<Duration>;

inline std::int64_t to_ms(Instant at) { return at.time_since_epoch().count(); }
inline Instant from_ms(std::int64_t ms) { return Instant{Duration{ms}}; }

}  // namespace breakwater
