#include "mail/multipart.h"

#include <algorithm>
#include <cstring>

#include "mail/ascii.h"

namespace breakwater::mail {
namespace {

constexpr std::size_t kMaxParameters = 50;

// Without comments, which may stand between any two tokens (RFC 2045 5.1).
std::string without_comments(std::string_view text) {
  std::string out;
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\' && (quoted || depth > 0)) {
      if (depth == 0) out.append(text, at, 2);
      ++at;
    } else if (!quoted && c == '(') {
      ++depth;
    } else if (depth > 0) {
      depth -= c == ')' ? 1 : 0;
    } else {
      if (c == '"') quoted = !quoted;
      out += c;
    }
  }
  return out;
}

// Up to the next ';' outside of quotes; both go from `text`.
std::string_view take_piece(std::string_view& text) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size() && (quoted || text[at] != ';'); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (quoted && text[at] == '\\') ++at;
  }
  at = std::min(at, text.size());
  const std::string_view piece = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return trimmed(piece);
}

// A token or a quoted string; false: it is neither.
bool read_value(std::string_view text, std::string& out) {
  if (!text.starts_with('"')) {
    out = text;
    return !text.empty() && text.find_first_of(" \t\"") == std::string_view::npos;
  }
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1 == text.size();
    if (text[at] == '\\') ++at;
    if (at < text.size()) out += text[at];
  }
  return false;
}

}  // namespace

std::string ContentType::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return {};
}

ContentType parse_content_type(std::string_view field_body) {
  Field field;
  field.body = field_body;
  const std::string text = without_comments(field.unfolded());
  std::string_view rest = text;
  ContentType result;
  result.type = lower(take_piece(rest));
  const auto slash = result.type.find('/');
  result.doubtful = slash == std::string::npos || slash == 0 || slash + 1 == result.type.size() ||
                    result.type.find_first_of(" \t\"=") != std::string::npos;
  while (!rest.empty()) {
    const std::string_view piece = take_piece(rest);
    if (piece.empty()) continue;
    const auto equals = piece.find('=');
    if (equals == std::string_view::npos || result.parameters.size() == kMaxParameters) {
      result.doubtful = true;
      continue;
    }
    std::string name = lower(trimmed(piece.substr(0, equals)));
    std::string value;
    const bool known = std::any_of(result.parameters.begin(), result.parameters.end(),
                                   [&](const auto& parameter) { return parameter.first == name; });
    if (!read_value(trimmed(piece.substr(equals + 1)), value) || known) result.doubtful = true;
    result.parameters.emplace_back(std::move(name), std::move(value));
  }
  return result;
}

ContentType content_type_of(const HeaderBlock& block) {
  const Field* field = block.find("Content-Type");
  if (field == nullptr) return {};
  ContentType type = parse_content_type(field->body);
  if (block.count("Content-Type") > 1) type.doubtful = true;
  return type;
}

std::string transfer_encoding_of(const HeaderBlock& block) {
  const Field* field = block.find("Content-Transfer-Encoding");
  if (field == nullptr) return "7bit";
  return lower(trimmed(without_comments(field->unfolded())));
}

bool is_boundary(std::string_view text) {
  constexpr std::string_view kMarks = "'()+_,-./:=? ";
  return !text.empty() && text.size() <= 70 && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
                  kMarks.find(c) != std::string_view::npos;
         });
}

Layout split_multipart(std::string_view body, std::string_view boundary, std::size_t max_parts) {
  const std::string delimiter = "\r\n--" + std::string(boundary);
  constexpr std::size_t kNone = std::string_view::npos;
  Layout layout;
  std::size_t part = kNone;  // where the part begins that is being looked through
  std::size_t at = 0;
  bool first = body.starts_with(std::string_view(delimiter).substr(2));  // there is no line before it
  while (at < body.size()) {
    std::size_t line = at;  // where the "\r\n" before the delimiter begins, or the body
    if (!first) {
      // memmem, since find() goes back to the beginning of the pattern at every '\r'.
      const void* found = memmem(body.data() + at, body.size() - at, delimiter.data(), delimiter.size());
      if (found == nullptr) break;
      line = static_cast<std::size_t>(static_cast<const char*>(found) - body.data());
    }
    const std::size_t dashes = first ? 0 : line + 2;
    first = false;
    std::size_t end = dashes + delimiter.size() - 2;
    const bool closing = body.substr(end, 2) == "--";
    if (closing) end += 2;
    while (end < body.size() && is_wsp(body[end])) ++end;
    at = end;
    if (end < body.size() && body.substr(end, 2) != "\r\n")
      continue;  // a longer line that only begins like it
    if (part != kNone && layout.parts.size() < max_parts) {
      layout.parts.push_back(body.substr(part, line > part ? line - part : 0));
    }
    if (closing) {
      layout.closing = dashes;
      return layout;
    }
    part = std::min(end + 2, body.size());
    at = end;  // the CRLF at the end of one delimiter may be the one before the next
  }
  if (part != kNone && layout.parts.size() < max_parts) layout.parts.push_back(body.substr(part));
  return layout;
}

}  // namespace breakwater::mail
