#include "log/line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace breakwater::log {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

// RFC 3629 4: no overlong forms, no surrogates, nothing above U+10FFFF.
Character next_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return {};
  char32_t code = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = (code << 6) | (byte(i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
  if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {code, length, true};
}

// What moves a cursor, hides text or turns its direction: never written as it is.
bool is_unsafe(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0xAD || code == 0x61C ||
         (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF || (code >= 0xFFF9 && code <= 0xFFFB) ||
         (code >= 0xE0000 && code <= 0xE0FFF);
}

void append_hex(std::string& out, std::uint32_t value, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
    out += "0123456789abcdef"[(value >> shift) & 0xF];
}

void escape_text(std::string& out, const Character& at, std::string_view raw) {
  if (!at.valid) {
    out += "\\x";
    append_hex(out, static_cast<unsigned char>(raw[0]), 2);
  } else if (at.code == '\n') {
    out += "\\n";
  } else if (at.code == '\r') {
    out += "\\r";
  } else if (at.code == '\t') {
    out += "\\t";
  } else if (at.code < 0x80) {
    out += "\\x";
    append_hex(out, at.code, 2);
  } else {
    out += "\\u{";
    append_hex(out, at.code, at.code > 0xFFFF ? 6 : 4);
    out += '}';
  }
}

void escape_json(std::string& out, const Character& at) {
  const char32_t code = at.valid ? at.code : 0xFFFD;
  if (code > 0xFFFF) {  // RFC 8259 7: as a surrogate pair
    out += "\\u";
    append_hex(out, 0xD800 + ((code - 0x10000) >> 10), 4);
    out += "\\u";
    append_hex(out, 0xDC00 + ((code - 0x10000) & 0x3FF), 4);
  } else {
    out += "\\u";
    append_hex(out, code, 4);
  }
}

enum class Style { text, json };

void append_escaped(std::string& out, std::string_view raw, Style style) {
  const bool cut = raw.size() > max_value_bytes;
  if (cut) {
    std::size_t end = max_value_bytes;  // not within a character
    while (end > max_value_bytes - 4 && (static_cast<unsigned char>(raw[end]) & 0xC0) == 0x80) --end;
    raw = raw.substr(0, end);
  }
  while (!raw.empty()) {
    const auto plain = std::find_if(raw.begin(), raw.end(), [](char c) {
      return c < ' ' || c > '~' || c == '"' || c == '\\';  // what is not ASCII is less than a blank
    });
    out.append(raw.begin(), plain);
    raw.remove_prefix(static_cast<std::size_t>(plain - raw.begin()));
    if (raw.empty()) break;
    const Character at = next_character(raw);
    if (!at.valid || is_unsafe(at.code)) {
      style == Style::text ? escape_text(out, at, raw) : escape_json(out, at);
    } else {
      if (at.code == '"' || at.code == '\\') out += '\\';
      out.append(raw.substr(0, at.bytes));
    }
    raw.remove_prefix(at.bytes);
  }
  if (cut) out += "…";
}

bool is_plain(std::string_view value) {
  if (value.empty() || value.size() > max_value_bytes) return false;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7F || c == '"' || c == '\\' || c == '=') return false;
  }
  return true;
}

void append_number(std::string& out, std::int64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), end.ptr);
}

void append_quoted(std::string& out, std::string_view value, Style style) {
  out += '"';
  append_escaped(out, value, style);
  out += '"';
}

void append_value(std::string& out, const Field& field, Style style) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    if (style == Style::text && is_plain(*text)) {
      out += *text;
    } else {
      append_quoted(out, *text, style);
    }
  } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    append_number(out, *number);
  } else {
    out += std::get<bool>(field.value) ? "true" : "false";
  }
}

}  // namespace

std::string text_line(std::string_view name, std::span<const Field> fields) {
  std::string out;
  append_escaped(out, name, Style::text);
  for (const Field& field : fields) {
    out += ' ';
    append_escaped(out, field.key, Style::text);
    out += '=';
    append_value(out, field, Style::text);
  }
  return out;
}

std::string json_line(std::string_view name, std::span<const Field> fields) {
  std::string out = "\"event\":";
  append_quoted(out, name, Style::json);
  for (const Field& field : fields) {
    out += ',';
    append_quoted(out, field.key, Style::json);
    out += ':';
    append_value(out, field, Style::json);
  }
  return out;
}

}  // namespace breakwater::log
