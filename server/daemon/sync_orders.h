// What owners say by mail about a held sync: confirm or cancel, in answer to the letter that asks them
// (sync_letters.h). The sync itself takes as long as its sources: confirming is noted, and the schedule
// carries it out within seconds, also after a crash (sync.h).
#pragma once

#include <string>

#include "daemon/write_job.h"
#include "pipeline/intake.h"

namespace breakwater::daemon {

// Inside the write job that takes the mail; as obey() (mail_orders.h), which asks here where it does not know
// the token.
Result<std::string> obey_about_sync(WriteJob& job, const pipeline::MailOrder& order,
                                    const std::string& message_id);

}  // namespace breakwater::daemon
