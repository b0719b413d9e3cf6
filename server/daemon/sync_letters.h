// What owners hear of their list's syncs, inside the write job that records how one ended: of a held one once
// for each plan and at most once a day, each with a token that confirms or drops what the letter shows
// (sync_orders.h); of failing once until it works again and at most once a day, and of that working again.
#pragma once

#include <string>
#include <vector>

#include "admin/sync.h"
#include "daemon/write_job.h"
#include "lists/list.h"
#include "store/sync_rows.h"
#include "terms/result.h"

namespace breakwater::daemon {

// Marks in `last` what was told. `outcome`: of a held one.
Result<void> tell_of_held(WriteJob& job, const lists::List& list, store::LastSync& last,
                          const std::string& plan, const admin::SyncOutcome& outcome);
Result<void> tell_of_failure(WriteJob& job, const lists::List& list, store::LastSync& last,
                             const std::string& source);
// Where they were told that it fails.
Result<void> tell_that_it_works(WriteJob& job, const lists::List& list, store::LastSync& last,
                                const admin::SyncOutcome& outcome);

}  // namespace breakwater::daemon
