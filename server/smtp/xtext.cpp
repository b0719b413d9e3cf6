#include "smtp/xtext.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "smtp/ascii.h"
#include "smtp/utf8.h"
#include "terms/result.h"

namespace breakwater::smtp {
namespace {

constexpr std::size_t max_orcpt = 500;  // RFC 3461 4.2
constexpr std::string_view hex = "0123456789ABCDEF";

bool is_printable(char c) { return c >= ' ' && c <= '~'; }

bool is_address_type(std::string_view type) {
  return !type.empty() &&
         std::all_of(type.begin(), type.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

// RFC 6533 3: "\x{2B}", also for backslash, plus and equals; upper case, no leading zero.
Result<std::string> decode_embedded_unicode(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      out += text[at++];
      continue;
    }
    const std::size_t close = text.find('}', at);
    if (text.substr(at, 3) != "\\x{" || close == std::string_view::npos || close - at < 5 || close - at > 9) {
      return error(Fault::invalid, "ORCPT: a backslash is written \\x{5C}");
    }
    char32_t character = 0;
    for (const char c : text.substr(at + 3, close - at - 3)) {
      const std::size_t digit = hex.find(c);
      if (digit == std::string_view::npos)
        return error(Fault::invalid, "ORCPT: \\x{...} holds upper-case hex digits");
      character = character * 16 + static_cast<char32_t>(digit);
    }
    if (character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff) || is_hidden(character)) {
      return error(Fault::invalid, "ORCPT: \\x{...} names a character that no address has");
    }
    append_utf8(out, character);
    at = close + 1;
  }
  return out;
}

Result<std::string> decode_utf8_address(std::string_view text, bool utf8) {
  if (!is_ascii(text) && !utf8) return error(Fault::invalid, "ORCPT: UTF-8 wants the SMTPUTF8 parameter");
  for (std::size_t at = 0; at < text.size();) {
    char32_t character = 0;
    const std::size_t length = decode_utf8(text, at, character);
    if (length == 0 || is_hidden(character)) return error(Fault::invalid, "ORCPT: malformed UTF-8");
    at += length;
  }
  return decode_embedded_unicode(text);
}

}  // namespace

std::string encode_xtext(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c > ' ' && c <= '~' && c != '+' && c != '=') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '+';
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
  return out;
}

Result<std::string> decode_xtext(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == ' ' || c == '=' || !is_printable(c))
      return error(Fault::invalid, "xtext: a character that must be +HH");
    if (c == '+') {
      // RFC 3461 4: hexchar is upper case.
      const std::size_t high = at + 1 < text.size() ? hex.find(text[at + 1]) : std::string_view::npos;
      const std::size_t low = at + 2 < text.size() ? hex.find(text[at + 2]) : std::string_view::npos;
      if (high == std::string_view::npos || low == std::string_view::npos) {
        return error(Fault::invalid, "xtext: two upper-case hex digits must follow +");
      }
      c = static_cast<char>(static_cast<unsigned char>(high * 16 + low));
      if (!is_printable(c)) return error(Fault::invalid, "xtext: +HH stands for a printable character");
      at += 2;
    }
    out += c;
  }
  return out;
}

Result<std::string> decode_orcpt(std::string_view value, bool utf8) {
  if (value.size() > max_orcpt) return error(Fault::invalid, "ORCPT: longer than 500 characters");
  const std::size_t semicolon = value.find(';');
  if (semicolon == std::string_view::npos || !is_address_type(value.substr(0, semicolon))) {
    return error(Fault::invalid, "ORCPT: must be an address type, a semicolon and an address");
  }
  const std::string_view type = value.substr(0, semicolon);
  const std::string_view address = value.substr(semicolon + 1);
  if (address.empty()) return error(Fault::invalid, "ORCPT: the address is missing");
  Result<std::string> decoded =
      equals_nocase(type, "utf-8") ? decode_utf8_address(address, utf8) : decode_xtext(address);
  if (!decoded) return decoded;
  return std::string(type) + ';' + *decoded;
}

}  // namespace breakwater::smtp
