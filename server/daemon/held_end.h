// The end of what nobody decides about: moderators get one letter that lists what ends soon, then it is
// discarded and its author told, once. A list without a file keeps what it holds.
#pragma once

#include "daemon/write_job.h"
#include "terms/result.h"

namespace breakwater::daemon {

// Whether there is something to do; on a reader.
Result<bool> held_ends(store::Connection& db, const Running& running, Instant now);
// Inside a write job: one list's letter, or one posting's end. True: there was one, ask again.
Result<bool> act_on_held_ends(WriteJob& job);

}  // namespace breakwater::daemon
