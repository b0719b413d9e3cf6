#include "mail/domain.h"

#include <idn2.h>

#include <cstdint>
#include <optional>
#include <string>

#include "mail/ascii.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

constexpr std::size_t kMaxDomain = 253;
constexpr std::size_t kMaxLabel = 63;

Error refused(const std::string& why, std::string_view domain) {
  return error(Fault::invalid, why + " in domain \"" + printable(domain, kMaxDomain) + "\"");
}

// What is wrong with the label, or nothing.
std::optional<std::string> flaw_of(std::string_view label) {
  if (label.empty()) return "an empty label";
  if (label.size() > kMaxLabel) return "a label of more than 63 bytes";
  if (label.front() == '-' || label.back() == '-') return "a label with a hyphen at its end";
  for (const char c : label) {
    if (!is_digit(c) && (c < 'a' || c > 'z') && c != '-') return "a character that host names do not have";
  }
  return std::nullopt;
}

Result<std::string> checked(std::string ascii, std::string_view domain) {
  if (ascii.empty()) return error(Fault::invalid, "the domain is empty");
  if (ascii.size() > kMaxDomain) return refused("more than 253 bytes", domain);
  std::string_view rest = ascii;
  for (;;) {
    const auto dot = rest.find('.');
    const std::string_view label = rest.substr(0, dot);
    if (const auto flaw = flaw_of(label)) return refused(*flaw, domain);
    if (dot == std::string_view::npos) {
      if (label.find_first_not_of("0123456789") == std::string_view::npos) {
        return refused("a last label of digits only", domain);
      }
      return ascii;
    }
    rest.remove_prefix(dot + 1);
  }
}

// True where the library must say what the labels are: text beyond ASCII, or an A-label to be checked.
bool wants_idna(std::string_view lowered) {
  return has_eight_bit(lowered) || lowered.starts_with("xn--") ||
         lowered.find(".xn--") != std::string_view::npos;
}

}  // namespace

Result<std::string> ascii_domain(std::string_view domain) {
  std::string lowered = lower(domain);
  if (!wants_idna(lowered)) return checked(std::move(lowered), domain);
  // 4 bytes a character at most; the library would measure it too, but only after its work.
  if (domain.size() > kMaxDomain * 4) return error(Fault::invalid, "the domain has more than 253 characters");
  if (!valid_utf8(domain)) return refused("bytes that are no UTF-8", domain);
  for (std::size_t at = 0; at < domain.size();) {
    const int character = next_character(domain, at);
    if (is_control_character(character)) return refused("a control character", domain);
    if (is_bidi_control(character)) return refused("a direction control", domain);
  }
  std::uint8_t* looked_up = nullptr;
  // Not IDN2_USE_STD3_ASCII_RULES: it drops a fullwidth '@' silently, where checked() refuses it.
  const int status = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(lowered.c_str()), &looked_up,
                                    IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
  if (status != IDN2_OK)
    return refused(std::string("no valid IDNA name (") + idn2_strerror(status) + ")", domain);
  std::string ascii = reinterpret_cast<const char*>(looked_up);
  idn2_free(looked_up);
  for (char& c : ascii) c = lower(c);
  return checked(std::move(ascii), domain);
}

}  // namespace breakwater::mail
