// UTF-8 text from outside: valid or not, and which of its characters may be shown or stored. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace breakwater::mail {

bool has_eight_bit(std::string_view bytes);
bool valid_utf8(std::string_view bytes);  // RFC 3629: no overlong form, no surrogate

// The character at `at` (which is moved behind it), or -1 for a byte that begins none (`at` is moved by one).
int next_wide_character(std::string_view text, std::size_t& at);
inline int next_character(std::string_view text, std::size_t& at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte >= 0x80) return next_wide_character(text, at);
  ++at;  // nearly every character of nearly every mail
  return byte;
}

std::string utf8_of(std::uint32_t character);  // empty: it is no character

// Explicit direction marks, embeddings, overrides and isolates: they make a line look like another.
bool is_bidi_control(int character);
// C0, DEL, C1, and U+2028/2029, which some readers take for a line end.
bool is_control_character(int character);

// One line that is safe to log and to show: controls are a space, direction controls are left out, bytes that
// are no UTF-8 are U+FFFD; at most `max` bytes, cut between characters.
std::string printable(std::string_view text, std::size_t max);

// The same text for the same person: canonical caseless form (Unicode 3.13, D145) in NFC. Of valid UTF-8.
std::string folded(std::string_view text);

// folded() without accents and other combining marks, for comparing with lists of words. Of valid UTF-8.
std::string unaccented(std::string_view text);

}  // namespace breakwater::mail
