// The one place where the server asks what time it is; everything below takes it as an argument.
#pragma once

#include "terms/instant.h"

namespace breakwater::daemon {

inline Instant clock_now() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

}  // namespace breakwater::daemon
