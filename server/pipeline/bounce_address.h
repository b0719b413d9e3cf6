// The list's own reverse-path: list-bounces+TOKEN@domain. The token names the posting and, in individual
// mode, the recipient, signed, so that a bounce names its member by itself and cannot be forged for another
// (VERP). Pure: the keyed hash is passed in.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lists/list.h"
#include "terms/ids.h"

namespace breakwater::pipeline {

// A keyed hash of the text; 40 bits of it are used. Must be unforgeable without the key (HMAC).
using Mac = std::function<std::uint64_t(std::string_view text)>;

// "tech-bounces+01HB3V9ZK4Q8T@lists.example": for all recipients of a posting.
std::string bounce_address(const lists::List& list, PostingId posting);

// The same with recipient and signature, appended to `out`. Where the local part would pass 64 octets (RFC
// 5321 4.5.3.1.1; list names over 20 characters or so) it is the address above: the bounce's own text then
// names the member.
void append_verp(const lists::List& list, PostingId posting, AddressId recipient, const Mac& mac,
                 std::string& out);

struct BounceToken {
  PostingId posting;
  AddressId recipient;  // 0: the token does not name one
};
// nullopt: malformed, or the signature does not fit.
std::optional<BounceToken> read_bounce_token(std::string_view token, const Mac& mac);

}  // namespace breakwater::pipeline
