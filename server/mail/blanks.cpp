#include "mail/blanks.h"

#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

// General category Zs; the space itself is plain.
bool is_wide_blank(int character) {
  return character == 0xA0 || character == 0x1680 || (character >= 0x2000 && character <= 0x200A) ||
         character == 0x202F || character == 0x205F || character == 0x3000;
}

// A byte order mark, and what programs put where a word may be broken.
bool has_no_width(int character) {
  return character == 0xFEFF || character == 0xAD || (character >= 0x200B && character <= 0x200D) ||
         character == 0x2060;
}

}  // namespace

std::string plain_blanks(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const int character = next_character(text, at);
    const bool is_line_end = character == '\n' || character == '\r';
    if (is_wide_blank(character) || character == '\t') {
      out += ' ';
    } else if (is_bidi_control(character) || (is_control_character(character) && !is_line_end)) {
      out += kReplacement;
    } else if (!has_no_width(character)) {
      out += text.substr(start, at - start);
    }
  }
  return out;
}

}  // namespace breakwater::mail
