// Paths of MAIL and RCPT: RFC 5321 4.1.2, with RFC 6531 for UTF-8. Pure functions on views.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "terms/result.h"

namespace breakwater::smtp {

struct Mailbox {
  std::string local;   // unquoted: "a b" is stored as a b
  std::string domain;  // as written; "[192.0.2.1]" for an address literal; empty only for RCPT TO:<postmaster>

  std::string text() const;  // local@domain, the local part quoted where it must be
  bool operator==(const Mailbox&) const = default;
};

// The text between '<' and '>', which it does not include. A source route ("@a,@b:u@c") is refused, not stripped.
// Errors: Fault::invalid with what is wrong. `utf8`: SMTPUTF8 was given; without it a non-ASCII byte is an error.
// `postmaster` alone is accepted as a recipient (RFC 5321 4.1.1.3). Local part at most 64, domain 255, path 256 bytes.
Result<Mailbox> parse_mailbox(std::string_view text, bool utf8);

}  // namespace breakwater::smtp
