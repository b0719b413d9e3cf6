#include "pipeline/bounce_address.h"

#include <algorithm>

namespace breakwater::pipeline {
namespace {

constexpr std::size_t kIdLength = 13;
constexpr std::size_t kDayLength = 3;  // 15 bits of days since 2020: until 2109
constexpr std::size_t kMacLength = 8;  // 40 bits: a guess succeeds once in 10^12
constexpr std::size_t kMaxLocal = 64;  // RFC 5321 4.5.3.1.1
constexpr std::string_view kBounces = "-bounces+";
constexpr auto kFirstDay = std::chrono::sys_days{std::chrono::year{2020} / 1 / 1};

// Text without a day never begins so, so that neither form passes for the other.
constexpr std::string_view kDated = "+";

void append_lower(std::string& out, std::string_view text) {
  for (const char c : text) out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
}

std::string last_digits(std::int64_t number, std::size_t digits) {
  std::string out;
  append_lower(out, std::string_view(format_id(number)).substr(kIdLength - digits));
  return out;
}

// Lower case, since some servers fold local parts; leading zeros dropped, since a local part has 64 octets.
std::string short_form(std::int64_t id) {
  const std::string full = last_digits(id, kIdLength);
  return full.substr(std::min(full.find_first_not_of('0'), kIdLength - 1));
}

std::string day_of(Instant sent) {
  const auto day = std::chrono::floor<std::chrono::days>(sent) - kFirstDay;
  return last_digits(std::clamp<std::int64_t>(day.count(), 0, 0x7FFF), kDayLength);
}

std::string signature(std::string_view text, const Mac& mac) {
  return last_digits(static_cast<std::int64_t>(mac(text) & 0xFF'FFFF'FFFF), kMacLength);
}

std::string dated_signature(std::string_view text, const Mac& mac) {
  return signature(std::string(kDated).append(text), mac);
}

std::optional<std::int64_t> read_short(std::string_view text) {
  if (text.size() > kIdLength) return std::nullopt;
  return parse_id(std::string(kIdLength - text.size(), '0').append(text));
}

bool fits(const lists::List& list, std::size_t token) {
  return list.name.size() + kBounces.size() + token <= kMaxLocal;
}

// What the signature was made over, read: POSTING DAY RECIPIENT?
std::optional<BounceToken> read_dated(std::string_view text) {
  if (text.size() < kIdLength + kDayLength) return std::nullopt;
  const auto posting = parse_id(text.substr(0, kIdLength));
  const auto day = read_short(text.substr(kIdLength, kDayLength));
  const auto recipient = read_short(text.substr(kIdLength + kDayLength));
  if (!posting || !day || !recipient) return std::nullopt;
  return BounceToken{PostingId{*posting}, AddressId{*recipient}, kFirstDay + std::chrono::days{*day}, true};
}

// POSTING RECIPIENT, as it was before there was a day in it.
std::optional<BounceToken> read_undated(std::string_view text) {
  if (text.size() <= kIdLength) return std::nullopt;
  const auto posting = parse_id(text.substr(0, kIdLength));
  const auto recipient = read_short(text.substr(kIdLength));
  if (!posting || !recipient || *recipient == 0) return std::nullopt;
  return BounceToken{PostingId{*posting}, AddressId{*recipient}, time_of_id(*posting), true};
}

}  // namespace

bool signs_bounces(const lists::List& list) { return fits(list, kIdLength + kDayLength + kMacLength); }

std::string bounce_address(const lists::List& list, PostingId posting, const Mac& mac, Instant sent) {
  std::string token = last_digits(posting.value, kIdLength);
  if (signs_bounces(list)) {
    token += day_of(sent);
    token += dated_signature(token, mac);
  }
  if (!fits(list, token.size())) return list.sub_address("bounces");
  return std::string(list.name).append(kBounces).append(token).append("@").append(list.domain);
}

void append_verp(const lists::List& list, PostingId posting, AddressId recipient, const Mac& mac,
                 Instant sent, std::string& out) {
  std::string token = last_digits(posting.value, kIdLength);
  token += day_of(sent);
  token += short_form(recipient.value);
  token += dated_signature(token, mac);
  if (!fits(list, token.size())) {
    out += bounce_address(list, posting, mac, sent);
    return;
  }
  out.append(list.name).append(kBounces).append(token).append("@").append(list.domain);
}

std::optional<BounceToken> read_bounce_token(std::string_view token, const Mac& mac) {
  std::string text;
  append_lower(text, token);
  if (text.size() == kIdLength) {
    const auto posting = parse_id(text);
    if (!posting) return std::nullopt;
    return BounceToken{PostingId{*posting}, {}, time_of_id(*posting), false};
  }
  if (text.size() <= kIdLength + kMacLength) return std::nullopt;
  const std::string given = text.substr(text.size() - kMacLength);
  text.resize(text.size() - kMacLength);
  if (given == dated_signature(text, mac)) return read_dated(text);
  if (given == signature(text, mac)) return read_undated(text);
  return std::nullopt;
}

}  // namespace breakwater::pipeline
