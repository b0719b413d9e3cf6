// Commands in mails to list-request+token@: which one word somebody means. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace breakwater::pipeline {

enum class Word { confirm, cancel, release, discard, divert, freeze, thaw };
std::string_view name_of(Word word);

// The subject when it is the word and nothing else (a mailto link), else the first line of the body's own
// text when it is; case, trailing dots and spaces do not count. nullopt: no command. A message that a program
// wrote (machine.h) is not to be asked at all.
std::optional<Word> read_order(std::string_view message);

}  // namespace breakwater::pipeline
