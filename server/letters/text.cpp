#include "letters/text.h"

#include <algorithm>
#include <utility>

#include "mail/ascii.h"
#include "mail/utf8.h"

namespace breakwater::letters {
namespace {

constexpr std::size_t kWidth = 72;
constexpr std::size_t kExcerptLines = 5;
constexpr std::size_t kExcerptWidth = 200;
constexpr std::size_t kMaxMargin = 24;

// Characters, not columns: wide ones make a line look longer, which harms nobody.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::string one_line(std::string_view text, std::size_t most) {
  // A character has at most four bytes; one more than fit shows that something is cut.
  const std::string safe = mail::printable(text, (most + 1) * 4);
  const std::string_view line = mail::trimmed(safe);
  std::size_t at = 0;
  std::size_t room_at = 0;  // where the cut leaves room for the dots
  for (std::size_t count = 0; at < line.size(); ++count) {
    if (count + 3 == most) room_at = at;
    if (count == most) return std::string(mail::trimmed(line.substr(0, room_at))) + "...";
    mail::next_character(line, at);
  }
  return std::string(line);
}

std::string wrapped(std::string_view text, std::string_view margin) {
  std::string out;
  std::string line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    const bool fits = margin.size() + characters(line) + 1 + characters(word) <= kWidth;
    if (!line.empty() && !fits) {
      out.append(margin).append(line).append("\n");
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) out.append(margin).append(line).append("\n");
  return out;
}

std::string filled(std::string_view text) {
  std::string out;
  std::string paragraph;
  bool parted = false;  // an empty line stands before what comes
  const auto set = [&](std::string_view words, std::string_view margin) {
    if (words.empty()) return;
    if (parted && !out.empty()) out += '\n';
    parted = false;
    out += wrapped(words, margin);
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
    if (begin == 0 && !line.empty()) {
      paragraph.append(paragraph.empty() ? "" : " ").append(line);
      continue;
    }
    set(paragraph, "");
    paragraph.clear();
    parted = parted || begin == line.size();
    std::string margin(std::min(begin, kMaxMargin), ' ');
    if (line.substr(begin).starts_with("| ")) margin += line.substr(std::exchange(begin, begin + 2), 2);
    set(mail::trimmed(line.substr(begin)), margin);
  }
  set(paragraph, "");
  return out;
}

std::vector<std::string> excerpt_lines(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty() && out.size() < kExcerptLines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string line = one_line(text.substr(0, end), kExcerptWidth);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty()) out.push_back(std::move(line));
  }
  return out;
}

std::string mailto_link(std::string_view address, std::string_view subject) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  // RFC 6068 2: unreserved characters, '@', and those of some-delims that separate nothing.
  constexpr std::string_view kPlain = "-._~@+!$'*";
  const auto encoded = [&](std::string_view text) {
    std::string out;
    for (const char c : text) {
      const bool letter = mail::lower(c) >= 'a' && mail::lower(c) <= 'z';
      if (letter || mail::is_digit(c) || kPlain.find(c) != std::string_view::npos) {
        out += c;
      } else {
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
      }
    }
    return out;
  };
  return "<mailto:" + encoded(address) + "?subject=" + encoded(subject) + ">";
}

}  // namespace breakwater::letters
