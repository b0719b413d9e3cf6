// Blanks and controls of a text that is read word by word. Pure.
#pragma once

#include <string>
#include <string_view>

namespace breakwater::mail {

// `text`, with each blank of Unicode (no-break, narrow, ideographic, ...) a space, without what has no width,
// and each control or direction mark as U+FFFD: a command with one of these is not what its reader sees, and
// is not to become another one by leaving it out. Line ends and what is no UTF-8 stay.
std::string plain_blanks(std::string_view text);

}  // namespace breakwater::mail
