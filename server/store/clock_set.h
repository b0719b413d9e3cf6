// The clock was set: what the old one wrote. Functions on a connection; write jobs.
#pragma once

#include <cstdint>

#include "store/connection.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::store {

// Forward or back by `by`: when queued mail is given up, when a rule acts on what is held, and when a token
// expires stay as far away as they were. Set back, so do the next tries; set forward, they are due.
Result<void> move_deadlines(Connection& db, Duration by);

// At a start, since the clock may have been set back before: nobody waits longer for the next try than the
// schedule's longest wait. Returns how many slices had to be made due.
Result<std::int64_t> bound_waits(Connection& db, Instant now, Duration longest);

}  // namespace breakwater::store
