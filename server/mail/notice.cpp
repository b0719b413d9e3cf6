#include "mail/address.h"
#include "mail/encoded_word.h"
#include "mail/message.h"
#include "mail/text_part.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

// "Name <address>, ..." with names that any reader understands; what is no such list goes out made safe.
std::string address_field(const std::string& text) {
  const auto list = parse_address_list(text);
  if (!list) return printable(text, text.size());
  std::string out;
  for (const NamedAddress& one : *list) {
    if (!out.empty()) out += ", ";
    out += format_address(one);
  }
  return out;
}

}  // namespace

std::string notice_fields(const Notice& notice, Instant now, std::uint64_t entropy,
                          std::string_view hostname) {
  std::string out = produce_field("Date", format_date(now));
  out += produce_field("From", address_field(notice.from));
  out += produce_field("To", address_field(notice.to));
  if (!notice.reply_to.empty()) out += produce_field("Reply-To", address_field(notice.reply_to));
  out += produce_field("Subject", encode_text(printable(notice.subject, 500)));
  out += produce_field("Message-ID", make_message_id(now, entropy, hostname));
  if (!notice.in_reply_to.empty()) {
    // RFC 3834 3.1.6
    out += produce_field("In-Reply-To", notice.in_reply_to);
    out += produce_field("References", notice.in_reply_to);
  }
  out += produce_field("Auto-Submitted", notice.auto_submitted);  // RFC 3834 5
  return out += "MIME-Version: 1.0\r\n";
}

std::string compose_notice(const Notice& notice, Instant now, std::uint64_t entropy,
                           std::string_view hostname) {
  return notice_fields(notice, now, entropy, hostname) + text_part(notice.text);
}

}  // namespace breakwater::mail
