// The token in a List-Unsubscribe URL (RFC 8058): it names list and member and is signed, so that one click
// takes that member off that list and nobody else, years later too, without a row in the database. Pure: the
// keyed hash is passed in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "terms/ids.h"

namespace breakwater::lists {

// A keyed hash of the text, all 64 bits of it unforgeable without the key (HMAC); called twice a token, with
// texts that nothing else signs, which makes 128.
using Mac = std::function<std::uint64_t(std::string_view text)>;

struct UnsubscribeToken {
  ListId list;
  AddressId member;
  bool operator==(const UnsubscribeToken&) const = default;
};

constexpr std::size_t unsubscribe_token_size = 44;

// 44 characters of A-Z a-z 0-9 - _ (base64url, RFC 4648 5): a version, both ids, the signature.
std::string make_unsubscribe_token(const UnsubscribeToken& token, const Mac& mac);
// The same behind what is in `out`: without an allocation of its own, for a million copies.
void append_unsubscribe_token(const UnsubscribeToken& token, const Mac& mac, std::string& out);

// nullopt: not of this form, of another version, or the signature is not that of this key. The time it takes
// does not depend on how much of the signature fits. There is one text for a token: no other is read as it.
std::optional<UnsubscribeToken> read_unsubscribe_token(std::string_view text, const Mac& mac);

}  // namespace breakwater::lists
