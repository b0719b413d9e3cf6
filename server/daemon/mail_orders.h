// Orders by mail: a sender confirms or cancels, a moderator releases, discards, freezes or thaws, by a mail
// to list-request+TOKEN@. The token proves that its letter was read, the sender's address that it is the same
// person; each token works once.
#pragma once

#include <string>

#include "daemon/write_job.h"
#include "pipeline/intake.h"

namespace breakwater::daemon {

// Inside the write job that takes the mail. What became of it, in words for the log. A token that is unknown,
// used, expired or another's changes nothing (daemon/token_answer.h: who is told).
Result<std::string> obey(WriteJob& job, const pipeline::MailOrder& order, const std::string& message_id);

}  // namespace breakwater::daemon
