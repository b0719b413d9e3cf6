// The phrases by which mail systems say what happened, in the languages they say it in, and the codes. Pure;
// tables without state. Texts are compared by phrase_key() of bounce_source.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace breakwater::mail {

enum class Phrases {
  daemon,          // of a mail system, in From
  bounce_subject,  // at the beginning of a subject
  delay_subject,
  other_subject,  // of a vacation reply, a receipt, a report of success, a notice of spam or a virus
  failure,        // a message was not delivered
  delay,          // it may still be
  vacation,       // a person is away
  challenge,      // it asks the sender to do something, and the message is waiting
  original,       // in a line behind which the original is returned
  forwarded,      // in a line behind which a person forwards something
  reason,         // why, in a line with the address
  label,          // before the address
  not_it,         // before an address that is someone else's
  not_it_near,    // in the sentence of such an address
  success,        // in the line of an address that was reached
  temporary_word,
  permanent_word,
};

bool says(std::string_view key, Phrases phrases);
bool begins_with(std::string_view key, Phrases phrases);
bool ends_with(std::string_view key, Phrases phrases);

struct ReplyCodes {
  std::string status;                     // the first "5.1.1" of a failure; empty: none
  std::optional<int> reply;               // the first SMTP reply code of 400 to 599
  std::optional<bool> permanent() const;  // by the status, else by the code
};
ReplyCodes codes_in(std::string_view text);

// By what the text says; nullopt: nothing of the kind.
std::optional<bool> permanent_by_words(std::string_view key);

}  // namespace breakwater::mail
