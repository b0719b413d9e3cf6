#include "lists/unsubscribe_token.h"

#include <algorithm>
#include <array>

#include "mail/transfer_encoding.h"

namespace breakwater::lists {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kNamed = 1 + 8 + 8;  // what is signed: version, list, member
constexpr std::size_t kBytes = kNamed + 16;
static_assert(kBytes * 4 == unsubscribe_token_size * 3);  // no padding, so no second spelling

using Signature = std::array<char, kBytes - kNamed>;

void put_number(char* at, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) *at++ = static_cast<char>(value >> shift & 0xFF);
}

std::uint64_t number_at(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (const char c : bytes.substr(at, 8)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

// The words keep it apart from whatever else is signed with the same key (bounce addresses).
Signature signature(std::string_view named, const Mac& mac) {
  Signature out{};
  char* at = out.data();
  for (const std::string_view half : {"unsubscribe, left: ", "unsubscribe, right: "}) {
    std::array<char, 20 + kNamed> text{};
    std::copy(half.begin(), half.end(), text.begin());
    std::copy(named.begin(), named.end(), text.begin() + static_cast<std::ptrdiff_t>(half.size()));
    put_number(at, mac({text.data(), half.size() + named.size()}));
    at += 8;
  }
  return out;
}

// RFC 4648 5, without padding: the bytes are a multiple of three.
void append_base64url(const std::array<char, kBytes>& bytes, std::string& out) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const auto byte = [&](std::size_t at) {
    return static_cast<unsigned>(static_cast<unsigned char>(bytes[at]));
  };
  for (std::size_t at = 0; at < kBytes; at += 3) {
    const unsigned group = byte(at) << 16 | byte(at + 1) << 8 | byte(at + 2);
    for (int shift = 18; shift >= 0; shift -= 6) out += kDigits[group >> shift & 63];
  }
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

void append_unsubscribe_token(const UnsubscribeToken& token, const Mac& mac, std::string& out) {
  std::array<char, kBytes> bytes{kVersion};
  put_number(bytes.data() + 1, static_cast<std::uint64_t>(token.list.value));
  put_number(bytes.data() + 9, static_cast<std::uint64_t>(token.member.value));
  const Signature end = signature({bytes.data(), kNamed}, mac);
  std::copy(end.begin(), end.end(), bytes.begin() + kNamed);
  append_base64url(bytes, out);
}

std::string make_unsubscribe_token(const UnsubscribeToken& token, const Mac& mac) {
  std::string text;
  append_unsubscribe_token(token, mac, text);
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
  const Signature wanted = signature(named, mac);
  if (!equal_in_constant_time(std::string_view(bytes).substr(kNamed), {wanted.data(), wanted.size()}))
    return std::nullopt;
  return UnsubscribeToken{ListId{static_cast<std::int64_t>(number_at(named, 1))},
                          AddressId{static_cast<std::int64_t>(number_at(named, 9))}};
}

}  // namespace breakwater::lists
