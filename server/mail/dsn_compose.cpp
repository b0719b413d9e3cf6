#include <algorithm>

#include "mail/ascii.h"
#include "mail/dsn.h"
#include "mail/encoded_word.h"
#include "mail/message.h"
#include "mail/text_part.h"
#include "mail/transfer_encoding.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

constexpr std::size_t kMaxReturned = 64 * 1024;  // of the original's header
constexpr std::size_t kMaxWhole = 100 * 1024;    // of the original, where all of it was asked for
constexpr std::size_t kMaxText = 900;            // of a diagnostic

// RFC 6533 3: an address beyond ASCII in seven bits, as utf-8-addr-xtext.
std::string utf8_xtext(std::string_view address) {
  std::string out;
  for (std::size_t at = 0; at < address.size();) {
    const int character = next_character(address, at);
    if (character > ' ' && character < 0x7F && character != '\\' && character != '+' && character != '=') {
      out += static_cast<char>(character);
      continue;
    }
    std::string digits;
    for (int value = std::max(character, 0); digits.size() < 2 || value > 0; value >>= 4) {
      digits.insert(digits.begin(), "0123456789ABCDEF"[value & 15]);
    }
    out += "\\x{" + digits + "}";
  }
  return out;
}

std::string typed_address(std::string_view address) {
  if (has_eight_bit(address)) return "utf-8; " + utf8_xtext(address);
  return "rfc822; " + std::string(address);
}

// RFC 3461 4: xtext, as ORCPT and ENVID come in.
std::string from_xtext(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto high = text[at] == '+' && at + 2 < text.size() ? hex_value(text[at + 1]) : std::nullopt;
    const auto low = high ? hex_value(text[at + 2]) : std::nullopt;
    if (low) {
      out += static_cast<char>(*high << 4 | *low);
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

std::string original_recipient(std::string_view orcpt) {
  const auto semicolon = orcpt.find(';');
  if (semicolon == std::string_view::npos) return typed_address(from_xtext(orcpt));
  const std::string address = from_xtext(orcpt.substr(semicolon + 1));
  if (has_eight_bit(address)) return typed_address(address);
  return std::string(orcpt.substr(0, semicolon)) + "; " + address;
}

// RFC 3464 2: fields of a status are ASCII; what a remote server said may be anything.
std::string ascii_line(std::string_view text) {
  std::string out = printable(text, kMaxText);
  for (char& c : out) {
    if ((static_cast<unsigned char>(c) & 0x80) != 0) c = '?';
  }
  return out;
}

std::string_view name_of(Action action) {
  switch (action) {
    case Action::failed: return "failed";
    case Action::delivered: return "delivered";
    case Action::expanded: return "expanded";
  }
  return "failed";
}

bool is_status(std::string_view text) {  // RFC 3463 2
  return text.size() >= 5 && (text[0] == '4' || text[0] == '5') && text[1] == '.' &&
         text.find_first_not_of("0123456789.") == std::string_view::npos && is_digit(text.back()) &&
         std::count(text.begin(), text.end(), '.') == 2 && text.find("..") == std::string_view::npos;
}

std::string status_part(const DeliveryReport& report) {
  std::string out = "Content-Type: message/delivery-status\r\n\r\n";
  out += produce_field("Reporting-MTA", "dns; " + ascii_line(report.reporting_mta));
  if (!report.envid.empty())
    out += produce_field("Original-Envelope-Id", ascii_line(from_xtext(report.envid)));
  out += produce_field("Arrival-Date", format_date(report.arrived));
  for (const RecipientReport& one : report.recipients) {
    out += "\r\n";
    if (!one.orcpt.empty())
      out += produce_field("Original-Recipient", ascii_line(original_recipient(one.orcpt)));
    out += produce_field("Final-Recipient", ascii_line(typed_address(one.recipient)));
    out += produce_field("Action", name_of(report.action));
    const bool well = report.action != Action::failed;
    out += produce_field("Status", well ? "2.0.0" : is_status(one.status) ? one.status : "5.0.0");
    if (!one.remote.empty()) out += produce_field("Remote-MTA", "dns; " + ascii_line(one.remote));
    if (!one.diagnostic.empty())
      out += produce_field("Diagnostic-Code", "smtp; " + ascii_line(one.diagnostic));
  }
  return out;
}

// RFC 6522 4: text/rfc822-headers, in quoted-printable where the header is not one that seven bits can carry.
std::string headers_part(std::string_view head) {
  if (head.size() > kMaxReturned) {
    head = head.substr(0, kMaxReturned);
    const auto line = head.rfind("\r\n");
    if (line != std::string_view::npos) head = head.substr(0, line + 2);
  }
  const bool odd = std::any_of(head.begin(), head.end(),
                               [](char c) { return is_control(c) && c != '\t' && c != '\r' && c != '\n'; });
  const bool plain = !odd && !has_eight_bit(head) && with_crlf(head) == head && !has_long_line(head);
  const std::string out = "Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: ";
  if (plain) return out + "7bit\r\n\r\n" + std::string(head);
  return out + "quoted-printable\r\n\r\n" + encode_quoted_printable(head) + "\r\n";
}

std::string original_part(const DeliveryReport& report) {
  if (!returns_whole(report)) return headers_part(report.original_head);
  std::string out = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: ";
  out += has_eight_bit(report.original) ? "8bit\r\n\r\n" : "7bit\r\n\r\n";
  return out.append(report.original);
}

}  // namespace

// RFC 3461 6.2 leaves the limit to us. An 8-bit header would need message/global (RFC 6532).
bool returns_whole(const DeliveryReport& report) {
  return !report.original.empty() && report.original.size() <= kMaxWhole &&
         !has_eight_bit(report.original_head) && with_crlf(report.original) == report.original;
}

std::string compose_dsn(const DeliveryReport& report, Instant now, std::uint64_t entropy) {
  const std::string human = text_part(report.text);
  const std::string status = status_part(report);
  const std::string original = original_part(report);
  // "=_" stands in no quoted-printable or base64 text (RFC 2045 6.7); the rest is checked.
  std::string boundary = "=_" + hex_byte(static_cast<char>(entropy));
  for (std::uint64_t bits = entropy >> 8; bits > 0; bits >>= 8) boundary += hex_byte(static_cast<char>(bits));
  while (human.find(boundary) != std::string::npos || status.find(boundary) != std::string::npos ||
         original.find(boundary) != std::string::npos) {
    boundary += '-';
  }
  std::string out = produce_field("Date", format_date(now));
  out += produce_field("From", "Mail Delivery System <MAILER-DAEMON@" + report.reporting_mta + ">");
  out += produce_field("To", printable(report.to, kMaxText));
  out += produce_field("Subject", encode_text(printable(report.subject, kMaxText)));
  out += produce_field("Message-ID", make_message_id(now, entropy, report.reporting_mta));
  out += "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n";
  out += "Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"" + boundary + "\"\r\n";
  if (has_eight_bit(original)) out += "Content-Transfer-Encoding: 8bit\r\n";  // RFC 2045 6.4
  out += "\r\n";
  const std::string delimiter = "--" + boundary;
  out += delimiter + "\r\n" + human + "\r\n" + delimiter + "\r\n" + status + "\r\n" + delimiter + "\r\n" +
         original;
  return out += "\r\n" + delimiter + "--\r\n";
}

}  // namespace breakwater::mail
