// Content-transfer-encodings (RFC 2045 6), to bytes and from bytes. Pure functions; decoding never fails:
// what is not of the alphabet is skipped or kept, as RFC 2045 says.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace breakwater::mail {

std::string decode_base64(std::string_view text);
std::string encode_base64(std::string_view bytes);        // without line ends
std::string encode_base64_lines(std::string_view bytes);  // in lines of 76 with CRLF, also at the end
std::string decode_quoted_printable(std::string_view text);
// `text` has CRLF line ends, which stay; other CR and LF, controls, non-ASCII and blanks at a line's end are
// encoded, as are a "From " and a lone dot at a line's beginning. Lines are at most 76 long.
std::string encode_quoted_printable(std::string_view text);

// The value of a hexadecimal digit; nullopt: it is none.
std::optional<unsigned> hex_value(char c);
// Two hexadecimal digits, upper case.
std::string hex_byte(char c);

}  // namespace breakwater::mail
