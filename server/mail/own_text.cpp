#include "mail/own_text.h"

#include <algorithm>
#include <optional>

#include "mail/ascii.h"
#include "mail/blanks.h"
#include "mail/charset.h"
#include "mail/flowed.h"
#include "mail/header_block.h"
#include "mail/html_text.h"
#include "mail/multipart.h"
#include "mail/quotes.h"
#include "mail/transfer_encoding.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

constexpr std::size_t kLookedAt = 1024 * 1024;  // bytes of a message; text stands before large attachments
constexpr std::size_t kTextBytes = 64 * 1024;   // bytes of a text part, as transferred
constexpr int kDepth = 8;
constexpr std::size_t kParts = 20;  // of one multipart

// The part as it was found: its header and its still encoded body.
struct TextPart {
  ContentType type;
  std::string encoding;
  std::string_view body;
  bool cut = false;
};

struct Found {
  std::optional<TextPart> plain, html;
};

bool is_attachment(const HeaderBlock& block) {
  const Field* field = block.find("Content-Disposition");
  return field != nullptr && starts_nocase(trimmed(field->body), "attachment");
}

// The first of each kind, depth first. Each level looks at its bytes once: time is depth x size at most.
void look(const HeaderBlock& block, std::string_view text, int depth, Found& found) {
  if (depth > 0 && is_attachment(block)) return;
  ContentType type = content_type_of(block);
  if (type.is_multipart()) {
    const std::string boundary = type.parameter("boundary");
    if (depth == kDepth || !is_boundary(boundary)) return;
    for (const std::string_view part : split_multipart(text, boundary, kParts).parts) {
      const auto inner = HeaderBlock::parse(part);
      look(inner, inner.body(), depth + 1, found);
    }
    return;
  }
  const bool plain = type.type == "text/plain";
  if (!plain && type.type != "text/html") return;
  std::optional<TextPart>& place = plain ? found.plain : found.html;
  if (!place)
    place = TextPart{std::move(type), transfer_encoding_of(block), text.substr(0, kTextBytes),
                     text.size() > kTextBytes};
}

std::string decoded(const TextPart& part) {
  std::string bytes = part.encoding == "base64"             ? decode_base64(part.body)
                      : part.encoding == "quoted-printable" ? decode_quoted_printable(part.body)
                                                            : std::string(part.body);
  std::string charset = part.type.parameter("charset");
  // What it says it is; else, or when it is not, as it stands: what is no UTF-8 will be marked as such.
  if (charset.empty() || equals_nocase(charset, "us-ascii")) charset = "utf-8";
  if (auto text = to_utf8(bytes, charset)) return std::move(*text);
  return bytes;
}

// Whole lines without controls, and without blanks at their ends.
std::string cleaned(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string line = printable(text.substr(0, end), 3 * kTextBytes);
    line.erase(line.find_last_not_of(" \t") + 1);
    out += line += '\n';
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return out;
}

}  // namespace

WholeText whole_text(std::string_view message) {
  const auto block = HeaderBlock::parse(message.substr(0, kLookedAt));
  Found found;
  look(block, block.body(), 0, found);
  const auto& part = found.plain ? found.plain : found.html;
  if (!part) return {};
  const std::string text = decoded(*part);
  return {cleaned(found.plain ? text : html_text(text)), part->body.size() == kTextBytes};
}

std::string own_text(std::string_view message, std::size_t most) {
  return own_text(HeaderBlock::parse(message.substr(0, kLookedAt)), most);
}

std::string own_text(const HeaderBlock& block, std::size_t most) {
  Found found;
  look(block, block.body().substr(0, kLookedAt - std::min(block.head().size(), kLookedAt)), 0, found);
  if (found.plain) {
    std::string text = unquoted(decoded(*found.plain), most);
    // Some clients send an empty text beside the HTML.
    if (!text.empty() || !found.html) return text;
  }
  return found.html ? unquoted(html_text(decoded(*found.html)), most) : std::string();
}

OwnLines own_lines(std::string_view message, std::size_t most) {
  const std::string_view looked_at = message.substr(0, kLookedAt);
  const auto block = HeaderBlock::parse(looked_at);
  const bool goes_on = message.size() > kLookedAt;
  Found found;
  look(block, block.body(), 0, found);
  const auto lines = [&](const TextPart& part, bool html) -> OwnLines {
    std::string text = decoded(part);
    const bool at_end = part.body.data() + part.body.size() == looked_at.data() + looked_at.size();
    const bool cut = part.cut || (goes_on && at_end);
    if (html) text = html_text(text);
    if (!html && equals_nocase(part.type.parameter("format"), "flowed"))
      text = unflowed(text, equals_nocase(part.type.parameter("delsp"), "yes"));
    text = plain_blanks(text);
    // A line of its own tells, when all else is taken out, whether what was cut off would have been read.
    constexpr std::string_view kMark = "\n.";
    if (cut) text = text.substr(0, text.rfind('\n')).append(kMark);
    OwnLines own{unquoted(text, most + 4), false};
    const bool marked = cut && (own.text == "." || own.text.ends_with(kMark));
    own.cut = marked || own.text.size() > most;
    if (own.cut) own.text.resize(std::min(own.text.size(), most));
    if (own.cut) own.text.resize(own.text.rfind('\n') + 1);
    return own;
  };
  if (!found.plain && !found.html) return {"", goes_on};
  OwnLines own = found.plain ? lines(*found.plain, false) : OwnLines{};
  if (own.text.empty() && !own.cut && found.html) return lines(*found.html, true);
  return own;
}

}  // namespace breakwater::mail
