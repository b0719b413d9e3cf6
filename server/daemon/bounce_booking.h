// Bounces are booked: each once, on the memberships that the posting reached its recipient by. What follows
// from them (probes, letters) is written when its time comes (bounce_due.h).
#pragma once

#include <vector>

#include "daemon/running.h"
#include "store/connection.h"
#include "store/ledger.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::daemon {

// Who says so: the next server in the session; a mail to a reverse-path that only a recipient can know; a
// mail to one that can be made up, which stops nobody.
enum class Witness { session, signed_path, plain_path };

// Inside the write job that learns of them: their records, the members' days and scores, spikes, stops. What
// is known already changes nothing, so a job may be run again. One that cannot be booked is logged and counts
// against nobody; it holds up none of the others. The postings may be of any kind.
Result<void> book_bounces(store::Connection& db, const Running& running,
                          const std::vector<store::Bounce>& bounces, Witness witness, Instant now);

}  // namespace breakwater::daemon
