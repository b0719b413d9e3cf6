#include <algorithm>

#include "mail/ascii.h"
#include "mail/header_block.h"
#include "terms/invariant.h"

namespace breakwater::mail {
namespace {

constexpr std::size_t kWantedLine = 78;  // RFC 5322 2.1.1, without the CRLF
constexpr std::size_t kMaxLine = 998;

bool is_field_name(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7F && c != ':'; });
}

// One line without controls. A fold that the caller left in goes as RFC 5322 2.2.3 says; the rest are spaces.
std::string one_line(std::string_view body) {
  std::string out;
  out.reserve(body.size());
  for (std::size_t at = 0; at < body.size(); ++at) {
    const char c = body[at];
    const bool c1 =
        c == '\xC2' && at + 1 < body.size() && (static_cast<unsigned char>(body[at + 1]) & 0xE0) == 0x80;
    if (c == '\r' && at + 2 < body.size() && body[at + 1] == '\n' && is_wsp(body[at + 2])) {
      ++at;
    } else if (c1) {
      out += ' ';  // U+0080 to U+009F; U+0085 is a line end to some
      ++at;
    } else {
      out += is_control(c) && c != '\t' ? ' ' : c;
    }
  }
  return std::string(trimmed(out));
}

// Where the text that begins at `from` on a line with `used` bytes before it is to be broken, or its size.
std::size_t break_of(std::string_view text, std::size_t from, std::size_t used) {
  if (used + text.size() - from <= kWantedLine) return text.size();
  std::size_t best = text.size();
  for (std::size_t at = from + 1; at < text.size(); ++at) {
    // Before a run of blanks, so that no line is blank; not before the first word: no name alone.
    const bool may = is_wsp(text[at]) && !is_wsp(text[at - 1]);
    if (used + at - from > kWantedLine && best != text.size()) return best;
    if (may) best = at;
    if (used + at - from >= kMaxLine) {
      if (best != text.size()) return best;
      // A word longer than a line may be has to be cut, between characters where it has some.
      std::size_t cut = at;
      while (cut > from + 1 && at - cut < 4 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
      return cut;
    }
  }
  return best;
}

// A run of blanks that would fill a line by itself becomes one: a line of nothing but blanks ends a header
// for some.
void shorten_blanks(std::string& text) {
  constexpr std::size_t kMaxRun = 60;
  std::size_t kept = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_wsp(text[end])) ++end;
    if (end - at > kMaxRun) {
      text[kept++] = ' ';
      at = end;
    } else {
      end = std::max(end, at + 1);
      while (at < end) text[kept++] = text[at++];
    }
  }
  text.resize(kept);
}

}  // namespace

std::string produce_field(std::string_view name, std::string_view body) {
  BREAKWATER_ASSERT(is_field_name(name) && name.size() < kWantedLine);
  std::string text = one_line(body);
  shorten_blanks(text);
  std::string out(name);
  out += ':';
  if (!text.empty()) out += ' ';
  std::size_t used = out.size();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = break_of(text, at, used);
    out.append(text, at, end - at);
    at = end;
    used = 0;
    if (at < text.size()) {
      out += "\r\n";
      if (!is_wsp(text[at])) {
        out += ' ';
        used = 1;
      }
    }
  }
  return out += "\r\n";
}

HeaderEdit::HeaderEdit(const HeaderBlock& block)
    : block_(block), changed_(block.fields().size(), Change::kept) {}

bool HeaderEdit::changed() const {
  return !above_.empty() || !below_.empty() ||
         std::any_of(changed_.begin(), changed_.end(), [](Change change) { return change != Change::kept; });
}

HeaderEdit& HeaderEdit::remove(std::string_view name) {
  BREAKWATER_ASSERT(is_field_name(name));
  const auto named = [&](const Produced& field) { return equals_nocase(field.name, name); };
  std::erase_if(above_, named);
  std::erase_if(below_, named);
  std::erase_if(instead_, [&](const auto& entry) { return named(entry.second); });
  for (std::size_t at = 0; at < changed_.size(); ++at) {
    if (block_.fields()[at].is(name)) changed_[at] = Change::removed;
  }
  return *this;
}

HeaderEdit& HeaderEdit::replace(std::string_view name, std::string_view body) {
  const auto& fields = block_.fields();
  std::size_t first = fields.size();
  std::size_t count = 0;
  for (std::size_t at = 0; at < fields.size(); ++at) {
    if (!fields[at].is(name)) continue;
    if (count++ == 0) first = at;
  }
  const auto named = [&](const Produced& field) { return equals_nocase(field.name, name); };
  const bool untouched = count == 1 && changed_[first] == Change::kept &&
                         std::none_of(above_.begin(), above_.end(), named) &&
                         std::none_of(below_.begin(), below_.end(), named);
  if (untouched && fields[first].unfolded() == one_line(body)) return *this;
  remove(name);
  if (first == fields.size()) return append(name, body);
  changed_[first] = Change::replaced;
  instead_.emplace_back(first, Produced{std::string(name), produce_field(name, body)});
  return *this;
}

HeaderEdit& HeaderEdit::prepend(std::string_view name, std::string_view body) {
  above_.push_back({std::string(name), produce_field(name, body)});
  return *this;
}

HeaderEdit& HeaderEdit::append(std::string_view name, std::string_view body) {
  below_.push_back({std::string(name), produce_field(name, body)});
  return *this;
}

std::string HeaderEdit::render() const {
  std::string out;
  out.reserve(block_.head().size() + 512);
  if (!changed()) {
    out = block_.head();
    return block_.separated() ? out += "\r\n" : out;
  }
  for (auto field = above_.rbegin(); field != above_.rend(); ++field) out += field->text;
  for (std::size_t at = 0; at < changed_.size(); ++at) {
    if (changed_[at] == Change::kept) {
      out += block_.fields()[at].raw;
      // Only the last line of a message without a body has no end.
      if (!out.ends_with("\r\n")) out += "\r\n";
    } else if (changed_[at] == Change::replaced) {
      const auto found =
          std::find_if(instead_.begin(), instead_.end(), [&](const auto& e) { return e.first == at; });
      BREAKWATER_ASSERT(found != instead_.end());
      out += found->second.text;
    }
  }
  for (const Produced& field : below_) out += field.text;
  return out += "\r\n";
}

}  // namespace breakwater::mail
