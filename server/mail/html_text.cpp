#include "mail/html_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "mail/ascii.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

constexpr std::size_t npos = std::string_view::npos;

// In the tag with which Gmail, Yahoo, Thunderbird and Outlook begin what they quote.
constexpr auto kQuoteMarks = std::to_array<std::string_view>(
    {"gmail_quote", "gmail_attr", "yahoo_quoted", "moz-cite-prefix", "divrplyfwdmsg", "appendonsend",
     "mail-editor-reference-message-container", "olk_src_body_section", "gmail_extra"});

constexpr auto kBreaks = std::to_array<std::string_view>(
    {"br", "p",   "/p",  "div", "/div",  "tr",     "/tr", "li",  "hr",  "h1",  "h2",
     "h3", "/h1", "/h2", "/h3", "table", "/table", "ul",  "/ul", "pre", "/pre"});

// Elements whose content is not text.
constexpr auto kSkipped = std::to_array<std::string_view>({"script", "style", "head", "title"});

bool holds(const auto& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The character that a reference stands for, without '&' and ';'.
std::string character_of(std::string_view name) {
  constexpr auto kNamed = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"amp", "&"},    {"lt", "<"},     {"gt", ">"},     {"quot", "\""},  {"apos", "'"},   {"nbsp", " "},
       {"auml", "ä"},   {"ouml", "ö"},   {"uuml", "ü"},   {"szlig", "ß"},  {"Auml", "Ä"},   {"Ouml", "Ö"},
       {"Uuml", "Ü"},   {"eacute", "é"}, {"egrave", "è"}, {"agrave", "à"}, {"ccedil", "ç"}, {"ecirc", "ê"},
       {"ocirc", "ô"},  {"aacute", "á"}, {"iacute", "í"}, {"oacute", "ó"}, {"uacute", "ú"}, {"ntilde", "ñ"},
       {"atilde", "ã"}, {"otilde", "õ"}, {"aring", "å"},  {"oslash", "ø"}, {"rsquo", "’"}});
  for (const auto& [known, text] : kNamed) {
    if (known == name) return std::string(text);
  }
  if (name.size() < 2 || name.front() != '#') return " ";
  const bool hex = lower(name[1]) == 'x';
  const std::string_view digits = name.substr(hex ? 2 : 1);
  std::uint32_t code = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return " ";
  if (code == 0xA0 || is_control_character(static_cast<int>(std::min(code, 0x10FFFFU)))) return " ";
  return utf8_of(code);
}

class Stripper {
 public:
  explicit Stripper(std::string_view html) : html_(html) {}

  std::string run() {
    while (at_ < html_.size() && !ended_) {
      if (html_[at_] == '<') {
        tag();
      } else if (html_[at_] == '&') {
        reference();
      } else {
        // Line ends in the source are blanks.
        const char c = html_[at_++];
        add(is_wsp(c) || c == '\n' || c == '\r' ? ' ' : c);
      }
    }
    return std::move(out_);
  }

 private:
  void add(char c) {
    if (quoted_ > 0) return;
    if (c == ' ' && (out_.empty() || out_.back() == ' ' || out_.back() == '\n')) return;
    out_ += c;
  }

  void reference() {
    constexpr std::size_t kLongest = 10;
    const std::size_t end = html_.substr(at_, kLongest + 2).find(';');
    if (end == npos) {
      add(html_[at_++]);
      return;
    }
    for (const char c : character_of(html_.substr(at_ + 1, end - 1))) add(c);
    at_ += end + 1;
  }

  void tag() {
    if (html_.substr(at_).starts_with("<!--")) {
      skip_to("-->", 3);
      return;
    }
    const std::size_t end = html_.find('>', at_);
    if (end == npos) {
      ended_ = true;
      return;
    }
    // Attributes further on than this are not looked at.
    const std::string text = lower(html_.substr(at_ + 1, std::min<std::size_t>(end - at_ - 1, 500)));
    at_ = end + 1;
    std::string_view name(text);
    name = name.substr(0, name.find_first_of(" \t\r\n"));
    if (name.size() > 1 && name.ends_with('/')) name.remove_suffix(1);
    if (holds(kSkipped, name)) {
      skip_to("</" + std::string(name), name.size() + 2);
    } else if (name == "blockquote") {
      ++quoted_;
    } else if (name == "/blockquote") {
      quoted_ -= quoted_ > 0 ? 1 : 0;
    } else if (holds(kBreaks, name)) {
      if (quoted_ == 0 && !out_.empty() && !out_.ends_with("\n\n")) out_ += '\n';
    }
    const auto marked = [&](std::string_view mark) { return text.find(mark) != std::string::npos; };
    if (std::any_of(kQuoteMarks.begin(), kQuoteMarks.end(), marked)) ended_ = true;
  }

  // Case-insensitively; to the end where it does not stand.
  void skip_to(std::string_view mark, std::size_t size) {
    for (; at_ < html_.size(); ++at_) {
      if (starts_nocase(html_.substr(at_), mark)) {
        at_ += size;
        return;
      }
    }
  }

  std::string_view html_;
  std::size_t at_ = 0;
  std::size_t quoted_ = 0;  // blockquotes that are open
  bool ended_ = false;
  std::string out_;
};

}  // namespace

std::string html_text(std::string_view html) { return Stripper(html).run(); }

}  // namespace breakwater::mail
