#include "smtp/client_content.h"

#include <cstring>
#include <utility>

namespace breakwater::smtp {
namespace {

// Where a text begins: at the start of a line, inside of one, or behind a CR that has not met its LF.
struct Place {
  bool line_start = true;
};

// The first place from `from` on where bytes must change; size() when there is none.
std::size_t first_change(std::string_view text, std::size_t from, Place place) {
  if (place.line_start && from < text.size() && text[from] == '.') return from;
  for (std::size_t at = from; at < text.size(); ++at) {
    if (text[at] == '\n') return at;  // no CR before it: those are skipped below
    if (text[at] != '\r') {
      const auto* cr = static_cast<const char*>(std::memchr(text.data() + at, '\r', text.size() - at));
      const auto* lf = static_cast<const char*>(std::memchr(text.data() + at, '\n', text.size() - at));
      if (cr == nullptr) return lf == nullptr ? text.size() : static_cast<std::size_t>(lf - text.data());
      if (lf != nullptr && lf < cr) return static_cast<std::size_t>(lf - text.data());
      at = static_cast<std::size_t>(cr - text.data());
    }
    if (at + 1 >= text.size() || text[at + 1] != '\n') return at;
    ++at;
    if (at + 1 < text.size() && text[at + 1] == '.') return at + 1;
  }
  return text.size();
}

bool ends_line(std::string_view text, Place before) {
  return text.empty() ? before.line_start : text.back() == '\n';
}

// CRLF line ends only; with `dots`, stuffed too.
std::string rewritten(std::string_view text, Place place, bool dots) {
  std::string out;
  out.reserve(text.size() + text.size() / 64 + 16);
  bool line_start = place.line_start;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\r' || c == '\n') {
      out.append("\r\n");
      if (c == '\r' && at + 1 < text.size() && text[at + 1] == '\n') ++at;
      line_start = true;
      continue;
    }
    if (dots && line_start && c == '.') out.push_back('.');
    line_start = false;
    out.push_back(c);
  }
  return out;
}

Content::Text stuff(const Content::Text& raw, Place place) {
  if (first_change(*raw, 0, place) == raw->size()) return raw;
  return std::make_shared<const std::string>(rewritten(*raw, place, true));
}

bool has_bare_line_ends(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto* lf = static_cast<const char*>(std::memchr(text.data() + at, '\n', text.size() - at));
    const std::size_t end = lf == nullptr ? text.size() : static_cast<std::size_t>(lf - text.data());
    const auto* cr = static_cast<const char*>(std::memchr(text.data() + at, '\r', end - at));
    const bool crlf = lf != nullptr && cr != nullptr && cr + 1 == lf;
    if (!crlf && (lf != nullptr || cr != nullptr)) return true;
    at = end;
  }
  return false;
}

// The stuffed text serves where it is the raw one, else a new one is made only if the line ends need it.
Content::Text unstuffed(const Content::Text& raw, const Content::Text& stuffed) {
  if (stuffed == raw || !has_bare_line_ends(*raw)) return raw;
  return std::make_shared<const std::string>(rewritten(*raw, Place{}, false));
}

}  // namespace

Content make_content(Content::Text head, Content::Text body, bool eight_bit, bool utf8) {
  static const auto kEmpty = std::make_shared<const std::string>();
  Content content;
  content.raw_head = head ? std::move(head) : kEmpty;
  content.raw_body = body ? std::move(body) : kEmpty;
  content.eight_bit = eight_bit;
  content.utf8 = utf8;
  content.size = content.raw_head->size() + content.raw_body->size();
  const Place start{};
  content.head = stuff(content.raw_head, start);
  const Place between{ends_line(*content.head, start)};
  content.body = stuff(content.raw_body, between);
  const bool complete = ends_line(*content.body, between);
  content.end = complete ? ".\r\n" : "\r\n.\r\n";
  content.chunk_head = unstuffed(content.raw_head, content.head);
  content.chunk_body = unstuffed(content.raw_body, content.body);
  content.chunk_end = complete ? "" : "\r\n";
  return content;
}

}  // namespace breakwater::smtp
