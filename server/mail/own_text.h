// What the sender of a message wrote themselves, for the storm guard: the first text part, decoded to UTF-8,
// without what it quotes and without the program's attribution line. Pure; bounded whatever comes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace breakwater::mail {

// At most `most` bytes, whole characters, '\n' line ends. text/plain where there is one, else text/html with
// its tags taken off; empty where there is neither. Lines that begin with '>' and everything from
// "-----Original Message-----", "On ... wrote:" and their like in other languages on is left out.
std::string own_text(std::string_view message, std::size_t most);

}  // namespace breakwater::mail
