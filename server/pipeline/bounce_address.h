// The list's own reverse-path: list-bounces+TOKEN@domain. The token names the posting, the day on which the
// copy was sent and, in individual mode, the recipient, all signed: a bounce names its member by itself, and
// nobody makes one for another member, nor uses an old one again (VERP). Pure: the keyed hash is passed in.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lists/list.h"
#include "terms/ids.h"
#include "terms/instant.h"

namespace breakwater::pipeline {

// A keyed hash of the text; 40 bits of it are used. Must be unforgeable without the key (HMAC).
using Mac = std::function<std::uint64_t(std::string_view text)>;

// "tech-bounces+01hb3v9zk4q8t2et7m0k9w4x@lists.example": for all recipients of a posting. What is left out
// where the local part would pass 64 octets (RFC 5321 4.5.3.1.1): day and signature with list names over 31
// characters, the token with names over 42.
std::string bounce_address(const lists::List& list, PostingId posting, const Mac& mac, Instant sent);

// The same with the recipient, appended to `out`. Where that would be too long (list names over 20 characters
// or so) it is the address above: the bounce's own text then names the member.
void append_verp(const lists::List& list, PostingId posting, AddressId recipient, const Mac& mac,
                 Instant sent, std::string& out);

// Whether the list's addresses are signed: its name is not too long. Then none without a signature is
// believed.
bool signs_bounces(const lists::List& list);

struct BounceToken {
  PostingId posting;
  AddressId recipient;     // 0: the token does not name one
  Instant sent{};          // the beginning of that day, UTC; where it has none: when the posting was made
  bool is_signed = false;  // false: anybody who knows of the posting could have written it
};
// nullopt: malformed, or the signature does not fit. Reads the form without a day too.
std::optional<BounceToken> read_bounce_token(std::string_view token, const Mac& mac);

}  // namespace breakwater::pipeline
