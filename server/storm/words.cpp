#include "storm/words.h"

#include <algorithm>
#include <array>

#include "mail/ascii.h"
#include "mail/utf8.h"

namespace breakwater::storm {
namespace {

constexpr std::size_t kBegin = 3;  // bytes of a phrase that it is looked up by: the blank and two more

constexpr std::size_t npos = std::string_view::npos;

// Apostrophes join: "don't" is "dont", whichever of them a keyboard has.
bool joins(int character) { return character == '\'' || character == 0x2019 || character == 0x2BC; }

constexpr bool is_letter(int character) {
  if (character < 0x80) {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') ||
           character == '_';
  }
  const bool marks = character < 0xAA || character == 0xAB || (character >= 0xAC && character < 0xB5) ||
                     (character >= 0xB6 && character <= 0xBF);
  const bool punctuation =
      (character >= 0x2000 && character < 0x2070) || (character >= 0x2190 && character < 0x2C00) ||
      (character >= 0x3000 && character < 0x3005) || (character >= 0x3008 && character < 0x3021) ||
      character == 0x30FB || (character >= 0xFE00 && character < 0xFE70) ||
      (character >= 0xFF00 && character < 0xFF10) || (character >= 0xFF1A && character < 0xFF21) ||
      character == 0x60C || character == 0x61B || character == 0x61F || character == 0x6D4 ||
      character == 0x5BE || character == 0xFFFD || character >= 0x1F000;
  return !marks && !punctuation;
}

// Thai, Lao, Khmer, kana, Han: no blanks between words.
bool is_written_together(int character) {
  return character >= 0xE00 &&
         ((character >= 0xE00 && character < 0xF00) || (character >= 0x1780 && character < 0x1800) ||
          (character >= 0x3040 && character < 0xA000) || (character >= 0xF900 && character < 0xFB00) ||
          (character >= 0x20000 && character < 0x30000));
}

// Where a phrase may be a part of a word: there, and in scripts that write articles and endings onto words
// (Hebrew, Arabic, Hangul).
bool may_stand_within(int character) {
  return is_written_together(character) || (character >= 0x590 && character < 0x780) ||
         (character >= 0xAC00 && character < 0xD7B0);
}

// Of the two bytes behind the blank.
std::size_t place_of(std::string_view words) {
  const auto first = static_cast<unsigned char>(words[1]), second = static_cast<unsigned char>(words[2]);
  return (std::size_t{first} * 31 + second) % 1024;
}

std::vector<std::string_view> split(std::string_view text, auto is_end) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  const auto add = [&](std::size_t end) {
    const auto part = mail::trimmed(text.substr(start, end - start));
    if (!part.empty()) parts.push_back(part);
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t before = at;
    if (!is_end(mail::next_character(text, at))) continue;
    add(before);
    start = at;
  }
  add(text.size());
  return parts;
}

// plain_words of nearly every mail, in one pass.
std::string plain_ascii_words(std::string_view text) {
  static constexpr auto plain = [] {
    std::array<char, 128> each{};
    for (char c = 0; c < 127; ++c) {
      each[static_cast<unsigned char>(c)] = is_letter(mail::lower(c)) ? mail::lower(c) : ' ';
    }
    each[127] = ' ';
    return each;
  }();
  std::string out(text.size() + 2, ' ');
  std::size_t end = 1;  // behind what is written; a blank stands before it
  for (const char each : text) {
    if (joins(each)) continue;
    const char c = plain[static_cast<unsigned char>(each)];
    out[end] = c;
    end += c != ' ' || out[end - 1] != ' ' ? 1 : 0;
  }
  if (out[end - 1] != ' ') out[end++] = ' ';
  out.resize(end);
  return out;
}

}  // namespace

