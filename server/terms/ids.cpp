#include "terms/ids.h"

#include <algorithm>

#include "terms/invariant.h"

namespace breakwater {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford: no I, L, O, U
constexpr std::int64_t kEpochMs = 1'577'836'800'000;                       // 2020-01-01T00:00:00Z
constexpr int kEntropyBits = 21;
constexpr std::size_t kLength = 13;  // 13 digits of 5 bits hold 63 bits

int digit_value(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') c = '0';
  if (c == 'I' || c == 'L') c = '1';
  const auto at = kDigits.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

std::int64_t make_id(Instant now, std::uint64_t entropy) {
  // A clock set before 2020 must still give positive, distinct ids.
  const std::int64_t ms = std::max<std::int64_t>(to_ms(now) - kEpochMs, 1);
  constexpr std::uint64_t kMask = (1ULL << kEntropyBits) - 1;
  return ((ms & 0x3FF'FFFF'FFFF) << kEntropyBits) | static_cast<std::int64_t>(entropy & kMask);
}

Instant time_of_id(std::int64_t id) { return from_ms((id >> kEntropyBits) + kEpochMs); }

std::string format_id(std::int64_t id) {
  BREAKWATER_ASSERT(id >= 0);
  std::string text(kLength, '0');
  for (std::size_t at = kLength; at-- > 0; id >>= 5) text[at] = kDigits[static_cast<std::size_t>(id & 31)];
  return text;
}

std::optional<std::int64_t> parse_id(std::string_view text) {
  if (text.size() != kLength) return std::nullopt;
  std::int64_t id = 0;
  for (std::size_t at = 0; at < kLength; ++at) {
    const int value = digit_value(text[at]);
    if (value < 0 || (at == 0 && value > 7)) return std::nullopt;  // the first digit holds only 3 bits
    id = (id << 5) | value;
  }
  return id;
}

}  // namespace breakwater
