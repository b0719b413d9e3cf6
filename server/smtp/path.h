// Paths of MAIL and RCPT: RFC 5321 4.1.2, with RFC 6531 for UTF-8. Pure functions on views.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "terms/result.h"

namespace breakwater::smtp {

struct Mailbox {
  std::string local;  // unquoted: "a b" is stored as a b
  std::string
      domain;  // as written; "[192.0.2.1]" for an address literal; empty only for RCPT TO:<postmaster>

  std::string text() const;  // local@domain, the local part quoted where it must be
  bool operator==(const Mailbox&) const = default;
};

// The text between '<' and '>', which it does not include. `utf8`: SMTPUTF8 was given; without it a non-ASCII
// byte is an error. `postmaster` alone is accepted as a recipient (RFC 5321 4.1.1.3). Path at most 256 bytes
// with its brackets (4.5.3.1.3), a label at most 63. The 64 bytes of a local part (4.5.3.1.1) are what
// everyone must be able to take, not a limit to refuse at: reverse-paths made by SRS and by bounce tracking
// are often longer. Errors: Fault::invalid with what is wrong; Fault::denied for a source route
// ("@a,@b:u@c"), which is refused, not stripped: the domain that is checked is the domain that was meant.
Result<Mailbox> parse_mailbox(std::string_view text, bool utf8);

// A domain of RFC 5321 4.1.2 (with U-labels when `utf8`), or an address literal in its brackets.
bool is_domain(std::string_view text, bool utf8);
bool is_address_literal(std::string_view text);

}  // namespace breakwater::smtp
