// What an HTML mail says, as plain text: for counting and for lists of words, not for showing. Pure; linear.
#pragma once

#include <string>
#include <string_view>

namespace breakwater::mail {

// Without tags, scripts, styles, comments and quoted mail (blockquote, and all behind the marks by which
// mail programs begin it); blocks end lines; the common character references decoded. `html` is UTF-8.
std::string html_text(std::string_view html);

}  // namespace breakwater::mail
