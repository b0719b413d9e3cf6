#include "mail/utf8.h"

#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "mail/ascii.h"

namespace breakwater::mail {
namespace {

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

struct FreeDeleter {
  void operator()(std::uint8_t* memory) const { std::free(memory); }  // libunistring allocates by malloc
};

}  // namespace

bool has_eight_bit(std::string_view bytes) {
  // By the word: this looks at every byte of every message.
  constexpr std::uint64_t kHighBits = 0x8080'8080'8080'8080;
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= bytes.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if ((word & kHighBits) != 0) return true;
  }
  for (; at < bytes.size(); ++at) {
    if ((static_cast<unsigned char>(bytes[at]) & 0x80) != 0) return true;
  }
  return false;
}

bool valid_utf8(std::string_view bytes) {
  return !has_eight_bit(bytes) || u8_check(bytes_of(bytes), bytes.size()) == nullptr;
}

int next_wide_character(std::string_view text, std::size_t& at) {
  ucs4_t character = 0;
  const int length = u8_mbtoucr(&character, bytes_of(text) + at, text.size() - at);
  if (length <= 0) {
    ++at;
    return -1;
  }
  at += static_cast<std::size_t>(length);
  return static_cast<int>(character);
}

std::string utf8_of(std::uint32_t character) {
  std::uint8_t bytes[6];
  const int length = u8_uctomb(bytes, character, sizeof bytes);
  return length > 0 ? std::string(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length))
                    : "";
}

bool is_bidi_control(int character) {
  return character == 0x061C || character == 0x200E || character == 0x200F ||
         (character >= 0x202A && character <= 0x202E) || (character >= 0x2066 && character <= 0x2069);
}

bool is_control_character(int character) {
  return (character >= 0 && character < 0x20) || (character >= 0x7F && character < 0xA0) ||
         character == 0x2028 || character == 0x2029;
}

namespace {

// Where the run of plain ASCII ends that begins at `at`. By blocks: this looks at every byte of every text.
std::size_t end_of_plain(std::string_view text, std::size_t at) {
  constexpr std::size_t kBlock = 32;
  const auto is_odd = [](char c) { return static_cast<signed char>(c) < ' ' || c == 0x7F; };
  for (; at + kBlock <= text.size(); at += kBlock) {
    bool odd = false;
    for (const char c : text.substr(at, kBlock)) odd |= is_odd(c);
    if (odd) break;
  }
  while (at < text.size() && !is_odd(text[at])) ++at;
  return at;
}

}  // namespace

std::string printable(std::string_view text, std::size_t max) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string out;
  out.reserve(std::min(text.size(), max));
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    at = end_of_plain(text, at);
    const std::size_t plain = std::min(at - start, max - out.size());
    out.append(text, start, plain);
    if (plain < at - start) break;
    if (at > start) continue;
    const int character = next_character(text, at);
    if (is_bidi_control(character)) continue;
    std::string_view shown = text.substr(start, at - start);
    if (character < 0) shown = kReplacement;
    if (is_control_character(character)) shown = " ";
    if (out.size() + shown.size() > max) break;
    out += shown;
  }
  return out;
}

std::string folded(std::string_view text) {
  if (!has_eight_bit(text)) return lower(text);
  std::size_t length = 0;
  // No language: Turkish dotless i would make two members of one, depending on who asks.
  const std::unique_ptr<std::uint8_t, FreeDeleter> out(
      u8_casefold(bytes_of(text), text.size(), nullptr, UNINORM_NFC, nullptr, &length));
  if (out == nullptr) throw std::bad_alloc();
  return {reinterpret_cast<const char*>(out.get()), length};
}

std::string unaccented(std::string_view text) {
  if (!has_eight_bit(text)) return lower(text);
  std::size_t length = 0;
  const std::unique_ptr<std::uint8_t, FreeDeleter> parted(
      u8_casefold(bytes_of(text), text.size(), nullptr, UNINORM_NFD, nullptr, &length));
  if (parted == nullptr) throw std::bad_alloc();
  const std::string_view marked(reinterpret_cast<const char*>(parted.get()), length);
  std::string bare;
  for (std::size_t at = 0; at < marked.size();) {
    const std::size_t start = at;
    const int character = next_character(marked, at);
    if (character >= 0x300 && character <= 0x36F) continue;
    bare.append(marked, start, at - start);
  }
  const std::unique_ptr<std::uint8_t, FreeDeleter> joined(
      u8_normalize(UNINORM_NFC, bytes_of(bare), bare.size(), nullptr, &length));
  if (joined == nullptr) throw std::bad_alloc();
  return {reinterpret_cast<const char*>(joined.get()), length};
}

}  // namespace breakwater::mail
