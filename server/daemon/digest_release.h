// Released as one: what was held goes to the list as a single digest, so that eighty replies cost one
// fan-out.
#pragma once

#include <string>
#include <vector>

#include "admin/hands.h"
#include "daemon/write_job.h"
#include "store/spool.h"

namespace breakwater::daemon {

// `held`: of one list. They end as discarded, with the digest's posting in their reason. Errors:
// Fault::invalid where there are none or of several lists; Fault::busy where the list is frozen; those of the
// store.
Result<admin::Outcome> release_as_digest(WriteJob& job, const std::vector<store::Posting>& held,
                                         const std::string& reason);

}  // namespace breakwater::daemon
