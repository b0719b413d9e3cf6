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

constexpr std::array<Word, 8> kWords = {Word::confirm, Word::cancel, Word::release, Word::discard,
                                        Word::reject,  Word::divert, Word::freeze,  Word::thaw};
constexpr std::size_t kRead = 1000;  // bytes; the word stands at the very beginning

// "reject: it is about cats" and "reject".
std::optional<Command> rejection(std::string_view line) {
  const auto colon = line.find(':');
  if (!mail::equals_nocase(mail::trimmed(line.substr(0, colon)), name_of(Word::reject))) return std::nullopt;
  if (colon == std::string_view::npos) return Command{Word::reject};
  return Command{Word::reject, mail::printable(mail::trimmed(line.substr(colon + 1)), max_reason)};
}

constexpr auto kTokenWords = std::to_array<std::pair<std::string_view, TokenWord>>({
    {"confirm", TokenWord::confirm},
    {"yes", TokenWord::confirm},
    {"ja", TokenWord::confirm},
    {"bestätigen", TokenWord::confirm},
    {"approve", TokenWord::approve},
    {"zustimmen", TokenWord::approve},
    {"reject", TokenWord::reject},
    {"ablehnen", TokenWord::reject},
});
constexpr std::size_t kReplyRead = 2000;  // bytes; the word, and a reason

std::string_view without_stops(std::string_view line) {
  line = mail::trimmed(line);
  while (line.ends_with('.')) line = mail::trimmed(line.substr(0, line.size() - 1));
  return line;
}

std::optional<TokenWord> token_word_of(std::string_view line) {
  line = without_stops(line);
  for (const auto& [text, word] : kTokenWords) {
    if (mail::equals_nocase(line, text)) return word;
  }
  return std::nullopt;
}

// The word, when the line is nothing else.
std::optional<Command> command_in(std::string_view line) {
  if (auto rejected = rejection(mail::trimmed(line))) return rejected;
  line = without_stops(line);
  for (const Word word : kWords) {
    if (mail::equals_nocase(line, name_of(word))) return Command{word};
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
  const auto block = mail::HeaderBlock::parse(message);
  if (const auto* subject = block.find("Subject")) {
    if (auto command = command_in(mail::readable(subject->body, kRead))) return command;
  }
  const std::string text = mail::own_text(message, kRead);
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const std::string_view line = mail::trimmed(rest.substr(0, end));
    if (!line.empty()) return command_in(line);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return std::nullopt;
}

TokenReply read_token_reply(std::string_view message) {
  const auto block = mail::HeaderBlock::parse(message);
  const std::string text = mail::own_text(message, kReplyRead);
  TokenReply reply;
  if (const auto* subject = block.find("Subject")) {
    reply.word = token_word_of(mail::readable(subject->body, kRead));
  }
  std::string_view rest = text;
  if (!reply.word) {
    rest = rest.substr(std::min(rest.find_first_not_of(" \t\n"), rest.size()));
    const std::size_t end = std::min(rest.find_first_of("\n:"), rest.size());
    reply.word = token_word_of(rest.substr(0, end));
    rest = rest.substr(std::min(end + 1, rest.size()));
  }
  if (reply.word) reply.text = mail::printable(mail::trimmed(rest), max_reason);
  return reply;
}

}  // namespace breakwater::pipeline
