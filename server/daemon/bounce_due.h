// What bounces lead to when its time has come: the probe to a member whose score is reached, the end of a
// probe that did not bounce, the letter to a list's owners.
#pragma once

#include "daemon/write_job.h"
#include "terms/result.h"

namespace breakwater::daemon {

// Inside a write job: a list's letter, or some memberships. What is written and that it was are one
// transaction. True: there was something, ask again.
Result<bool> act_on_bounces_due(WriteJob& job);

}  // namespace breakwater::daemon
