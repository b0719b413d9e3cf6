#include "mail/encoded_word.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "mail/ascii.h"
#include "mail/charset.h"
#include "mail/transfer_encoding.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

constexpr std::size_t kMaxWord =
    2000;  // RFC 2047 2 says 75; longer ones are seen. A bound, so that time is linear.
constexpr std::string_view kOpen = "=?utf-8?";

struct Word {
  std::string_view raw;  // as written
  std::string_view charset;
  std::string bytes;
};

std::string decode_q(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto high = text[at] == '=' && at + 2 < text.size() ? hex_value(text[at + 1]) : std::nullopt;
    const auto low = high ? hex_value(text[at + 2]) : std::nullopt;
    if (low) {
      out += static_cast<char>(*high << 4 | *low);
      at += 2;
    } else {
      out += text[at] == '_' ? ' ' : text[at];
    }
  }
  return out;
}

// One encoded word at the beginning of `text`.
std::optional<Word> read_word(std::string_view text) {
  if (!text.starts_with("=?")) return std::nullopt;
  text = text.substr(0, kMaxWord);
  const auto charset_end = text.find_first_of("? \t", 2);
  if (charset_end == std::string_view::npos || text[charset_end] != '?') return std::nullopt;
  if (charset_end + 2 >= text.size() || text[charset_end + 2] != '?') return std::nullopt;
  const std::size_t start = charset_end + 3;
  const auto end = text.find_first_of("? \t", start);
  if (end == std::string_view::npos || text.substr(end, 2) != "?=") return std::nullopt;
  Word word;
  word.charset = text.substr(2, charset_end - 2);
  word.charset = word.charset.substr(0, word.charset.find('*'));  // a language, RFC 2231 5
  word.raw = text.substr(0, end + 2);
  const std::string_view encoded = text.substr(start, end - start);
  const char encoding = lower(text[charset_end + 1]);
  if (encoding != 'q' && encoding != 'b') return std::nullopt;
  word.bytes = encoding == 'q' ? decode_q(encoded) : decode_base64(encoded);
  return word;
}

std::string encode_q(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain =
        is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
        std::string_view("!*+-/").find(c) != std::string_view::npos;  // RFC 2047 5 (3): also in a phrase
    if (plain) {
      out += c;
    } else if (c == ' ') {
      out += '_';
    } else {
      out += '=' + hex_byte(c);
    }
  }
  return out;
}

}  // namespace

Decoded decode_words(std::string_view text) {
  Decoded decoded;
  std::vector<Word> group;  // neighbours of one charset, not yet converted
  std::size_t at = 0;
  bool as_it_stands = false;  // the last one: it is plain text then, and keeps the blanks beside it
  const auto add = [&](std::string_view piece, bool raw) {
    if ((raw || as_it_stands) && !decoded.text.empty()) decoded.text += ' ';
    decoded.text += piece;
    as_it_stands = raw;
  };
  const auto convert = [&] {
    std::string bytes;
    for (const Word& word : group) bytes += word.bytes;
    if (const auto together = group.empty() ? std::nullopt : to_utf8(bytes, group.front().charset)) {
      add(*together, false);
    } else {
      // One bad word does not spoil its neighbours. It is taken too, as it stands: giving it back would mean
      // to read the rest again, word by word.
      for (const Word& word : group) {
        const auto alone = to_utf8(word.bytes, word.charset);
        add(alone ? std::string_view(*alone) : word.raw, !alone);
      }
    }
    group.clear();
  };
  while (auto word = read_word(text.substr(at))) {
    if (!group.empty() && !equals_nocase(word->charset, group.front().charset)) convert();
    at += word->raw.size();
    decoded.taken = at;
    group.push_back(std::move(*word));
    while (at < text.size() && (is_wsp(text[at]) || text[at] == '\r' || text[at] == '\n')) ++at;
    if (at == decoded.taken) break;  // no blank: what follows is no word of its own
  }
  convert();
  return decoded;
}

std::string decode_text(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto open = text.find("=?", at);
    out += text.substr(at, open - at);
    if (open == std::string_view::npos) break;
    const Decoded decoded = decode_words(text.substr(open));
    out += decoded.taken > 0 ? decoded.text : "=?";
    at = open + (decoded.taken > 0 ? decoded.taken : 2);
  }
  return out;
}

std::string encode_words(std::string_view text) {
  constexpr std::size_t kRoom = 75 - kOpen.size() - 4;  // "Q?" and "?="
  // Q reads better where most is ASCII, B is shorter where most is not.
  const bool base64 = encode_q(text).size() * 5 > text.size() * 12;
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    std::string encoded;
    const std::size_t start = at;
    for (std::size_t next = at; next < text.size();) {
      next_character(text, next);  // RFC 2047 5: no character is cut
      const std::string_view piece = text.substr(start, next - start);
      std::string longer = base64 ? encode_base64(piece) : encode_q(piece);
      if (longer.size() > kRoom) break;
      encoded = std::move(longer);
      at = next;
    }
    if (!out.empty()) out += ' ';
    out += std::string(kOpen) + (base64 ? "B?" : "Q?") + encoded + "?=";
  }
  return out;
}

std::string encode_text(std::string_view text) {
  const bool plain = !has_eight_bit(text) && text.find("=?") == std::string_view::npos &&
                     std::none_of(text.begin(), text.end(), is_control);
  return plain ? std::string(text) : encode_words(text);
}

std::string encode_phrase(std::string_view text) {
  if (encode_text(text) != text) return encode_words(text);
  const auto in_atom = [](char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
           std::string_view(" !#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
  };
  if (std::all_of(text.begin(), text.end(), in_atom) && trimmed(text) == text) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out += '"';
}

}  // namespace breakwater::mail
