#include <optional>

#include "mail/ascii.h"
#include "mail/dsn.h"
#include "mail/multipart.h"
#include "mail/transfer_encoding.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

constexpr int kMaxDepth = 10;
constexpr std::size_t kMaxParts = 100;
constexpr std::size_t kMaxRecipients = 1000;
constexpr std::size_t kMaxStatus = 4 * 1024 * 1024;  // of a status part; 1000 recipients need a tenth of it
constexpr std::size_t kMaxLine = 2000;               // of a field that is kept

// The body of the first message/delivery-status part, decoded. What is forwarded in a message/rfc822 is not
// looked into: somebody else's report is not a report to us.
std::optional<std::string> status_of(std::string_view entity, int depth, std::size_t& parts_left) {
  if (parts_left == 0) return std::nullopt;
  --parts_left;
  const HeaderBlock block = HeaderBlock::parse(entity);
  const ContentType type = content_type_of(block);
  if (type.type == "message/delivery-status" || type.type == "message/global-delivery-status") {
    const std::string_view body = block.body().substr(0, kMaxStatus);
    const std::string encoding =
        transfer_encoding_of(block);  // RFC 3464 2.1 wants 7bit; gateways do as they like
    if (encoding == "base64") return decode_base64(body);
    if (encoding == "quoted-printable") return decode_quoted_printable(body);
    return std::string(body);
  }
  const std::string boundary = type.parameter("boundary");
  if (!type.is_multipart() || !is_boundary(boundary) || depth == kMaxDepth) return std::nullopt;
  for (const std::string_view part : split_multipart(block.body(), boundary, parts_left).parts) {
    if (auto status = status_of(part, depth + 1, parts_left)) return status;
  }
  return std::nullopt;
}

// The next line without its end; both go from `text`. Decoded text may have bare LF.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// "rfc822; <ann@example.org>" -> "ann@example.org" (RFC 3464 2.3.2; the brackets are some servers' own).
std::string address_of(std::string_view value) {
  std::string_view type;
  if (const auto semicolon = value.find(';'); semicolon != std::string_view::npos) {
    type = trimmed(value.substr(0, semicolon));
    value = trimmed(value.substr(semicolon + 1));
  }
  if (value.size() > 2 && value.front() == '<' && value.back() == '>')
    value = value.substr(1, value.size() - 2);
  std::string out = printable(value, kMaxLine);
  if (!equals_nocase(type, "utf-8")) return out;
  // RFC 6533 3: \x{F6} is the character U+00F6.
  std::string decoded;
  for (std::size_t at = 0; at < out.size();) {
    const auto close = out.compare(at, 3, "\\x{") == 0 ? out.find('}', at) : std::string::npos;
    std::uint32_t character = 0;
    bool valid = close != std::string::npos && close > at + 3 && close <= at + 9;
    for (std::size_t digit = at + 3; valid && digit < close; ++digit) {
      const auto value_of_digit = hex_value(out[digit]);
      valid = value_of_digit.has_value();
      character = character << 4 | value_of_digit.value_or(0);
    }
    const std::string text = valid ? utf8_of(character) : std::string();
    decoded += text.empty() ? std::string(1, out[at]) : text;
    at = text.empty() ? at + 1 : close + 1;
  }
  return printable(decoded, kMaxLine);
}

// "5.1.1 (bad destination mailbox address)" -> "5.1.1".
std::string status_code_of(std::string_view value) {
  const std::string_view code = value.substr(0, value.find_first_not_of("0123456789."));
  const bool known =
      code.size() >= 5 && code[1] == '.' && (code[0] == '2' || code[0] == '4' || code[0] == '5');
  return known && code.size() <= 9 ? std::string(code) : std::string();
}

class GroupReader {
 public:
  std::vector<ReportedRecipient> read(std::string_view text) {
    std::string field;
    while (!text.empty()) {
      const std::string_view line = take_line(text);
      if (!line.empty() && is_wsp(line.front()) && !field.empty()) {
        if (field.size() < kMaxLine) field += line.substr(0, kMaxLine);
        continue;
      }
      take_field(field);
      field = line.substr(0, kMaxLine);
      if (trimmed(line).empty()) end_group();
    }
    take_field(field);
    end_group();
    return std::move(found_);
  }

 private:
  void take_field(std::string_view field) {
    const auto colon = field.find(':');
    if (colon == std::string_view::npos) return;
    const std::string_view name = trimmed(field.substr(0, colon));
    const std::string_view value = trimmed(field.substr(colon + 1));
    if (equals_nocase(name, "Original-Recipient")) original_ = address_of(value);
    if (equals_nocase(name, "Final-Recipient")) {
      if (!final_.empty()) end_group();  // some servers forget the empty line between two recipients
      final_ = address_of(value);
    }
    if (equals_nocase(name, "Action"))
      group_.action = lower(printable(value.substr(0, value.find_first_of(" \t(")), 20));
    if (equals_nocase(name, "Status")) group_.status = status_code_of(value);
    if (equals_nocase(name, "Diagnostic-Code")) {
      const auto semicolon = value.find(';');
      const bool typed = semicolon != std::string_view::npos && value.substr(0, semicolon).find(' ') == kNone;
      group_.diagnostic = printable(trimmed(typed ? value.substr(semicolon + 1) : value), kMaxLine);
    }
  }

  // The first group is about the message and names no recipient.
  void end_group() {
    group_.recipient = original_.empty() ? final_ : original_;
    group_.final_recipient = final_;
    if (group_.recipient.empty()) {
      complete_last();
    } else if (found_.size() < kMaxRecipients) {
      found_.push_back(group_);
    }
    group_ = {};
    original_.clear();
    final_.clear();
  }

  // Some servers put an empty line between the fields of one recipient.
  void complete_last() {
    if (found_.empty()) return;
    ReportedRecipient& last = found_.back();
    if (last.action.empty()) last.action = group_.action;
    if (last.status.empty()) last.status = group_.status;
    if (last.diagnostic.empty()) last.diagnostic = group_.diagnostic;
  }

  static constexpr auto kNone = std::string_view::npos;
  ReportedRecipient group_;
  std::string original_, final_;
  std::vector<ReportedRecipient> found_;
};

}  // namespace

std::vector<ReportedRecipient> read_status_groups(std::string_view text) { return GroupReader().read(text); }

std::optional<std::vector<ReportedRecipient>> parse_dsn(std::string_view message) {
  std::size_t parts_left = kMaxParts;
  const auto status = status_of(message, 0, parts_left);
  if (!status) return std::nullopt;
  return read_status_groups(*status);
}

}  // namespace breakwater::mail
