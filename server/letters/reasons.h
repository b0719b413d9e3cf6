// The reasons that the server gives for what it does with a message, in the language of a letter. They are
// kept and shown in English everywhere else (`breakwater why`, the log, SMTP replies), so that one can be
// searched for; a letter is read by people. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace breakwater::letters {

// What is not known (a moderator's or administrator's own words), or not in that language, stays as it is.
std::string reason_text(std::string_view reason, std::string_view language);

// A sentence with holes: {p1} people, {n1} a number, {d1} a decimal, {w1} whose budget, {s1} anything.
struct Sentence {
  std::string_view english, german;  // in which the holes are {1}, {2}, ...
};
std::span<const Sentence> reason_sentences();  // for the test that holds them against the code

}  // namespace breakwater::letters
