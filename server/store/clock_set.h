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

// The longest that anything is made to wait, by the configuration.
struct LongestWaits {
  Duration retry{0};    // for a slice's next try
  Duration give_up{0};  // for its last
  Duration held{0};     // for a rule to act on what is held
  Duration token{0};    // of any kind
  Duration request{0};  // for somebody to confirm joining or leaving, and of a count of such requests
  Duration probe{0};    // for a probe to come back, or for bounces to be looked at again
};
// At a start, since the clock may have been set back while the server was down: nothing waits longer than
// that, and what has happened has happened by now. Tries that would be later are due; other ends are as far
// away as they are for what begins now. Returns how many slices had to be made due.
Result<std::int64_t> bound_waits(Connection& db, Instant now, const LongestWaits& longest);

}  // namespace breakwater::store
