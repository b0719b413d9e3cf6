// Base64 of an AUTH exchange (RFC 4954 4, RFC 4648 4): strict, without line breaks. Pure functions on views.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace breakwater::smtp {

std::string encode_base64(std::string_view bytes);

// nullopt when it is not base64: a foreign character, missing or misplaced padding, bits left over that are
// not zero (RFC 4648 3.5: each value has one spelling, so that nothing can be hidden in the padding). ""
// gives "".
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace breakwater::smtp
