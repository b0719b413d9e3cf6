#include <algorithm>
#include <array>
#include <optional>

#include "mail/ascii.h"
#include "mail/encoded_word.h"
#include "mail/message.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

// What mail programs of many languages put before a reply or a forwarded message.
constexpr auto kMarkers = std::to_array<std::string_view>(
    {"re",   "aw",   "sv",   "vs",   "antw", "antwort", "ref",  "res",  "rif",   "r",
     "odp",  "ynt",  "bls",  "ats",  "vl",   "vb",      "ang",  "fwd",  "fw",    "wg",
     "tr",   "rv",   "enc",  "pd",   "ilt",  "doorst",  "atb",  "Vá",   "回复",  "回覆",
     "答复", "答覆", "返信", "转发", "轉寄", "転送",    "답장", "전달", "Ответ", "Továbbítás"});

// The size of the marker, with its colon, at the beginning of `text`; 0: there is none.
std::size_t marker_size(std::string_view text) {
  for (const std::string_view marker : kMarkers) {
    if (!starts_nocase(text, marker)) continue;
    std::size_t at = marker.size();
    const auto digits = [&] {
      while (at < text.size() && is_digit(text[at])) ++at;
    };
    // "Re[2]:" and "Re^2:" count the replies.
    if (at < text.size() && (text[at] == '[' || text[at] == '^')) {
      const bool bracket = text[at++] == '[';
      digits();
      if (bracket && (at == text.size() || text[at++] != ']')) continue;
    }
    // French: "RE :". Not without a bound, or a thousand blanks cost a thousand times.
    for (int blanks = 0; blanks < 3 && at < text.size() && is_wsp(text[at]); ++blanks) ++at;
    if (at < text.size() && text[at] == ':') return at + 1;
    if (text.substr(at).starts_with("：")) return at + std::string_view("：").size();
  }
  return 0;
}

// What stands before the subject proper: markers and the list's tag, in whatever order and number.
struct Lead {
  std::string_view tag;
  std::vector<std::string> markers;
  std::size_t tags = 0;
  bool marker_behind_tag = false;

  bool in_order() const { return tags == 1 && !marker_behind_tag; }

  // Takes them off `text`; false: there was none.
  bool take(std::string_view& text) {
    bool taken = false;
    for (;;) {
      text = trimmed(text);
      if (starts_nocase(text, tag)) {
        ++tags;
        text.remove_prefix(tag.size());
      } else if (const std::size_t size = marker_size(text)) {
        marker_behind_tag = marker_behind_tag || tags > 0;
        markers.emplace_back(text.substr(0, size));
        text.remove_prefix(size);
      } else {
        return taken;
      }
      taken = true;
    }
  }
};

bool is_plain(std::string_view text) {
  return !has_eight_bit(text) && text.find("=?") == std::string_view::npos;
}

// Markers, tag and subject as a field body. What is not ASCII is encoded from the first such word on.
std::string joined(const Lead& lead, std::string_view subject) {
  std::string plain;
  std::string encoded;
  const auto add = [&](std::string_view word) {
    std::string& out = encoded.empty() && is_plain(word) ? plain : encoded;
    if (!out.empty()) out += ' ';
    out += word;
  };
  for (const std::string& marker : lead.markers) add(marker);
  add(lead.tag);
  // Blanks between encoded words are not text (RFC 2047 6.2): there the blank goes into the word.
  if (!encoded.empty() && subject.starts_with("=?")) encoded += ' ';
  if (!encoded.empty()) encoded = encode_words(encoded);
  std::string out;
  for (const std::string_view piece : {std::string_view(plain), std::string_view(encoded), subject}) {
    if (!out.empty() && !piece.empty()) out += ' ';
    out += piece;
  }
  return out;
}

}  // namespace

std::string prefixed_subject(std::string_view body, std::string_view prefix) {
  Field field;
  field.body = body;
  const std::string text = field.unfolded();
  const std::string tag(trimmed(printable(prefix, 200)));
  if (tag.empty()) return text;
  Lead lead;
  lead.tag = tag;
  std::string_view rest = text;
  std::string rewritten;  // the rest of encoded words of which a part was taken
  for (;;) {
    lead.take(rest);
    const Decoded decoded = decode_words(rest);
    std::string_view inner = decoded.text;
    if (decoded.taken == 0 || !lead.take(inner)) break;
    rest = trimmed(rest.substr(decoded.taken));
    if (inner.empty()) continue;
    rewritten = encode_text(inner);
    break;
  }
  if (lead.in_order()) return text;
  if (rewritten.empty()) return joined(lead, rest);
  if (!rest.empty()) rewritten += ' ';
  return joined(lead, rewritten.append(rest));
}

BaseSubject base_subject(std::string_view decoded) {
  constexpr std::size_t kMost = 300, kLongestTag = 60;
  const std::string shown = printable(decoded, kMost);
  std::string_view rest = trimmed(shown);
  BaseSubject base;
  for (;;) {
    if (const std::size_t size = marker_size(rest)) {
      base.marked = true;
      rest = trimmed(rest.substr(size));
      continue;
    }
    // A tag alone is a subject: "[Lunch]".
    const std::size_t end = rest.starts_with('[') ? rest.find(']') : std::string_view::npos;
    if (end > kLongestTag || trimmed(rest.substr(end + 1)).empty()) break;
    rest = trimmed(rest.substr(end + 1));
  }
  constexpr std::string_view kForwarded = "(fwd)";
  while (rest.size() > kForwarded.size() &&
         equals_nocase(rest.substr(rest.size() - kForwarded.size()), kForwarded)) {
    rest = trimmed(rest.substr(0, rest.size() - kForwarded.size()));
  }
  for (const char c : folded(rest)) {
    if (c != ' ' || (!base.text.empty() && base.text.back() != ' ')) base.text += c;
  }
  return base;
}

}  // namespace breakwater::mail
