// The phrases by which mail systems say what happened to a message, in the languages they say it in. Constant
// tables: what is missing is added there, not in code. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace breakwater::mail {

enum class Phrases {
  daemon,          // of a mail system, in From
  role,            // of whoever is no person, in From
  bounce_subject,  // at the beginning of a subject
  delay_subject,
  other_subject,   // of a vacation reply, a receipt, a report of success, a notice of spam or a virus
  failure,         // a message was not delivered; also in words that have other meanings
  undelivered,     // the same, in words that hardly have
  delay,           // it may still be delivered
  vacation,        // a person is away, or has gone
  challenge,       // the sender is to do something, and the message waits
  machine,         // of a report, which speaks of messages and recipients
  person,          // of somebody who asks about one
  listing,         // in a line above those who were not reached
  original,        // in a line behind which the original is returned
  forwarded,       // in a line behind which a person forwards something
  reason,          // why, beside the address
  label,           // before the address
  not_it,          // right before an address that is someone else's
  not_it_near,     // in the sentence before such an address
  success,         // in the line of an address that was reached
  temporary_word,  // full mailboxes, delays
  hard_word,       // nobody of that name
  passing_word,    // connections and time
  permanent_word,
};

// Each as phrase_key() of bounce_source.h gives it.
const std::vector<std::string>& keys_in(Phrases which);

}  // namespace breakwater::mail
