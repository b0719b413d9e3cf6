// What the phrases and the codes in a report's text mean. Pure; keys are those of phrase_key() in
// bounce_source.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mail/bounce_phrases.h"

namespace breakwater::mail {

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
