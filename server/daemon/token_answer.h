// What a reply to a letter with a token is answered with, when it did nothing: used up, too late, without its
// word, from somebody else. One rule for all tokens: the answer goes to whom the letter was sent to, not to
// whoever replied, once a day for each token. A token that is not known gets none: who guesses learns
// nothing, and has nobody written to.
#pragma once

#include <string>
#include <string_view>

#include "daemon/write_job.h"
#include "lists/list.h"
#include "mail/address.h"
#include "pipeline/letters.h"

namespace breakwater::daemon {

// `digest`: of the token. `message_id`: of the reply. What became of it, for the log.
Result<std::string> tell_reader(WriteJob& job, const lists::List& list, const mail::Address& reader,
                                std::string_view digest, pipeline::ReplyFlaw flaw,
                                const std::string& message_id);

// Whether one more letter may say that an order was not carried out: the token stays good, so that its reader
// can try again, and each try would be answered. Counts.
Result<bool> may_tell_why_not(WriteJob& job, std::string_view digest);

}  // namespace breakwater::daemon
