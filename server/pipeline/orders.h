// Commands in mails that carry a token, to list-request+token@ and list-confirm+token@: what somebody
// means, in English or German whatever the letter's language; one vocabulary for both. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace breakwater::pipeline {

enum class Word { confirm, cancel, release, discard, reject, divert, freeze, thaw };
std::string_view name_of(Word word);

struct Command {
  Word word = Word::confirm;
  std::string reason{};  // of `reject`; may be empty
  friend bool operator==(const Command&, const Command&) = default;
};

// The subject when it is the word and nothing else (a mailto link), else the first line of the body's own
// text when it is; case, trailing dots and spaces do not count. Only `reject` is followed by something, with
// or without a colon: the reason that its author will read, else that is what stands below; one line of at
// most max_reason bytes. nullopt: no command. A message that a program wrote (machine.h) is not to be asked
// at all.
constexpr std::size_t max_reason = 500;
std::optional<Command> read_order(std::string_view message);

// The answer to a letter about joining or leaving, sent to list-confirm+token@: the word where a Word may
// stand, and all that follows it, for a rejection's reason. A reply without the word is none: many a holiday
// note is a reply to whatever came.
enum class TokenWord { confirm, approve, reject };
struct TokenReply {
  std::optional<TokenWord> word;
  std::string text;  // one line, at most max_reason bytes
};
TokenReply read_token_reply(std::string_view message);

}  // namespace breakwater::pipeline
