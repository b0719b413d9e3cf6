// What of a text its sender wrote: without quoted lines, attribution lines, the quoted mail's header, and
// signatures. Pure; linear.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace breakwater::mail {

// `text`: UTF-8 or nearly, any line ends. At most `most` bytes, whole characters, '\n' between lines, without
// controls; never more than one blank line in a row.
std::string unquoted(std::string_view text, std::size_t most);

}  // namespace breakwater::mail
