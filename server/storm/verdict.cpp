#include "storm/verdict.h"

#include <array>

#include "terms/invariant.h"

namespace breakwater::storm {
namespace {

// By value of the enumerations. The names are stored and printed: they stay.
constexpr auto kVerdicts = std::to_array<std::string_view>(
    {"distribute", "confirm", "hold", "divert", "defer", "refuse", "discard"});
constexpr auto kDefences =
    std::to_array<std::string_view>({"none", "machine", "rule", "moderation", "freeze", "standing", "drift",
                                     "leave_request", "reply_policy", "breaker", "limiter"});

}  // namespace

std::string_view name_of(Verdict verdict) {
  const auto at = static_cast<std::size_t>(verdict);
  BREAKWATER_ASSERT(at < kVerdicts.size());
  return kVerdicts[at];
}

std::optional<Verdict> verdict_of(std::string_view name) {
  for (std::size_t at = 0; at < kVerdicts.size(); ++at) {
    if (kVerdicts[at] == name) return static_cast<Verdict>(at);
  }
  return std::nullopt;
}

std::string_view name_of(Defence defence) {
  const auto at = static_cast<std::size_t>(defence);
  BREAKWATER_ASSERT(at < kDefences.size());
  return kDefences[at];
}

}  // namespace breakwater::storm
