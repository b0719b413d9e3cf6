#include <algorithm>
#include <array>
#include <string_view>

#include "mail/attachments.h"
#include "mail/digest.h"
#include "mail/header_block.h"
#include "mail/message.h"
#include "mail/own_text.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

// RFC 1153 4.2, in its order.
constexpr auto kShownFields = std::to_array<std::string_view>(
    {"Date", "From", "To", "Cc", "Subject", "Message-ID", "Keywords", "Summary"});
constexpr std::size_t kMaxField = 500;
constexpr std::size_t kMostNamed = 20;  // parts that are left out, by their names

const std::string kBelowContents(70, '-');
const std::string kBelowMessage(30, '-');

std::string shown(const HeaderBlock& block, std::string_view name, std::size_t most) {
  const Field* field = block.find(name);
  return field == nullptr ? std::string() : readable(field->body, most);
}

// RFC 1153 3: a text may not have a separator of its own.
std::string without_separators(const std::string& text) {
  std::string out;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    if (rest.starts_with(kBelowMessage)) out += ' ';
    out.append(rest.substr(0, end)) += '\n';
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

std::string left_out(const std::string& message) {
  std::string out;
  std::size_t named = 0, others = 0;
  for (const PartFacts& part : parts_of(message).parts) {
    if (part.names.empty() && part.type.starts_with("text/")) continue;
    if (++named > kMostNamed) {
      ++others;
      continue;
    }
    out += "[left out: " + printable(part.type, 80);
    if (!part.names.empty()) out += ", " + part.names.front();
    out += "]\n";
  }
  if (others > 0) out += "[left out: " + std::to_string(others) + " more]\n";
  return out;
}

std::string as_text(const std::string& message, const HeaderBlock& block) {
  std::string out;
  for (const std::string_view name : kShownFields) {
    const std::string value = shown(block, name, kMaxField);
    if (!value.empty()) out.append(name).append(": ").append(value) += '\n';
  }
  const WholeText whole = whole_text(message);
  out += "\n" + without_separators(whole.text);
  if (whole.cut) out += "[left out: the rest of this text]\n";
  return out + left_out(message);
}

}  // namespace

std::string compose_plain_digest(const DigestFacts& facts, std::span<const std::string> messages, Instant now,
                                 std::uint64_t entropy) {
  const std::string title = printable(facts.subject, kMaxField);
  std::string text = title + "\n" + format_date(now) + "\n\n" + without_separators(facts.text) + "\n" +
                     kBelowContents + "\n\n";
  for (const std::string& message : messages) {
    text += as_text(message, HeaderBlock::parse(message)) + "\n" + kBelowMessage + "\n\n";
  }
  const std::string end = "End of " + title;
  text += end + "\n" + std::string(end.size(), '*') + "\n";

  Notice notice;
  notice.from = facts.from;
  notice.to = facts.to;
  notice.subject = facts.subject;
  notice.text = text;
  return compose_notice(notice, now, entropy, facts.hostname);
}

}  // namespace breakwater::mail
