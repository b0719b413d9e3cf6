// Words that both ends of the control socket share: how a Fault is spelled.
#pragma once

#include <iterator>
#include <string_view>

#include "terms/result.h"

namespace breakwater::admin {

inline constexpr std::string_view kFaultNames[] = {"invalid", "not_found", "exists", "unavailable",
                                                   "full",    "storage",   "busy",   "denied"};

inline std::string_view fault_name(Fault fault) { return kFaultNames[static_cast<int>(fault)]; }

// A name this program does not know comes from a newer one: unavailable, which promises least.
inline Fault fault_named(std::string_view name) {
  for (int at = 0; at < static_cast<int>(std::size(kFaultNames)); ++at) {
    if (kFaultNames[at] == name) return static_cast<Fault>(at);
  }
  return Fault::unavailable;
}

}  // namespace breakwater::admin
