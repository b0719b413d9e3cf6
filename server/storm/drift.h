// The drift guard: a list whose audience jumps is held whole until somebody confirms it. Pure; what was
// confirmed last is in Memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "storm/memory.h"
#include "storm/policy.h"

namespace breakwater::storm {

// Less than so many people of difference is no jump, however small the list: ten people who join a list of
// twenty are half as many again, and nobody wants to be asked about them.
constexpr std::int64_t least_drift = 100;

// Why the list must not post before somebody has looked at it; nullopt: its audience is as expected.
// `confirmed`: the audience last confirmed; nullopt: none yet.
std::optional<std::string> drift_of(const Policy& policy, std::int64_t audience,
                                    std::optional<std::int64_t> confirmed);

}  // namespace breakwater::storm
