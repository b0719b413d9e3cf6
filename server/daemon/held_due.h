// What is held until a time: deferred postings go out, unconfirmed ones are given up, and what a person
// released with many others is let go one after the other.
#pragma once

#include "daemon/write_job.h"

namespace breakwater::daemon {

// Inside a write job: the oldest posting whose time has come, one a job, since letting go of one may be the
// expansion of a whole list. True: there was one, ask again.
Result<bool> act_on_due(WriteJob& job);

}  // namespace breakwater::daemon
