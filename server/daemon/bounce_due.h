// What bounces lead to when its time has come: the probe to a member whose score is reached, the end of a
// probe that did not bounce, the letter to a list's owners.
#pragma once

#include "daemon/write_job.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::daemon {

// Where there is nothing to be done about a member now: its list's file is gone, or it cannot be done.
inline constexpr Duration kLookAgainAtBounces = std::chrono::hours{24};

// Inside a write job: a list's letter, or some memberships. What is written and that it was are one
// transaction. One that cannot be acted on is logged and put off by a day, so that the others are. True:
// there was something, ask again.
Result<bool> act_on_bounces_due(WriteJob& job);

}  // namespace breakwater::daemon
