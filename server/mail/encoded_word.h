// Encoded words (RFC 2047): header text beyond ASCII, read and written. Pure; the reader has a fuzz target.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace breakwater::mail {

struct Decoded {
  std::string text;  // UTF-8, not cleaned of controls; words that cannot be converted are here as they stand
  std::size_t taken = 0;  // bytes of input that were encoded words; 0: there is none at the beginning
};

// The encoded words at the beginning of `text`, with the blanks between them (which are not text: RFC 2047
// 6.2). Neighbours of one charset are joined before they are converted, since many mailers cut characters
// between two.
Decoded decode_words(std::string_view text);

// A whole unfolded field body with its encoded words decoded; the rest as it is.
std::string decode_text(std::string_view text);

// As encoded words in UTF-8, with blanks between them, each within 75 characters; `text` is valid UTF-8.
std::string encode_words(std::string_view text);

// `text` as it is where it is plain ASCII without controls that none would decode, else encode_words(text).
std::string encode_text(std::string_view text);

// The same for a display name: words, a quoted string or encoded words (RFC 5322 3.2.5, RFC 2047 5).
std::string encode_phrase(std::string_view text);

}  // namespace breakwater::mail
