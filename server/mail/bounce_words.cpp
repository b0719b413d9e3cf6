#include "mail/bounce_words.h"

#include <array>

#include "mail/ascii.h"

namespace breakwater::mail {
namespace {

bool is_code_bound(std::string_view text, std::size_t at) {
  if (at >= text.size()) return true;
  const char c = text[at];
  return !is_digit(c) && !(lower(c) >= 'a' && lower(c) <= 'z') && c != '.' && c != '@' && c != '_' &&
         c != '/';
}

// "5.1.1" at `at`, which begins a number; 0: not one, or part of an IP address.
std::size_t status_size(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  for (int part = 0; part < 2; ++part) {
    if (end + 1 >= text.size() || text[end] != '.' || !is_digit(text[end + 1])) return 0;
    const std::size_t from = ++end;
    while (end < text.size() && is_digit(text[end])) ++end;
    if (end - from > 3) return 0;
  }
  const bool goes_on = end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1]);
  return goes_on || (end < text.size() && (text[end] == '/' || text[end] == '-') && end + 1 < text.size() &&
                     is_digit(text[end + 1]))
             ? 0
             : end - at;
}

constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || is_digit(c); }

bool is_reply_code(int code) {
  constexpr std::array kKnown = {421, 422, 431, 432, 441, 442, 446, 447, 450, 451, 452, 454, 455, 458,
                                 459, 471, 500, 501, 502, 503, 504, 505, 510, 511, 512, 513, 517, 521,
                                 523, 530, 531, 533, 534, 535, 540, 541, 542, 543, 544, 546, 547, 550,
                                 551, 552, 553, 554, 555, 556, 557, 559, 560, 563, 565, 569, 570, 571,
                                 572, 574, 577, 579, 581, 582, 590, 591, 592, 598};
  for (const int known : kKnown) {
    if (known == code) return true;
  }
  return false;
}

}  // namespace

bool says(std::string_view key, Phrases phrases) {
  for (const std::string& phrase : keys_in(phrases)) {
    // At the beginning of a word, or anywhere where words are not parted by blanks.
    const bool word = is_letter(phrase.front());
    for (auto at = key.find(phrase); at != std::string_view::npos; at = key.find(phrase, at + 1)) {
      if (!word || at == 0 || !is_letter(key[at - 1])) return true;
    }
  }
  return false;
}

bool begins_with(std::string_view key, Phrases phrases) {
  for (const std::string& phrase : keys_in(phrases)) {
    if (key.starts_with(phrase)) return true;
  }
  return false;
}

bool ends_with(std::string_view key, Phrases phrases) {
  for (const std::string& phrase : keys_in(phrases)) {
    if (!key.ends_with(phrase)) continue;
    const std::size_t before = key.size() - phrase.size();
    // A word of its own, but where words are not parted by blanks.
    if (before == 0 || !is_letter(phrase.front()) || !is_letter(key[before - 1])) return true;
  }
  return false;
}

std::optional<bool> ReplyCodes::permanent() const {
  if (!status.empty()) return status.front() == '5';
  if (reply) return *reply >= 500;
  return std::nullopt;
}

ReplyCodes codes_in(std::string_view text) {
  ReplyCodes codes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '4' && text[at] != '5') continue;
    if (at > 0) {
      const char before = text[at - 1];
      if (is_digit(before) || before == '.' || (lower(before) >= 'a' && lower(before) <= 'z') ||
          before == '@' || before == '$' || before == '+') {
        continue;
      }
    }
    if (const std::size_t size = status_size(text, at)) {
      const std::string found(text.substr(at, size));
      // "5.0.0" says nothing where there is more.
      if (codes.status.empty() || (codes.status.ends_with(".0.0") && found.front() == codes.status.front())) {
        codes.status = found;
      }
      at += size;
      continue;
    }
    if (codes.reply || at + 3 > text.size() || !is_digit(text[at + 1]) || !is_digit(text[at + 2])) continue;
    const int code = (text[at] - '0') * 100 + (text[at + 1] - '0') * 10 + (text[at + 2] - '0');
    // "500 bytes", "in 450 seconds", port 587.
    const std::string_view behind = text.substr(at + 3, 10);
    const bool bound = is_code_bound(text, at + 3) || behind.starts_with(". ");
    const bool amount = behind.starts_with(" byte") || behind.starts_with(" second") ||
                        behind.starts_with(" k") || behind.starts_with(" m") || behind.starts_with(" hour");
    if (bound && !amount && is_reply_code(code)) codes.reply = code;
  }
  return codes;
}

std::optional<bool> permanent_by_words(std::string_view key) {
  if (says(key, Phrases::delay)) return false;
  if (says(key, Phrases::temporary_word)) return false;
  if (says(key, Phrases::hard_word)) return true;
  if (says(key, Phrases::passing_word)) return false;
  if (says(key, Phrases::permanent_word)) return true;
  return std::nullopt;
}

}  // namespace breakwater::mail
