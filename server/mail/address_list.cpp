#include <cstddef>
#include <optional>
#include <utility>

#include "mail/address.h"
#include "mail/ascii.h"
#include "mail/encoded_word.h"
#include "mail/header_block.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

constexpr std::size_t kMaxAddresses = 10'000;
constexpr std::size_t kMaxName = 500;  // bytes

// RFC 5322 3.4 read from left to right, once. What the grammar allows but known readers take differently is
// refused: comments or blanks within an address, '@' or angle brackets in a comment or an unquoted name.
class ListReader {
 public:
  explicit ListReader(std::string_view body) {
    Field field;
    field.body = body;
    text_ = field.unfolded();
  }

  Result<std::vector<NamedAddress>> read() {
    if (const auto flaw = read_all())
      return error(Fault::invalid, *flaw + " in address list \"" + shown() + "\"");
    return std::move(found_);
  }

 private:
  using Flaw = std::optional<std::string>;

  struct Element {
    std::string raw;   // outside of angle brackets and comments, as written
    std::string name;  // the same without quotes
    std::string comment;
    bool gap = false;          // a blank or comment stands behind `raw`
    bool several = false;      // raw is more than one word
    bool at_sign = false;      // one outside of quotes
    bool after_group = false;  // behind ';': nothing may follow
    std::optional<Address> angle;
  };

  std::string shown() const { return printable(text_, 200); }

  Flaw read_all() {
    for (const char c : text_) {
      if (is_control(c) && c != '\t') return "a control character";
    }
    while (at_ < text_.size()) {
      if (const auto flaw = read_token()) return flaw;
    }
    if (in_group_) return "a group without its ';'";
    return finish_element();
  }

  Flaw read_token() {
    const char c = text_[at_];
    if (is_wsp(c)) {
      element_.gap = true;
      ++at_;
      return std::nullopt;
    }
    if (c == '(') return read_comment();
    if (c == ',') return finish_element_and_step();
    if (element_.after_group) return "text behind a group";
    if (c == ';') return end_group();
    if (element_.angle) return "text behind '>'";
    if (c == '<') return read_angle();
    if (c == ':') return begin_group();
    if (c == '>' || c == ')' || c == '\\') return std::string("a stray '") + c + "'";
    begin_word();
    if (c == '"') return read_quoted();
    if (c == '@') element_.at_sign = true;
    element_.raw += c;
    element_.name += c;
    ++at_;
    return std::nullopt;
  }

  void begin_word() {
    if (element_.gap && !element_.raw.empty()) {
      element_.several = true;
      element_.name += ' ';
    }
    element_.gap = false;
  }

  Flaw read_quoted() {
    const std::size_t start = at_++;
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
      if (at_ < text_.size()) element_.name += text_[at_];
    }
    if (at_ >= text_.size()) return "a quote without its end";
    ++at_;
    element_.raw.append(text_, start, at_ - start);
    return std::nullopt;
  }

  Flaw read_comment() {
    std::size_t depth = 0;
    std::string inside;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '@' || c == '<' || c == '>') return std::string("'") + c + "' in a comment";
      if (c == '(') ++depth;
      if (c == ')' && --depth == 0) break;
      if (c == '\\') ++at_;
      if (at_ < text_.size()) inside += text_[at_];
    }
    if (at_ >= text_.size()) return "a comment without its end";
    ++at_;
    element_.gap = true;
    if (element_.comment.empty()) element_.comment = inside.substr(1);  // behind its '('
    return std::nullopt;
  }

  Flaw read_angle() {
    if (element_.at_sign) return "an unquoted '@' in a name";
    const std::size_t start = ++at_;
    bool quoted = false;
    for (; at_ < text_.size() && (quoted || text_[at_] != '>'); ++at_) {
      if (text_[at_] == '"') quoted = !quoted;
      if (quoted && text_[at_] == '\\') ++at_;
    }
    if (at_ >= text_.size()) return "a '<' without its '>'";
    auto address = parse_address(trimmed(std::string_view(text_).substr(start, at_ - start)));
    if (!address) return address.error().what;
    element_.angle = std::move(*address);
    ++at_;
    return std::nullopt;
  }

  Flaw begin_group() {
    if (in_group_) return "a group within a group";
    if (element_.raw.empty()) return "a ':' without a name before it";
    if (element_.at_sign) return "an unquoted '@' in a name";
    in_group_ = true;
    element_ = {};
    ++at_;
    return std::nullopt;
  }

  Flaw end_group() {
    if (!in_group_) return "a stray ';'";
    if (const auto flaw = finish_element_and_step()) return flaw;
    in_group_ = false;
    element_.after_group = true;
    return std::nullopt;
  }

  Flaw finish_element_and_step() {
    ++at_;
    return finish_element();
  }

  // Empty elements are allowed (RFC 5322 4.4) and are nothing.
  Flaw finish_element() {
    const Element done = std::exchange(element_, {});
    if (!done.angle && done.raw.empty()) return std::nullopt;
    if (found_.size() == kMaxAddresses) return "more than 10000 addresses";
    if (done.angle) {
      found_.push_back({printable(trimmed(decode_text(done.name)), kMaxName), *done.angle});
      return std::nullopt;
    }
    if (done.several) return "words without an address in angle brackets";
    auto address = parse_address(done.raw);
    if (!address) return address.error().what;
    found_.push_back({printable(trimmed(decode_text(done.comment)), kMaxName), std::move(*address)});
    return std::nullopt;
  }

  std::string text_;
  std::size_t at_ = 0;
  bool in_group_ = false;
  Element element_;
  std::vector<NamedAddress> found_;
};

}  // namespace

Result<std::vector<NamedAddress>> parse_address_list(std::string_view field_body) {
  return ListReader(field_body).read();
}

std::string format_address(const NamedAddress& address) {
  if (address.name.empty()) return address.address.mailbox;
  return encode_phrase(address.name) + " <" + address.address.mailbox + ">";
}

}  // namespace breakwater::mail
