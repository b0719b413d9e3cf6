// Letters: what the server writes to senders and moderators in a storm, as postings of their own with the
// null reverse-path, and the tokens that some of them carry. Inside the write job that led to them, so that
// letter, token and what they are about are committed together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/write_job.h"
#include "lists/list.h"
#include "mail/address.h"
#include "mail/message.h"
#include "pipeline/letters.h"
#include "pipeline/verdict.h"
#include "store/spool.h"

namespace breakwater::daemon {

// How long a link in a letter to moderators is good for.
inline constexpr Duration kModeratorsTime = std::chrono::hours(24 * 14);

// 26 characters, 130 bits from the system's generator; lower case, since some servers fold a local part. Only
// its digest is stored: who reads the database cannot give orders.
std::string new_token();
std::string token_digest(std::string_view token);

// What a letter is about: a posting as it stands in the store.
struct About {
  const lists::List* list = nullptr;
  const store::Posting* posting = nullptr;
  std::string own_text;
  const lists::Audience* audience = nullptr;  // with the lists in it; or nullptr
};
Result<void> write_letters(WriteJob& job, const About& about, const std::vector<pipeline::Letter>& letters);

// A letter about the list itself, to one person: its facts as far as the list says them, and its posting.
// What they do not say yet the caller adds between the two.
pipeline::LetterFacts facts_of(const lists::List& list, const mail::Address& to);
Result<void> post_letter(WriteJob& job, std::string_view name, const pipeline::LetterFacts& facts,
                         const mail::Address& to, const lists::List& list, std::string reason);

// The answer to a command, or to several orders (`command` is empty then): what came of each. `next_command`:
// its reader may give one more command about the list (thaw after freeze).
Result<void> write_outcome(WriteJob& job, const lists::List& list, const mail::Address& to,
                           const std::string& command, const std::string& in_reply_to,
                           const std::vector<std::string>& outcomes, bool next_command);

// To the author of a posting that nobody will get: the letter of that name, with the reason. False: none was
// written, since From and reverse-path do not name the same person.
Result<bool> write_to_author(WriteJob& job, const store::Posting& posting, std::string_view letter,
                             const std::string& reason);

// A letter as a posting of its own: to `audience`, of the list. Only a probe's bounces come back to us.
Result<PostingId> post_own(WriteJob& job, const mail::Notice& notice, const lists::Audience& audience,
                           const lists::List& list, store::PostingKind kind, std::string reason);

}  // namespace breakwater::daemon
