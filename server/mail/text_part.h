// Text as a MIME entity that any server passes on unchanged: 7 bits, short lines (RFC 2045). Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace breakwater::mail {

// '\n', "\r\n" and lone '\r' become CRLF, controls but tabs a space, and the last line gets its end.
std::string with_crlf(std::string_view text);

// A line is longer than RFC 5322 2.1.1 lets it be; `text` has CRLF line ends.
bool has_long_line(std::string_view text);

// Content-Type and Content-Transfer-Encoding, the empty line, the body. 7bit where the text allows it, else
// quoted-printable, or base64 where that is shorter. `text` is UTF-8 with any line ends.
std::string text_part(std::string_view text);

}  // namespace breakwater::mail
