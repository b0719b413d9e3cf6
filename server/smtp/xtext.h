// xtext of RFC 3461 4: what ENVID and ORCPT are spelled in, and AUTH= of RFC 4954. Pure functions on views.
#pragma once

#include <string>
#include <string_view>

#include "terms/result.h"

namespace breakwater::smtp {

// Everything but printable ASCII without '+' and '=' becomes +HH.
std::string encode_xtext(std::string_view text);

// What it decodes to is printable ASCII, spaces included: RFC 3461 wants no more, and nothing that is decoded
// here can put a line end into a header or a log later on. Errors: Fault::invalid.
Result<std::string> decode_xtext(std::string_view text);

// The value of ORCPT (RFC 3461 4.2; RFC 6533 3 for "utf-8", where \x{HEX} stands for a character):
// "rfc822;user+2Bx@example.org" gives "rfc822;user+x@example.org". `utf8`: the transaction has SMTPUTF8, so
// that raw UTF-8 may come too. Errors: Fault::invalid.
Result<std::string> decode_orcpt(std::string_view value, bool utf8);

}  // namespace breakwater::smtp
