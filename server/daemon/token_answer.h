// What a reply to a letter with a token is answered with, when it did nothing: used up, too late, without its
// word, from somebody else. One rule for all tokens: the answer goes to whom the letter was sent to, not to
// whoever replied, once a day for each token. A token that is not known gets none: who guesses learns
// nothing, and has nobody written to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/write_job.h"
#include "lists/list.h"
#include "mail/address.h"
#include "pipeline/intake.h"
#include "pipeline/letters.h"

namespace breakwater::daemon {

// `digest`: of the token. `message_id`: of the reply, where the reader wrote it. What became of it, for the
// log. `outcome`: said instead of the flaw, where more is known, to a reader
// who wrote it.
Result<std::string> tell_reader(WriteJob& job, const lists::List& list, const mail::Address& reader,
                                std::string_view digest, pipeline::ReplyFlaw flaw,
                                const std::optional<std::string>& message_id,
                                const std::string& outcome = {});

// An order's token (daemon/mail_orders.h), as it was sent.
struct SentToken {
  std::string digest, person;  // the key of its reader
  Instant expires{};
  bool used = false;
};
// What a reply has to begin with, by what the letter of its token offers.
constexpr std::string_view kConfirmOrCancel =
    "the first line of your reply must be one of the words confirm and cancel, alone";
// nullopt: it is good, comes from its reader and has a command. Else it was answered, and that is for the
// log. `words`: such a sentence, for a reply without a command.
Result<std::optional<std::string>> turned_away(WriteJob& job, const pipeline::MailOrder& order,
                                               const SentToken& token, std::string_view words,
                                               const std::string& message_id);
// Its reader, of an order that was not turned away.
const mail::Address& sender_of(const pipeline::MailOrder& order, const SentToken& token);

// Says that an order was not carried out. The token stays good, so that its reader can try again; five such
// letters a day for each.
Result<void> tell_refused(WriteJob& job, const pipeline::MailOrder& order, const SentToken& token,
                          const std::string& subject, const std::string& outcome,
                          const std::string& message_id);

}  // namespace breakwater::daemon
