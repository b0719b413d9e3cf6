// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. Pure functions on
// views.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace breakwater::smtp {

bool is_ascii(std::string_view text);

// Length in bytes of the character at `at` (which is below text.size()), and what it is; 0 when it is
// malformed.
std::size_t decode_utf8(std::string_view text, std::size_t at, char32_t& character);

bool is_utf8(std::string_view text);

// `character` must be a scalar value: at most U+10FFFF and no surrogate.
void append_utf8(std::string& out, char32_t character);

// Never part of a mailbox: C0 and C1 controls, line separators, and the bidirectional controls, which make
// one address look like another on a screen or in a log (Unicode TR 36 3.3).
bool is_hidden(char32_t character);

}  // namespace breakwater::smtp
