#include "mail/transfer_encoding.h"

#include <array>
#include <cstdint>

#include "mail/ascii.h"

namespace breakwater::mail {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kLine = 76;

constexpr std::array<std::int8_t, 256> base64_values() {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values) value = -1;
  for (std::size_t at = 0; at < kBase64.size(); ++at) {
    values[static_cast<unsigned char>(kBase64[at])] = static_cast<std::int8_t>(at);
  }
  return values;
}
constexpr auto kBase64Values = base64_values();

// One line, without its CRLF, into `out`.
void encode_qp_line(std::string_view line, std::string& out) {
  std::size_t column = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    const bool last = at + 1 == line.size();
    bool plain = c != '=' && (is_wsp(c) ? !last : c > ' ' && c < 0x7F);
    if (column + (plain ? 1 : 3) > kLine - (last ? 0 : 1)) {  // room for the '=' of a soft break
      out += "=\r\n";
      column = 0;
    }
    // What mailbox files and SMTP take for more than text (RFC 2049 3).
    const std::string_view rest = line.substr(at);
    if (column == 0 && (rest.starts_with("From ") || rest == ".")) plain = false;
    if (plain) {
      out += c;
    } else {
      out += '=' + hex_byte(c);
    }
    column += plain ? 1 : 3;
  }
}

}  // namespace

std::optional<unsigned> hex_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  const char l = lower(c);
  if (l >= 'a' && l <= 'f') return static_cast<unsigned>(l - 'a' + 10);
  return std::nullopt;
}

std::string hex_byte(char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  return {kDigits[byte >> 4], kDigits[byte & 15]};
}

std::string decode_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    if (c == '=') break;
    const int value = kBase64Values[static_cast<unsigned char>(c)];
    if (value < 0) continue;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>((bits >> held) & 0xFF);
  }
  return out;
}

std::string encode_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t bits = 0;
    for (std::size_t next = at; next < at + 3; ++next) {
      bits = (bits << 8) | (next < bytes.size() ? static_cast<unsigned char>(bytes[next]) : 0U);
    }
    const std::size_t digits = std::min<std::size_t>(bytes.size() - at, 3) + 1;
    for (std::size_t digit = 0; digit < 4; ++digit) {
      out += digit < digits ? kBase64[(bits >> (18 - 6 * digit)) & 63] : '=';
    }
  }
  return out;
}

std::string encode_base64_lines(std::string_view bytes) {
  const std::string all = encode_base64(bytes);
  std::string out;
  for (std::size_t at = 0; at < all.size(); at += kLine) {
    out.append(all, at, kLine);
    out += "\r\n";
  }
  return out;
}

std::string decode_quoted_printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '=') {
      out += text[at];
      continue;
    }
    const auto high = at + 1 < text.size() ? hex_value(text[at + 1]) : std::nullopt;
    const auto low = at + 2 < text.size() ? hex_value(text[at + 2]) : std::nullopt;
    // RFC 2045 6.7 (5): a soft break, with the blanks that may have been added to it.
    std::size_t end = at + 1;
    while (end < text.size() && is_wsp(text[end])) ++end;
    if (high && low) {
      out += static_cast<char>(*high << 4 | *low);
      at += 2;
    } else if (text.substr(end, 2) == "\r\n") {
      at = end + 1;
    } else if (end == text.size() || text[end] == '\n') {
      at = end;
    } else {
      out += '=';
    }
  }
  return out;
}

std::string encode_quoted_printable(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    encode_qp_line(text.substr(0, end), out);
    if (end == std::string_view::npos) break;
    out += "\r\n";
    text.remove_prefix(end + 2);
  }
  return out;
}

}  // namespace breakwater::mail
