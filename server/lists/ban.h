// Who may not join: an address, or all of a domain. Pure.
//
// Written "ann@example.org", "@example.org" (this domain) or "@.example.org" (domains below it). Looked up,
// not matched: the few keys that would ban an address are asked for, so a ban list may be as long as it
// likes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mail/address.h"
#include "terms/result.h"

namespace breakwater::lists {

// The key under which a ban is kept: an address's key, "@" or "@." and the domain in A-labels, lower case.
// Errors: Fault::invalid, naming the flaw. A whole top-level domain ("@.org", "@org") is one.
Result<std::string> parse_ban(std::string_view text);

// The keys that ban this address, nearest first; one for each label of its domain and two more.
std::vector<std::string> ban_keys(const mail::Address& address);

}  // namespace breakwater::lists
