// Addresses as headers and files write them (RFC 5322 3.4, RFC 6532) and as members are told apart.
// Pure functions on views; each has a fuzz target.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "terms/result.h"

namespace breakwater::mail {

struct Address {
  std::string mailbox;  // local@domain as it will be written into RCPT TO; the domain as A-labels, lower case
  std::string key;      // what makes two addresses one member: local part NFC and case-folded, '@', domain
  std::string domain;   // A-labels, lower case
  bool operator==(const Address& other) const { return key == other.key; }
};

// One bare addr-spec: "Ann@Example.ORG", "\"a b\"@example.org", "jörg@bücher.example". No display name, no
// comment, no route, no address literal. Errors: Fault::invalid saying what is wrong and where.
Result<Address> parse_address(std::string_view text);

struct NamedAddress {
  std::string name;  // display name, decoded to UTF-8; may be empty
  Address address;
};

// The mailboxes of a From, Sender, To or Cc field body; folding, comments, quoted strings, groups, encoded
// words in display names, at most 10,000 of them. Empty elements and empty groups are nothing, so the result
// may be empty; that there is exactly one From is the caller's rule. Anything on which readers could differ
// (two domains, an unquoted '@' in a name) is an error, since the address that is checked must be the address
// that is used.
Result<std::vector<NamedAddress>> parse_address_list(std::string_view field_body);

// As it is written into a From or To: `"Lee, Ann" <ann@example.org>`; parse_address_list reads it back.
std::string format_address(const NamedAddress& address);

}  // namespace breakwater::mail
