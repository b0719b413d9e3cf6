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

// The same of what became of a command or an order, which may be a reason besides.
std::string outcome_text(std::string_view outcome, std::string_view language);
// A command as the server wrote it (lists::line_of), in words of that language that it reads too.
std::string command_text(std::string_view line, std::string_view language);
// The same of what is wrong with a source. What another program said stays as it is, in quotation marks.
std::string source_error_text(std::string_view error, std::string_view language);

// A sentence with holes: {p1} people, postings or copies, {n1} a number, {d1} a decimal, {w1} whose budget,
// {a1} an address or what is banned, {y1} a day, {t1} a sentence of these, {s1} anything.
struct Sentence {
  std::string_view english, german;  // in which the holes are {1}, {2}, ...
};
// For the test that holds them against the code.
std::span<const Sentence> reason_sentences();
std::span<const Sentence> outcome_sentences();
std::span<const Sentence> command_sentences();
std::span<const Sentence> source_sentences();
std::span<const Sentence> source_tails();  // what may stand behind one of them

}  // namespace breakwater::letters
