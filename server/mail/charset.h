// Text in the charsets mail comes in, to UTF-8. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace breakwater::mail {

// nullopt: the charset is not known here, or the bytes are no text in it. Names compare case-insensitively.
std::optional<std::string> to_utf8(std::string_view bytes, std::string_view charset);

// The other way: valid UTF-8 to a charset that extends ASCII. nullopt: it is none, or lacks a character.
std::optional<std::string> from_utf8(std::string_view text, std::string_view charset);

// Every byte below 0x80 is the ASCII character, wherever it stands: ASCII text may be added to text in it.
bool extends_ascii(std::string_view charset);

}  // namespace breakwater::mail
