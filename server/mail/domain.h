// A domain name as it is looked up and compared: A-labels (IDNA2008, UTS 46 mapping, non-transitional), lower
// case. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "terms/result.h"

namespace breakwater::mail {

// "Bücher.Example" -> "xn--bcher-kva.example". Labels of letters, digits and inner hyphens, at most 63 bytes
// each, 253 in all (RFC 1035 2.3.4, RFC 5321 4.1.2). No address literal, no trailing dot, no last label of
// digits only: that is an IPv4 address to some resolvers. An A-label that is not the one its own text gives
// is refused, since two spellings of a domain would be two domains. Errors: Fault::invalid.
Result<std::string> ascii_domain(std::string_view domain);

}  // namespace breakwater::mail
