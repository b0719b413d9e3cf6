// What the sender of a message wrote themselves, for the storm guard: the first text part, decoded to UTF-8,
// without what it quotes and without the program's attribution line. Pure; bounded whatever comes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "mail/header_block.h"

namespace breakwater::mail {

// At most `most` bytes, whole characters, '\n' line ends, no controls. text/plain where there is one, else
// text/html with its tags taken off; empty where there is neither. Left out are lines that begin with '>',
// the attribution above them ("On ... wrote:" and its like in other languages), a signature ("-- ") and what
// comes below it, and all from "-----Original Message-----", a quoted header, or an attribution on that no
// '>' follows. Looks at the first megabyte of a message and 64 KiB of a part.
std::string own_text(std::string_view message, std::size_t most);
std::string own_text(const HeaderBlock& block, std::size_t most);  // of a message that is parsed already

// The same in whole lines, for what is carried out line by line: half an address is another one. Soft line
// breaks are taken out (RFC 3676), blanks and controls are as blanks.h has them.
struct OwnLines {
  std::string text;
  bool cut = false;  // there was more of it, or it begins too far behind in the message
};
OwnLines own_lines(std::string_view message, std::size_t most);

// The same part whole, with what it quotes: lines ending in '\n', without controls. Its first 64 KiB.
struct WholeText {
  std::string text;
  bool cut = false;  // there was more of it
};
WholeText whole_text(std::string_view message);

}  // namespace breakwater::mail
