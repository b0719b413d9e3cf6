// The guard: all lines of defence in the order a posting meets them, and one verdict. Pure: a function of the
// posting's facts, the list's policy, memory and time. The server calls it in the write job that commits the
// posting, `breakwater storm replay` in virtual time; it is the same code.
//
// The strongest verdict wins, so that nobody is asked to confirm what would be held anyway: refuse and
// discard, then hold (freeze, drift), divert, hold by the breaker, confirm, hold for moderators, defer,
// distribute.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "storm/memory.h"
#include "storm/policy.h"
#include "storm/verdict.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::storm {

struct GuardOptions {
  std::int64_t server_deliveries = 10'000'000;  // an hour, all lists; 0: no limit
  bool only_breaker = false;                    // replay --only breaker
};

// Errors: those of memory. Counts the posting into the state as its verdict says.
Result<Judgement> judge(const Facts& facts, const Policy& policy, const GuardOptions& options, Memory& memory,
                        Instant now);

// A person vouches for the list as it is now: its audience is the one to compare with from here on.
Result<void> note_audience_confirmed(ListId list, std::int64_t audience, Memory& memory, Instant now);
// The audience last confirmed; nullopt: none yet.
Result<std::optional<std::int64_t>> confirmed_audience(ListId list, Memory& memory, Instant now);

// Whether this person may be told now that their posting was held: once a storm. Saying yes counts.
// `person`: key of an address. Robots and null reverse-paths are not asked for.
Result<bool> may_tell(ListId list, std::string_view person, Memory& memory, Instant now);

}  // namespace breakwater::storm
