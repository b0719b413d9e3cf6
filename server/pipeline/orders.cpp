#include "pipeline/orders.h"

#include <array>
#include <string>

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
constexpr std::size_t kReason = 500;

// "reject: it is about cats" and "reject".
std::optional<Command> rejection(std::string_view line) {
  const auto colon = line.find(':');
  if (!mail::equals_nocase(mail::trimmed(line.substr(0, colon)), name_of(Word::reject))) return std::nullopt;
  if (colon == std::string_view::npos) return Command{Word::reject};
  return Command{Word::reject, mail::printable(mail::trimmed(line.substr(colon + 1)), kReason)};
}

// The word, when the line is nothing else.
std::optional<Command> command_in(std::string_view line) {
  line = mail::trimmed(line);
  if (auto rejected = rejection(line)) return rejected;
  while (line.ends_with('.')) line = mail::trimmed(line.substr(0, line.size() - 1));
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

}  // namespace breakwater::pipeline
