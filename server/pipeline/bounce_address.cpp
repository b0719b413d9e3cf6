#include "pipeline/bounce_address.h"

#include <algorithm>

namespace breakwater::pipeline {
namespace {

constexpr std::size_t kIdLength = 13;
constexpr std::size_t kMacLength = 8;  // 40 bits: a guess succeeds once in 10^12
constexpr std::size_t kMaxLocal = 64;  // RFC 5321 4.5.3.1.1
constexpr std::string_view kBounces = "-bounces+";

void append_lower(std::string& out, std::string_view text) {
  for (const char c : text) out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
}

// Lower case, since some servers fold local parts; leading zeros dropped, since a local part has 64 octets.
std::string short_form(std::int64_t id) {
  const std::string full = format_id(id);
  std::string out;
  append_lower(out, std::string_view(full).substr(std::min(full.find_first_not_of('0'), kIdLength - 1)));
  return out;
}

std::string signature(std::string_view text, const Mac& mac) {
  const std::string full = format_id(static_cast<std::int64_t>(mac(text) & 0xFF'FFFF'FFFF));
  std::string out;
  append_lower(out, std::string_view(full).substr(kIdLength - kMacLength));
  return out;
}

std::optional<std::int64_t> read_short(std::string_view text) {
  if (text.empty() || text.size() > kIdLength) return std::nullopt;
  return parse_id(std::string(kIdLength - text.size(), '0').append(text));
}

}  // namespace

std::string bounce_address(const lists::List& list, PostingId posting) {
  std::string out = list.name;
  out += kBounces;
  append_lower(out, format_id(posting));
  return out.append("@").append(list.domain);
}

void append_verp(const lists::List& list, PostingId posting, AddressId recipient, const Mac& mac,
                 std::string& out) {
  std::string token;
  append_lower(token, format_id(posting));
  token += short_form(recipient.value);
  token += signature(token, mac);
  if (list.name.size() + kBounces.size() + token.size() > kMaxLocal) {
    out += bounce_address(list, posting);
    return;
  }
  out.append(list.name).append(kBounces).append(token).append("@").append(list.domain);
}

std::optional<BounceToken> read_bounce_token(std::string_view token, const Mac& mac) {
  if (token.size() < kIdLength) return std::nullopt;
  const auto posting = parse_id(token.substr(0, kIdLength));
  if (!posting) return std::nullopt;
  if (token.size() == kIdLength) return BounceToken{PostingId{*posting}, {}};
  if (token.size() <= kIdLength + kMacLength) return std::nullopt;
  std::string signed_part;
  append_lower(signed_part, token.substr(0, token.size() - kMacLength));
  std::string given;
  append_lower(given, token.substr(token.size() - kMacLength));
  const auto recipient = read_short(std::string_view(signed_part).substr(kIdLength));
  if (!recipient || *recipient == 0 || given != signature(signed_part, mac)) return std::nullopt;
  return BounceToken{PostingId{*posting}, AddressId{*recipient}};
}

}  // namespace breakwater::pipeline