std::string plain_words(std::string_view text) {
  if (!mail::has_eight_bit(text)) return plain_ascii_words(text);
  // As long as it is: what is no UTF-8 is replaced by three bytes at most.
  const std::string plain = mail::unaccented(mail::printable(text, text.size() * 3));
  std::string out = " ";
  for (std::size_t at = 0; at < plain.size();) {
    const std::size_t start = at;
    const int character = mail::next_character(plain, at);
    if (joins(character)) continue;
    if (is_letter(character)) {
      out.append(plain, start, at - start);
    } else if (out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.back() != ' ') out += ' ';
  return out;
}

std::size_t count_words(std::string_view words) {
  if (!mail::has_eight_bit(words)) {
    const auto blanks = static_cast<std::size_t>(std::count(words.begin(), words.end(), ' '));
    return std::max<std::size_t>(blanks, 1) - 1;
  }
  std::size_t count = 0, together = 0;
  bool within = false;
  for (std::size_t at = 0; at < words.size();) {
    const int character = mail::next_character(words, at);
    const bool apart = character == ' ';
    const bool is_together = is_written_together(character);
    together += is_together ? 1 : 0;
    if (!apart && !is_together && !within) ++count;
    within = !apart && !is_together;
  }
  return count + (together + 1) / 2;
}

std::vector<std::string_view> sentences(std::string_view text) {
  return split(text, [](int c) {
    return c == '.' || c == '!' || c == '?' || c == '\n' || c == ';' || c == 0x3002 || c == 0xFF01 ||
           c == 0xFF1F || c == 0x61F;
  });
}

std::vector<std::string_view> lines(std::string_view text) {
  return split(text, [](int c) { return c == '\n'; });
}

Phrases::Phrases(std::span<const std::string_view> phrases) {
  for (std::string_view phrase : phrases) {
    const bool open = phrase.ends_with('*');
    if (open) phrase.remove_suffix(1);
    std::string words = plain_words(phrase);
    std::size_t first = 1;
    const int begins = mail::next_character(words, first);
    if (may_stand_within(begins)) {
      words = words.substr(1, words.size() - 2);
    } else if (open) {
      words.pop_back();
    }
    const bool begins_word = words.size() >= kBegin && words.starts_with(' ');
    if (begins_word) may_begin_.set(place_of(words));
    auto& others = mail::has_eight_bit(words) ? anywhere_wide_ : anywhere_;
    (begins_word ? by_begin_[words.substr(0, kBegin)] : others).push_back(phrases_.size());
    phrases_.push_back(std::move(words));
  }
}

std::optional<Phrases::Found> Phrases::find(std::string_view words) const {
  std::optional<Found> found;
  const auto keep = [&](std::size_t phrase, std::size_t at) {
    if (!found || phrase < found->phrase) found = Found{phrase, at};
  };
  for (std::size_t at = words.find(' '); at != npos; at = words.find(' ', at + 1)) {
    if (words.size() - at < kBegin) break;
    if (!may_begin_.test(place_of(words.substr(at)))) continue;
    const auto those = by_begin_.find(words.substr(at, kBegin));
    if (those == by_begin_.end()) continue;
    for (const std::size_t phrase : those->second) {
      if (words.substr(at).starts_with(phrases_[phrase])) keep(phrase, at);
    }
  }
  const auto look_for = [&](const std::vector<std::size_t>& phrases) {
    for (const std::size_t phrase : phrases) {
      if (const std::size_t at = words.find(phrases_[phrase]); at != npos) keep(phrase, at);
    }
  };
  look_for(anywhere_);
  if (mail::has_eight_bit(words)) look_for(anywhere_wide_);
  return found;
}

bool Phrases::stand_in(std::string_view words) const { return find(words).has_value(); }

bool Phrases::begin(std::string_view words) const {
  return std::any_of(phrases_.begin(), phrases_.end(), [&](const std::string& phrase) {
    return words.substr(phrase.starts_with(' ') ? 0 : 1).starts_with(phrase);
  });
}

bool Phrases::are(std::string_view words) const {
  const std::string_view bare = mail::trimmed(words);
  return std::any_of(phrases_.begin(), phrases_.end(),
                     [&](const std::string& phrase) { return mail::trimmed(phrase) == bare; });
}

std::optional<std::string_view> Phrases::one_in(std::string_view words) const {
  const auto found = find(words);
  return found ? std::optional<std::string_view>(phrases_[found->phrase]) : std::nullopt;
}

std::size_t Phrases::end_of_one_in(std::string_view words) const {
  const auto found = find(words);
  if (!found) return npos;
  const std::string& phrase = phrases_[found->phrase];
  return found->at + phrase.size() - (phrase.ends_with(' ') ? 1 : 0);
}

}  // namespace breakwater::storm
