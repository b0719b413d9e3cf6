#include "mail/address.h"

#include <optional>

#include "mail/ascii.h"
#include "mail/domain.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

constexpr std::size_t kMaxLocal = 64;     // RFC 5321 4.5.3.1.1
constexpr std::size_t kMaxMailbox = 254;  // RFC 5321 4.5.3.1.3: a path of 256 with its angle brackets

// RFC 5322 3.2.3, and what RFC 6532 3.2 adds: everything beyond ASCII.
bool is_atext(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~";
  const char l = lower(c);
  return (l >= 'a' && l <= 'z') || is_digit(c) || kMarks.find(c) != std::string_view::npos ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}

bool is_dot_atom(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '.' ? text[at - 1] == '.' : !is_atext(text[at])) return false;
  }
  return true;
}

// Quotes only where there must be some, so that "ann"@x and ann@x are one spelling.
std::string spelled(std::string_view local) {
  if (is_dot_atom(local)) return std::string(local);
  std::string out = "\"";
  for (const char c : local) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out += '"';
}

Error refused(const std::string& what, std::string_view text) {
  return error(Fault::invalid, what + " in address \"" + printable(text, 2 * kMaxMailbox) + "\"");
}

struct Split {
  std::string local;  // without quotes
  std::string_view domain;
};

// RFC 5321 4.1.2 Quoted-string. `text` begins with the quote.
Result<Split> split_quoted(std::string_view text) {
  Split split;
  std::size_t at = 1;
  for (;; ++at) {
    if (at < text.size() && text[at] == '\\') {
      ++at;
    } else if (at < text.size() && text[at] == '"') {
      break;
    }
    if (at >= text.size()) return refused("a quote without its end", text);
    split.local += text[at];
  }
  if (at + 1 >= text.size() || text[at + 1] != '@')
    return refused("something other than '@' behind the quotes", text);
  // Legal, and yet the place where readers differ on which '@' or '>' ends what: no member needs them.
  if (split.local.find_first_of("@<>") != std::string::npos)
    return refused("'@', '<' or '>' within quotes", text);
  split.domain = text.substr(at + 2);
  return split;
}

Result<Split> split_plain(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos) return refused("no '@'", text);
  if (at == 0) return refused("nothing before the '@'", text);
  const std::string_view local = text.substr(0, at);
  if (!is_dot_atom(local)) return refused("a character, or a dot, that must be quoted", text);
  return Split{std::string(local), text.substr(at + 1)};
}

// What no local part may hold, quoted or not.
std::optional<std::string> flaw_of(std::string_view local) {
  if (local.empty()) return "nothing before the '@'";
  if (!valid_utf8(local)) return "bytes that are no UTF-8";
  for (std::size_t at = 0; at < local.size();) {
    const int character = next_character(local, at);
    if (is_control_character(character)) return "a control character";
    if (is_bidi_control(character)) return "a direction control";
  }
  // RFC 2047 5: an encoded word is no part of an addr-spec. Who decodes it sees another address.
  const auto open = local.find("=?");
  if (open != std::string_view::npos && local.find("?=", open + 2) != std::string_view::npos)
    return "an encoded word";
  return std::nullopt;
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  if (text.empty()) return error(Fault::invalid, "the address is empty");
  // Before anything is copied; the domain may still be UTF-8 here, and so longer than it will be.
  if (text.size() > 2 * kMaxLocal + 2 + 4 * 253) return error(Fault::invalid, "the address is too long");
  const auto split = text.front() == '"' ? split_quoted(text) : split_plain(text);
  if (!split) return split.error();
  if (const auto flaw = flaw_of(split->local)) return refused(*flaw, text);
  const std::string local = spelled(split->local);
  if (local.size() > kMaxLocal) return refused("more than 64 bytes before the '@'", text);
  auto domain = ascii_domain(split->domain);
  if (!domain) return domain.error();
  if (local.size() + 1 + domain->size() > kMaxMailbox) return refused("more than 254 bytes", text);
  Address address;
  address.mailbox = local + "@" + *domain;
  // Quoted again after folding: NFC turns U+037E into ';', which must stand in quotes.
  address.key = spelled(folded(split->local)) + "@" + *domain;
  address.domain = std::move(*domain);
  return address;
}

}  // namespace breakwater::mail
