#include "config/units.h"

#include <array>
#include <utility>

namespace breakwater::config {
namespace {

constexpr std::int64_t most_ms = 10'000LL * 24 * 3600 * 1000;
constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> duration_units = {
    {{"d", 24LL * 3600 * 1000}, {"h", 3600LL * 1000}, {"m", 60LL * 1000}, {"s", 1000}, {"ms", 1}}};

constexpr std::int64_t kibi = 1024;
constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> binary_units = {
    {{"TiB", kibi* kibi* kibi* kibi},
     {"GiB", kibi* kibi* kibi},
     {"MiB", kibi* kibi},
     {"KiB", kibi},
     {"B", 1}}};
constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> decimal_units = {
    {{"TB", 1'000'000'000'000}, {"GB", 1'000'000'000}, {"MB", 1'000'000}, {"kB", 1000}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_word(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

struct Part {
  std::int64_t number = 0;
  std::string_view unit;
};

// One number and its unit off the front; twelve digits at most, so that the checks of the products can hold.
std::optional<Part> take_part(std::string_view& text) {
  Part part;
  std::size_t at = 0;
  while (at < text.size() && is_digit(text[at])) {
    if (at == 12) return std::nullopt;
    part.number = part.number * 10 + (text[at++] - '0');
  }
  if (at == 0) return std::nullopt;
  if (at < text.size() && text[at] == ' ') ++at;
  const std::size_t begin = at;
  while (at < text.size() && is_letter(text[at])) ++at;
  part.unit = text.substr(begin, at - begin);
  text.remove_prefix(at);
  return part;
}

}  // namespace

std::optional<std::int64_t> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t sum = 0;
  std::size_t next_unit = 0;  // each unit once, largest first: "30m1h" is more likely a slip than a wish
  while (!text.empty()) {
    const auto part = take_part(text);
    if (!part) return std::nullopt;
    while (next_unit < duration_units.size() && duration_units[next_unit].first != part->unit) ++next_unit;
    if (next_unit == duration_units.size()) return std::nullopt;
    const std::int64_t unit = duration_units[next_unit++].second;
    if (part->number > most_ms / unit) return std::nullopt;
    sum += part->number * unit;
  }
  if (sum > most_ms) return std::nullopt;
  return sum;
}

std::string format_duration(std::int64_t ms) {
  std::string out;
  for (const auto& [name, unit] : duration_units) {
    const std::int64_t count = ms / unit;
    if (count == 0) continue;
    out += std::to_string(count);
    out += name;
    ms -= count * unit;
  }
  return out.empty() ? "0s" : out;
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  const auto part = take_part(text);
  if (!part || !text.empty()) return std::nullopt;
  const auto product = [&](std::int64_t unit) -> std::optional<std::int64_t> {
    if (part->number > (std::int64_t{1} << 62) / unit) return std::nullopt;
    return part->number * unit;
  };
  for (const auto& [name, unit] : binary_units) {
    if (same_word(name, part->unit)) return product(unit);
  }
  for (const auto& [name, unit] : decimal_units) {
    if (same_word(name, part->unit)) return product(unit);
  }
  return std::nullopt;
}

std::string format_size(std::int64_t bytes) {
  for (const auto& [name, unit] : binary_units) {
    if (bytes >= unit && bytes % unit == 0) return std::to_string(bytes / unit) + std::string(name);
  }
  return std::to_string(bytes) + "B";
}

}  // namespace breakwater::config
