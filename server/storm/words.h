// Text as lists of words compare it, in any language: what "remove me" and "out of office" are found with.
// Pure; a text is looked at once, whatever the number of phrases that begin a word.
#pragma once

#include <bitset>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace breakwater::storm {

// Caseless, without accents and punctuation: " please remove me " with one blank between words and at both
// ends; " " alone where there is no word. `text`: UTF-8, or nearly.
std::string plain_words(std::string_view text);

// How much a person wrote: words, and every two characters of scripts that write none apart (Chinese,
// Japanese, Thai). Of plain_words.
std::size_t count_words(std::string_view words);

// Parts of text that make a statement each, at the ends of lines and sentences; blank ones are left out.
std::vector<std::string_view> sentences(std::string_view text);
std::vector<std::string_view> lines(std::string_view text);

class Phrases {
 public:
  // As written in their languages; '*' at the end: more letters may follow.
  explicit Phrases(std::span<const std::string_view> phrases);
  Phrases(std::initializer_list<std::string_view> phrases)
      : Phrases(std::span(phrases.begin(), phrases.size())) {}

  // `words`: as plain_words gives them. In scripts that write words together a phrase may stand anywhere.
  bool stand_in(std::string_view words) const;
  bool begin(std::string_view words) const;
  bool are(std::string_view words) const;  // one of them and nothing else
  // Offset behind one that is there; npos: none is.
  std::size_t end_of_one_in(std::string_view words) const;
  std::optional<std::string_view> one_in(std::string_view words) const;  // the phrase, which lives as long

 private:
  struct Found {
    std::size_t phrase, at;
  };
  std::optional<Found> find(std::string_view words) const;  // the one that stands first in the table

  std::vector<std::string> phrases_;
  std::map<std::string, std::vector<std::size_t>, std::less<>>
      by_begin_;                                       // " re", of those that begin a word
  std::bitset<1024> may_begin_;                        // by place_of the same: most words are none of theirs
  std::vector<std::size_t> anywhere_, anywhere_wide_;  // the others; the second have characters beyond ASCII
};

}  // namespace breakwater::storm
