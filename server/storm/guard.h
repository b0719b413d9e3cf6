// The guard: all lines of defence in the order a posting meets them, and one verdict. Pure: a function of the
// posting's facts, the list's policy, memory and time. The server calls it in the write job that commits the
// posting, `breakwater storm replay` in virtual time; it is the same code.
//
// The strongest verdict wins, so that nobody is asked to confirm what would be held anyway: refuse, then hold
// for what it is (freeze, machine, drift, "remove me"), hold by an open breaker, divert or hold as a reply,
// confirm, hold for moderators, hold or defer by the limiters, distribute.
//
// The breaker sees each posting once: also those that are diverted or held for what they are, so that a storm
// opens it although nothing fans out; not those that are refused or frozen, nor those that wait for their
// sender or for moderators. A posting that its sender confirmed is judged again, with Facts::confirmed, and
// counts then; one that moderators release is the breaker's by note_released (breaker.h).
//
// Trusted senders (moderators, owners) count for the breaker but are not held by it, replies included: who
// runs the list must be able to say "stop" in the midst of a storm, in the very thread. They are few, named
// by the list's file or its member table, and their budgets still bound each; that they might storm among
// themselves is the smaller harm. Freeze, drift, confirmation and budgets hold for them as for all.
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

// How many moderators must release a posting to so many people; 0: none. Whoever lets one go by hand, for
// whatever reason it was held, is no way around the tiers.
int moderators_needed(const Policy& policy, std::int64_t audience);

// A person vouches for the list as it is now: its audience is the one to compare with from here on.
Result<void> note_audience_confirmed(ListId list, std::int64_t audience, Memory& memory, Instant now);
// The audience last confirmed; nullopt: none yet.
Result<std::optional<std::int64_t>> confirmed_audience(ListId list, Memory& memory, Instant now);

}  // namespace breakwater::storm
