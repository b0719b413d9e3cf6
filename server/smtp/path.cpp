#include "smtp/path.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "smtp/ascii.h"
#include "smtp/utf8.h"
#include "terms/result.h"

namespace breakwater::smtp {
namespace {

constexpr std::size_t max_path = 256 - 2;  // RFC 5321 4.5.3.1.3 counts the brackets
constexpr std::size_t max_domain = 255;    // RFC 5321 4.5.3.1.2
constexpr std::size_t max_label = 63;      // RFC 1035 2.3.4

bool is_atext(char c) {
  return is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_dot_string(std::string_view local) {
  if (local.empty() || local.front() == '.' || local.back() == '.') return false;
  if (local.find("..") != std::string_view::npos) return false;
  return std::all_of(local.begin(), local.end(), [](char c) { return c == '.' || is_atext(c); });
}

bool is_ipv4(std::string_view text) {
  for (int parts = 1;; ++parts) {
    std::size_t digits = 0;
    int value = 0;
    while (digits < text.size() && is_digit(text[digits]) && digits < 4)
      value = value * 10 + (text[digits++] - '0');
    if (digits == 0 || digits > 3 || value > 255) return false;
    text.remove_prefix(digits);
    if (parts == 4) return text.empty();
    if (text.empty() || text.front() != '.') return false;
    text.remove_prefix(1);
  }
}

// How many 16-bit groups of an IPv6 address stand in `text`, which has no "::"; -1 when one is malformed.
int count_groups(std::string_view text, bool may_end_in_ipv4) {
  if (text.empty()) return 0;
  for (int groups = 1;; ++groups) {
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (colon == std::string_view::npos && may_end_in_ipv4 && is_ipv4(group)) return groups + 1;
    if (group.empty() || group.size() > 4 || !std::all_of(group.begin(), group.end(), is_hex_digit))
      return -1;
    if (colon == std::string_view::npos) return groups;
    text.remove_prefix(colon + 1);
  }
}

bool is_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) return count_groups(text, true) == 8;
  const int before = count_groups(text.substr(0, gap), false);
  const int after = count_groups(text.substr(gap + 2), true);
  return before >= 0 && after >= 0 && before + after <= 6;  // RFC 5321 4.1.3: "::" is two groups at least
}

// Reads a quoted-string (RFC 5321 4.1.2) that `text` begins with, unquoted into `local`; returns its length,
// 0 when it is malformed.
std::size_t read_quoted(std::string_view text, std::string& local) {
  for (std::size_t at = 1; at < text.size(); ++at) {
    char c = text[at];
    if (c == '"') return at + 1;
    if (c == '\\') {
      if (++at == text.size()) return 0;
      c = text[at];
      if (static_cast<unsigned char>(c) >= 0x80) return 0;  // quoted-pairSMTP is ASCII, also in RFC 6531
    }
    local += c;
  }
  return 0;
}

Result<void> check_characters(std::string_view text, bool utf8) {
  if (!utf8 && !is_ascii(text))
    return error(Fault::invalid, "a non-ASCII address wants the SMTPUTF8 parameter");
  for (std::size_t at = 0; at < text.size();) {
    char32_t character = 0;
    const std::size_t length = decode_utf8(text, at, character);
    if (length == 0) return error(Fault::invalid, "malformed UTF-8 in the address");
    if (is_hidden(character)) return error(Fault::invalid, "control character in the address");
    at += length;
  }
  return {};
}

}  // namespace

std::string Mailbox::text() const {
  std::string out;
  if (is_dot_string(local)) {
    out = local;
  } else {
    out += '"';
    for (const char c : local) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  if (!domain.empty()) out += '@' + domain;
  return out;
}

bool is_domain(std::string_view text, bool utf8) {
  if (text.empty() || text.size() > max_domain || (!utf8 && !is_ascii(text))) return false;
  for (;;) {
    const std::size_t dot = text.find('.');
    const std::string_view label = text.substr(0, dot);
    if (label.empty() || label.size() > max_label || label.front() == '-' || label.back() == '-')
      return false;
    const auto fits = [](char c) { return is_alnum(c) || c == '-' || static_cast<unsigned char>(c) >= 0x80; };
    if (!std::all_of(label.begin(), label.end(), fits)) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_address_literal(std::string_view text) {
  if (text.size() < 3 || text.front() != '[' || text.back() != ']') return false;
  const std::string_view inner = text.substr(1, text.size() - 2);
  // RFC 5321 4.1.3: no tag but IPv6 was ever registered for a General-address-literal.
  if (equals_nocase(inner.substr(0, 5), "IPv6:")) return is_ipv6(inner.substr(5));
  return is_ipv4(inner);
}

Result<Mailbox> parse_mailbox(std::string_view text, bool utf8) {
  if (text.empty()) return error(Fault::invalid, "the address is empty");
  if (text.size() > max_path)
    return error(Fault::invalid, "path too long: at most 256 bytes with its brackets");
  if (auto checked = check_characters(text, utf8); !checked) return checked.error();
  if (equals_nocase(text, "postmaster")) return Mailbox{std::string(text), ""};
  // RFC 5321 appendix C: nobody needs source routes; they have only served to slip past relay checks.
  if (text.front() == '@') return error(Fault::denied, "source routes are not accepted");

  Mailbox mailbox;
  std::size_t at = 0;
  if (text.front() == '"') {
    at = read_quoted(text, mailbox.local);
    if (at == 0) return error(Fault::invalid, "malformed quoted local part");
  } else {
    at = std::min(text.find('@'), text.size());
    if (!is_dot_string(text.substr(0, at))) return error(Fault::invalid, "malformed local part");
    mailbox.local = text.substr(0, at);
  }
  if (at == text.size() || text[at] != '@')
    return error(Fault::invalid, "the local part is not followed by @domain");
  const std::string_view domain = text.substr(at + 1);
  if (!is_address_literal(domain) && !is_domain(domain, utf8))
    return error(Fault::invalid, "malformed domain");
  mailbox.domain = domain;
  return mailbox;
}

}  // namespace breakwater::smtp
