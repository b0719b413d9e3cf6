#include "lists/unsubscribe_token.h"

#include <algorithm>

#include "mail/transfer_encoding.h"

namespace breakwater::lists {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kNamed = 1 + 8 + 8;  // what is signed: version, list, member
constexpr std::size_t kBytes = kNamed + 16;
static_assert(kBytes * 4 == unsubscribe_token_size * 3);  // no padding, so no second spelling

void append_number(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
}

std::uint64_t number_at(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (const char c : bytes.substr(at, 8)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

// The words keep it apart from whatever else is signed with the same key (bounce addresses).
std::string signature(std::string_view named, const Mac& mac) {
  std::string out;
  for (const std::string_view half : {"unsubscribe, left: ", "unsubscribe, right: "}) {
    append_number(out, mac(std::string(half).append(named)));
  }
  return out;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned differing = 0;
  for (std::size_t at = 0; at < a.size(); ++at) {
    differing |= static_cast<unsigned char>(a[at]) ^ static_cast<unsigned char>(b[at]);
  }
  return differing == 0;
}

}  // namespace

std::string make_unsubscribe_token(const UnsubscribeToken& token, const Mac& mac) {
  std::string bytes(1, kVersion);
  append_number(bytes, static_cast<std::uint64_t>(token.list.value));
  append_number(bytes, static_cast<std::uint64_t>(token.member.value));
  std::string text = mail::encode_base64(bytes + signature(bytes, mac));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::optional<UnsubscribeToken> read_unsubscribe_token(std::string_view text, const Mac& mac) {
  if (text.size() != unsubscribe_token_size || text.find_first_of("+/=") != std::string_view::npos)
    return std::nullopt;
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '-', '+');
  std::replace(plain.begin(), plain.end(), '_', '/');
  // Characters of no alphabet are skipped by it: then there are too few bytes.
  const std::string bytes = mail::decode_base64(plain);
  if (bytes.size() != kBytes || bytes.front() != kVersion) return std::nullopt;
  const std::string_view named = std::string_view(bytes).substr(0, kNamed);
  if (!equal_in_constant_time(std::string_view(bytes).substr(kNamed), signature(named, mac)))
    return std::nullopt;
  return UnsubscribeToken{ListId{static_cast<std::int64_t>(number_at(named, 1))},
                          AddressId{static_cast<std::int64_t>(number_at(named, 9))}};
}

}  // namespace breakwater::lists
