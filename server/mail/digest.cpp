#include "mail/digest.h"

#include <array>
#include <string_view>
#include <vector>

#include "mail/encoded_word.h"
#include "mail/header_block.h"
#include "mail/message.h"
#include "mail/text_part.h"
#include "mail/transfer_encoding.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

// Whom nobody should see, passwords of other list managers, what asks a program for a receipt; the same that
// never reach a member in a message of its own.
constexpr std::array<std::string_view, 9> kDropped = {"Return-Path",
                                                      "Bcc",
                                                      "Resent-Bcc",
                                                      "Approved",
                                                      "Approve",
                                                      "X-Approved",
                                                      "Return-Receipt-To",
                                                      "X-Confirm-Reading-To",
                                                      "Disposition-Notification-To"};

constexpr std::size_t kMaxText = 200;

struct Part {
  std::string bytes;  // with its MIME header
  bool eight_bit = false;
};

Part part_of(const HeaderBlock& block) {
  HeaderEdit edit(block);
  for (const std::string_view name : kDropped) edit.remove(name);
  const std::string head = edit.render();
  const std::string_view body = block.body();
  const bool global = has_eight_bit(head);
  Part part;
  part.eight_bit = global || has_eight_bit(body);
  const bool carried = !has_long_line(head) && !has_long_line(body) && head.find('\0') == std::string::npos &&
                       body.find('\0') == std::string_view::npos;
  if (!carried) {
    part.eight_bit = false;
    part.bytes = "Content-Type: message/global\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
                 encode_base64_lines(head + std::string(body));
    return part;
  }
  part.bytes = global ? "Content-Type: message/global\r\n" : "Content-Type: message/rfc822\r\n";
  part.bytes += part.eight_bit ? "Content-Transfer-Encoding: 8bit\r\n\r\n" : "\r\n";
  part.bytes.append(head).append(body);
  return part;
}

std::string shown(const HeaderBlock& block, std::string_view name) {
  const Field* field = block.find(name);
  return field == nullptr ? std::string() : readable(field->body, kMaxText);
}

std::string hex(std::uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out(16, '0');
  for (std::size_t at = out.size(); at-- > 0; value >>= 4) out[at] = kDigits[value & 15];
  return out;
}

// A number whose boundaries stand in none of the parts.
std::string unused_mark(const std::string& contents, const std::vector<Part>& parts, std::uint64_t entropy) {
  for (;; ++entropy) {
    const std::string mark = hex(entropy);
    bool used = contents.find(mark) != std::string::npos;
    for (const Part& part : parts) used = used || part.bytes.find(mark) != std::string::npos;
    if (!used) return mark;
  }
}

}  // namespace

DigestEntry digest_entry(std::string_view message) {
  const auto block = HeaderBlock::parse(message);
  return {shown(block, "Subject"), shown(block, "From"), shown(block, "Date")};
}

std::string compose_digest(const DigestFacts& facts, std::span<const std::string> messages, Instant now,
                           std::uint64_t entropy) {
  std::vector<Part> parts;
  bool eight_bit = false;
  for (const std::string& message : messages) {
    parts.push_back(part_of(HeaderBlock::parse(message)));
    eight_bit = eight_bit || parts.back().eight_bit;
  }
  const std::string text = text_part(facts.text);
  const std::string mark = unused_mark(text, parts, entropy);
  // Neither begins as the other: readers compare a delimiter with the beginning of a line.
  const std::string outer = "=_m" + mark;
  const std::string inner = "=_d" + mark;
  const std::string encoding = eight_bit ? "Content-Transfer-Encoding: 8bit\r\n" : "";

  Notice notice;
  notice.from = facts.from;
  notice.to = facts.to;
  notice.subject = facts.subject;
  std::string out = notice_fields(notice, now, entropy, facts.hostname);
  out += "Content-Type: multipart/mixed; boundary=\"" + outer + "\"\r\n" + encoding;
  out += "\r\n--" + outer + "\r\n" + text;
  out += "\r\n--" + outer + "\r\nContent-Type: multipart/digest; boundary=\"" + inner + "\"\r\n" + encoding +
         "\r\n";
  for (const Part& part : parts) out += "--" + inner + "\r\n" + part.bytes + "\r\n";
  return out += "--" + inner + "--\r\n\r\n--" + outer + "--\r\n";
}

}  // namespace breakwater::mail
