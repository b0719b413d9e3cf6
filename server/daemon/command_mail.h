// Mail of members and of who would be one: to list-join@, list-leave@, list-confirm+token@, and commands to
// list-request@. A From is a claim: what it could do to another is asked back, by a token that only whom it
// concerns is sent, or done only where its letter tells the address. Each letter counts
// (lists/request_caps.h).
#pragma once

#include <string>

#include "daemon/write_job.h"
#include "pipeline/intake.h"

namespace breakwater::daemon {

// Inside the write job that takes the mail. What became of it, in words for the log.
Result<std::string> answer_request(WriteJob& job, const pipeline::MemberRequest& request,
                                   const std::string& message_id);

}  // namespace breakwater::daemon
