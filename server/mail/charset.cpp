#include "mail/charset.h"

#include <uniconv.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "mail/ascii.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

// The converter is asked for these only: a charset name from outside may carry options ("//TRANSLIT") to it.
constexpr std::array<std::string_view, 36> kSingleByte = {
    "iso-8859-1",   "iso-8859-2",   "iso-8859-3",   "iso-8859-4",   "iso-8859-5",   "iso-8859-6",
    "iso-8859-7",   "iso-8859-8",   "iso-8859-9",   "iso-8859-10",  "iso-8859-11",  "iso-8859-13",
    "iso-8859-14",  "iso-8859-15",  "iso-8859-16",  "windows-1250", "windows-1251", "windows-1252",
    "windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257", "windows-1258",
    "cp1250",       "cp1251",       "cp1252",       "cp1253",       "cp1254",       "cp1257",
    "koi8-r",       "koi8-u",       "tis-620",      "latin1",       "windows-874",  "macintosh"};
constexpr std::array<std::string_view, 3> kUtf16 = {"utf-16", "utf-16le", "utf-16be"};
constexpr std::array<std::string_view, 9> kMultiByte = {
    "iso-2022-jp", "shift_jis", "euc-jp", "euc-kr", "gb2312", "gbk", "gb18030", "big5", "windows-31j"};

bool holds(const auto& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_utf8(const std::string& name) { return name == "utf-8" || name == "utf8"; }
bool is_ascii(const std::string& name) {
  return name == "us-ascii" || name == "ascii" || name == "ansi_x3.4-1968";
}

std::string from_latin1(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xC0 | (byte >> 6));
      out += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return out;
}

// Which byte comes first a mark at the beginning says, else the name; of neither RFC 2781 4.3: the higher
// one.
std::string take_utf16_order(std::string_view& bytes, const std::string& name) {
  const bool marked_low = bytes.starts_with("\xFF\xFE"), marked = marked_low || bytes.starts_with("\xFE\xFF");
  if (marked) bytes.remove_prefix(2);
  bytes = bytes.substr(0, bytes.size() / 2 * 2);  // where a text was cut
  return marked_low || (!marked && name == "utf-16le") ? "utf-16le" : "utf-16be";
}

struct FreeDeleter {
  void operator()(void* memory) const { std::free(memory); }  // libunistring allocates by malloc
};

}  // namespace

std::optional<std::string> to_utf8(std::string_view bytes, std::string_view charset) {
  std::string name = lower(charset);
  if (is_utf8(name)) return valid_utf8(bytes) ? std::optional(std::string(bytes)) : std::nullopt;
  if (is_ascii(name)) return has_eight_bit(bytes) ? std::nullopt : std::optional(std::string(bytes));
  if (name == "iso-8859-1" || name == "latin1") return from_latin1(bytes);
  if (holds(kUtf16, name)) {
    name = take_utf16_order(bytes, name);
  } else if (!holds(kSingleByte, name) && !holds(kMultiByte, name)) {
    return std::nullopt;
  }
  if (bytes.empty()) return std::string();
  std::size_t length = 0;
  const std::unique_ptr<std::uint8_t, FreeDeleter> out(u8_conv_from_encoding(
      name.c_str(), iconveh_question_mark, bytes.data(), bytes.size(), nullptr, nullptr, &length));
  if (out == nullptr) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(out.get()), length);
}

std::optional<std::string> from_utf8(std::string_view text, std::string_view charset) {
  const std::string name = lower(charset);
  if (!extends_ascii(name)) return std::nullopt;
  if (is_utf8(name) || !has_eight_bit(text)) return std::string(text);
  if (is_ascii(name)) return std::nullopt;
  std::size_t length = 0;
  const std::unique_ptr<char, FreeDeleter> out(
      u8_conv_to_encoding(name.c_str(), iconveh_error, reinterpret_cast<const std::uint8_t*>(text.data()),
                          text.size(), nullptr, nullptr, &length));
  if (out == nullptr) return std::nullopt;
  std::string bytes(out.get(), length);
  if (to_utf8(bytes, name) != text) return std::nullopt;  // a converter may put one character for another
  return bytes;
}

bool extends_ascii(std::string_view charset) {
  const std::string name = lower(charset);
  return is_utf8(name) || is_ascii(name) || holds(kSingleByte, name);
}

}  // namespace breakwater::mail
