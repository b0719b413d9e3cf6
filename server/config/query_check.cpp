// What a source's query must look like. Not whether its database understands it: that is known only there,
// and it is read in a way that can only read. But a DELETE, or a second statement behind a SELECT, is a
// mistake that is better told by `breakwater check` than by a letter at night.
#include <algorithm>
#include <array>

#include "config/source_checks.h"
#include "mail/ascii.h"

namespace breakwater::config {
namespace {

constexpr std::array<std::string_view, 4> kWriters = {"insert", "update", "delete", "merge"};

bool is_blank(char c) { return std::string_view(" \t\r\n\f\v").find(c) != std::string_view::npos; }

bool is_word(char c) {
  return mail::is_digit(c) || c == '_' || (mail::lower(c) >= 'a' && mail::lower(c) <= 'z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Words, parentheses and semicolons one by one; literals, quoted names and comments are passed over.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : rest_(text) {}

  // Empty: no more, or a quote that is not closed.
  std::string_view next() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (rest_.starts_with("--")) {
        skip(std::min(rest_.find('\n'), rest_.size()));
      } else if (rest_.starts_with("/*")) {
        past("*/", 2);
      } else if (c == '\'' || c == '"' || c == '`') {
        past(rest_.substr(0, 1), 1);
        return unclosed_ ? std::string_view() : "''";
      } else if (c == '$' && dollar_quote()) {
        return unclosed_ ? std::string_view() : "''";
      } else if (is_word(c)) {
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_word);
        const auto word = take(static_cast<std::size_t>(end - rest_.begin()));
        if (mail::lower(word) == "e" && rest_.starts_with('\'')) past_escaped();
        return unclosed_ ? std::string_view() : word;
      } else if (is_blank(c)) {
        skip(1);
      } else {
        return take(1);
      }
    }
    return {};
  }
  bool unclosed() const { return unclosed_; }

 private:
  void skip(std::size_t count) { rest_.remove_prefix(count); }
  std::string_view take(std::size_t count) {
    const std::string_view token = rest_.substr(0, count);
    skip(count);
    return token;
  }
  // A quote that is doubled ends one literal and begins another: the same for what is asked here.
  void past(std::string_view end, std::size_t from) {
    const std::size_t at = rest_.find(end, from);
    unclosed_ = at == std::string_view::npos;
    skip(unclosed_ ? rest_.size() : at + end.size());
  }
  // PostgreSQL 4.1.2.2: E'it\'s'.
  void past_escaped() {
    std::size_t at = 1;
    while (at < rest_.size() && rest_[at] != '\'') at += rest_[at] == '\\' ? 2 : 1;
    unclosed_ = at >= rest_.size();
    skip(unclosed_ ? rest_.size() : at + 1);
  }
  // PostgreSQL 4.1.2.4: $tag$ ... $tag$; "$1" is none.
  bool dollar_quote() {
    const auto name = rest_.substr(1);
    const auto end = std::find_if_not(name.begin(), name.end(), is_word);
    if (end == name.end() || *end != '$' || mail::is_digit(name.front())) return false;
    const std::string_view tag = rest_.substr(0, static_cast<std::size_t>(end - name.begin()) + 2);
    past(tag, tag.size());
    return true;
  }

  std::string_view rest_;
  bool unclosed_ = false;
};

}  // namespace

std::string check_query(std::string& text) {
  Tokens tokens(text);
  std::string_view token = tokens.next(), before;
  while (token == "(") token = tokens.next();
  if (const std::string first = mail::lower(token); first != "select" && first != "with")
    return "does not begin with SELECT or WITH; a source is only read, by one query";
  for (bool ended = false; !token.empty(); before = token, token = tokens.next()) {
    if (ended && token != ";") return "is more than one statement; write one SELECT";
    ended = ended || token == ";";
    // In a WITH, in parentheses or behind them.
    const bool begins = before == "(" || before == ")";
    if (begins && std::find(kWriters.begin(), kWriters.end(), mail::lower(token)) != kWriters.end())
      return "writes, by its " + std::string(token) + "; a source is only read";
  }
  return tokens.unclosed() ? "has a quote or a comment that is not closed" : "";
}

}  // namespace breakwater::config
