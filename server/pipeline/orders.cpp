#include "pipeline/orders.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "mail/ascii.h"
#include "mail/header_block.h"
#include "mail/message.h"
#include "mail/own_text.h"
#include "mail/utf8.h"

namespace breakwater::pipeline {
namespace {

// The same at each address with a token; `approve` and `release` are one decision about two sorts of things.
constexpr auto kWords = std::to_array<std::pair<std::string_view, Word>>({
    {"confirm", Word::confirm},     {"yes", Word::confirm},
    {"ja", Word::confirm},          {"bestätigen", Word::confirm},
    {"bestaetigen", Word::confirm}, {"cancel", Word::cancel},
    {"zurückziehen", Word::cancel}, {"zurueckziehen", Word::cancel},
    {"release", Word::release},     {"approve", Word::release},
    {"freigeben", Word::release},   {"zustimmen", Word::release},
    {"discard", Word::discard},     {"verwerfen", Word::discard},
    {"reject", Word::reject},       {"ablehnen", Word::reject},
    {"divert", Word::divert},       {"freeze", Word::freeze},
    {"anhalten", Word::freeze},     {"thaw", Word::thaw},
    {"fortsetzen", Word::thaw},
});
constexpr std::size_t kRead = 2000;  // bytes; the word stands at the very beginning, and a reason

std::string_view without_stops(std::string_view line) {
  line = mail::trimmed(line);
  while (line.ends_with('.')) line = mail::trimmed(line.substr(0, line.size() - 1));
  return line;
}

struct Said {
  Word word = Word::confirm;
  std::string_view behind, below;  // on the word's line; in the text's lines below it
};

// The word, when the line is nothing else; behind `reject` its reason, with or without a colon.
std::optional<Said> word_of(std::string_view line) {
  line = mail::trimmed(line);
  for (const auto& [text, word] : kWords) {
    if (mail::equals_nocase(without_stops(line), text)) return Said{word, {}, {}};
    if (word != Word::reject || !mail::starts_nocase(line, text)) continue;
    std::string_view behind = line.substr(text.size());
    if (behind.find_first_of(" \t:") != 0) continue;
    behind = mail::trimmed(behind);
    if (behind.starts_with(':')) behind = mail::trimmed(behind.substr(1));
    return Said{word, behind, {}};
  }
  return std::nullopt;
}

// Of what somebody wrote: the subject, else the first line of `text` that is not empty.
std::optional<Said> said_in(std::string_view subject, std::string_view text) {
  if (auto said = word_of(subject)) {
    said->below = text;
    return said;
  }
  text = text.substr(std::min(text.find_first_not_of(" \t\n"), text.size()));
  const auto end = std::min(text.find('\n'), text.size());
  auto said = word_of(text.substr(0, end));
  if (said) said->below = mail::trimmed(text.substr(end));
  return said;
}

std::string subject_of(std::string_view message) {
  const auto block = mail::HeaderBlock::parse(message);
  const auto* const subject = block.find("Subject");
  return subject == nullptr ? std::string() : mail::readable(subject->body, kRead);
}

std::string one_line(std::string_view text) { return mail::printable(mail::trimmed(text), max_reason); }

std::optional<TokenWord> token_word_of(Word word) {
  switch (word) {
    case Word::confirm: return TokenWord::confirm;
    case Word::release: return TokenWord::approve;
    case Word::reject: return TokenWord::reject;
    case Word::cancel:
    case Word::discard:
    case Word::divert:
    case Word::freeze:
    case Word::thaw: break;
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Word word) {
  switch (word) {
    case Word::confirm: return "confirm";
    case Word::cancel: return "cancel";
    case Word::release: return "release";
    case Word::discard: return "discard";
    case Word::reject: return "reject";
    case Word::divert: return "divert";
    case Word::freeze: return "freeze";
    case Word::thaw: return "thaw";
  }
  return "unknown";
}

std::optional<Command> read_order(std::string_view message) {
  const std::string text = mail::own_text(message, kRead);
  const std::string subject = subject_of(message);
  const auto said = said_in(subject, text);
  if (!said) return std::nullopt;
  if (said->word != Word::reject) return Command{said->word};
  const std::string reason = one_line(said->behind);
  return Command{said->word, reason.empty() ? one_line(said->below) : reason};
}

TokenReply read_token_reply(std::string_view message) {
  const std::string text = mail::own_text(message, kRead);
  const std::string subject = subject_of(message);
  const auto said = said_in(subject, text);
  TokenReply reply;
  if (said) reply.word = token_word_of(said->word);
  if (reply.word) reply.text = one_line(std::string(said->behind).append(" ").append(said->below));
  return reply;
}

}  // namespace breakwater::pipeline
