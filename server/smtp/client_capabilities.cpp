#include "smtp/client_capabilities.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace breakwater::smtp {
namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return upper(x) == upper(y); });
}

// The next word; `rest` loses it and the blanks around it.
std::string_view word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  const std::string_view found = rest.substr(0, rest.find_first_of(" \t"));
  rest.remove_prefix(found.size());
  return found;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void take_auth(std::string_view rest, Capabilities& offered) {
  for (auto mechanism = word(rest); !mechanism.empty(); mechanism = word(rest)) {
    if (same(mechanism, "PLAIN")) offered.auth_plain = true;
    if (same(mechanism, "LOGIN")) offered.auth_login = true;
  }
}

void take_limits(std::string_view rest, Capabilities& offered) {
  for (auto limit = word(rest); !limit.empty(); limit = word(rest)) {
    const std::size_t equals = std::min(limit.find('='), limit.size());
    const auto value = number<std::uint32_t>(limit.substr(std::min(equals + 1, limit.size())));
    if (!value || *value == 0) continue;
    if (same(limit.substr(0, equals), "RCPTMAX")) offered.max_recipients = *value;
    if (same(limit.substr(0, equals), "MAILMAX")) offered.max_transactions = *value;
  }
}

}  // namespace

Capabilities parse_capabilities(std::string_view lines) {
  Capabilities offered;
  lines.remove_prefix(std::min(std::min(lines.find('\n'), lines.size()) + 1, lines.size()));
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    std::string_view rest = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    const std::string_view keyword = word(rest);
    if (same(keyword, "PIPELINING")) offered.pipelining = true;
    if (same(keyword, "8BITMIME")) offered.eight_bit = true;
    if (same(keyword, "SMTPUTF8")) offered.smtputf8 = true;
    if (same(keyword, "DSN")) offered.dsn = true;
    if (same(keyword, "STARTTLS")) offered.starttls = true;
    if (same(keyword, "CHUNKING")) offered.chunking = true;
    if (same(keyword, "AUTH")) take_auth(rest, offered);
    if (same(keyword, "LIMITS")) take_limits(rest, offered);
    if (same(keyword, "SIZE")) {
      offered.size = true;
      offered.max_size = number<std::uint64_t>(word(rest)).value_or(0);
    }
  }
  return offered;
}

}  // namespace breakwater::smtp
