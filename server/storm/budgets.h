// The limiters of a posting: its sender's budget on the list and over all lists, the list's, the server's
// (limiter.h). Pure; the budgets are in Memory.
#pragma once

#include <cstdint>

#include "storm/memory.h"
#include "storm/policy.h"
#include "storm/verdict.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::storm {

// A posting that would have to wait longer than this is held for a person instead.
constexpr Duration longest_deferral = std::chrono::hours(24);

// What a sender may send over all lists, in budgets of one list: who writes to a hundred lists has not a
// hundred budgets. People who write to several in one hour have enough; who spends three whole budgets is no
// person.
constexpr std::int64_t sender_lists = 3;

// distribute, defer with its time, or hold. What goes or is deferred is counted, what is held is not: who
// releases it vouches for it. Each budget is charged from the time when it had room itself, not from the time
// when the last of them has: else one sender who waits for hours would make all others wait too.
// A trusted sender does not wait for the list's budget, which others have used up when the moderator has to
// say "stop". Errors: those of memory.
Result<Judgement> judge_budgets(const Facts& facts, const Policy& policy, std::int64_t server_deliveries,
                                Memory& memory, Instant now);

}  // namespace breakwater::storm
