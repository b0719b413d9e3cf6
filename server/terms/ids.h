// Strong ids. An id is never a bare integer, and two kinds never mix.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "terms/instant.h"

namespace breakwater {

template <class Tag>
struct Id {
  std::int64_t value = 0;
  constexpr auto operator<=>(const Id&) const = default;
  constexpr explicit operator bool() const { return value != 0; }
};

using ListId = Id<struct ListTag>;
// Domain number in the upper 32 bits, a serial within the domain below: a sorted audience is grouped by
// domain without a join, and neighbours differ by one, so a slice of them packs to about a byte each.
using AddressId = Id<struct AddressTag>;
using DomainId = Id<struct DomainTag>;
// Time-ordered and drawn without coordination (make_id): several nodes may make them at once.
using MessageId = Id<struct MessageTag>;
using PostingId = Id<struct PostingTag>;
using RefusalId = Id<struct RefusalTag>;

constexpr DomainId domain_of(AddressId id) { return DomainId{id.value >> 32}; }
constexpr AddressId make_address_id(DomainId domain, std::uint32_t serial) {
  return AddressId{(domain.value << 32) | static_cast<std::int64_t>(serial)};
}

// 42 bits of milliseconds since 2020, 21 bits of the caller's entropy: positive, sortable by time.
std::int64_t make_id(Instant now, std::uint64_t entropy);

// When it was made; for an id from anywhere, some time.
Instant time_of_id(std::int64_t id);

// The 13-character form people see and type (Crockford base32, upper case; I, L, O read as 1, 1, 0).
std::string format_id(std::int64_t id);
std::optional<std::int64_t> parse_id(std::string_view text);

template <class Tag>
std::string format_id(Id<Tag> id) {
  return format_id(id.value);
}

}  // namespace breakwater

template <class Tag>
struct std::hash<breakwater::Id<Tag>> {
  std::size_t operator()(const breakwater::Id<Tag>& id) const noexcept {
    return std::hash<std::int64_t>{}(id.value);
  }
};
