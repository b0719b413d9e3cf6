// The one place where the server asks what time it is; everything below takes it as an argument.
//
// Between two looks at the wall clock time passes as the steady clock says, so that a wall clock that is set
// moves no deadline behind the server's back: whoever looks (server.cpp) moves what was written by the old
// one first.
#pragma once

#include <atomic>

#include "terms/instant.h"

namespace breakwater::daemon {

inline Instant wall_clock() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

inline Duration steady_clock() {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

// The server's time less the steady clock's.
inline std::atomic<Duration> clock_offset{wall_clock().time_since_epoch() - steady_clock()};

inline Instant clock_now() { return Instant{steady_clock() + clock_offset.load()}; }

}  // namespace breakwater::daemon
