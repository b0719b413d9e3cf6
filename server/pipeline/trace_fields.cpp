#include "pipeline/trace_fields.h"

#include "mail/message.h"

namespace breakwater::pipeline {
namespace {

// RFC 3848: with ESMTPSA and its kin. RFC 6531 4.3: UTF8SMTPSA.
std::string with_protocol(const smtp::ReceivedMessage& message) {
  std::string name = message.protocol == smtp::Protocol::lmtp ? "LMTP"
                     : message.peer.esmtp                     ? "ESMTP"
                                                              : "SMTP";
  if (message.envelope.smtputf8) name = "UTF8" + (name == "ESMTP" ? std::string("SMTP") : name);
  if (message.peer.tls && name != "SMTP") name += "S";
  if (!message.peer.login.empty()) name += "A";
  return name;
}

std::string address_literal(const std::string& address) {
  if (address.find(':') != std::string::npos) return "[IPv6:" + address + "]";
  return "[" + address + "]";
}

}  // namespace

std::string with_trace_fields(const smtp::ReceivedMessage& message, const mail::HeaderBlock& block,
                              std::string_view hostname, std::string_view id, Instant now,
                              std::uint64_t entropy) {
  std::string out = "Received: from " +
                    (message.peer.helo.empty() ? std::string("unknown") : message.peer.helo) + " (" +
                    address_literal(message.peer.address) + ")\r\n\tby ";
  out.append(hostname).append(" with ").append(with_protocol(message)).append(" id ").append(id);
  if (message.peer.tls && !message.peer.tls_version.empty()) {
    out.append("\r\n\t(")
        .append(message.peer.tls_version)
        .append(" ")
        .append(message.peer.tls_cipher)
        .append(")");
  }
  // Only where there is one recipient: with more it would show them to one another (RFC 5321 7.6).
  if (message.envelope.recipients.size() == 1) {
    out.append("\r\n\tfor <").append(message.envelope.recipients.front().mailbox.text()).append(">");
  }
  out.append(";\r\n\t").append(mail::format_date(now)).append("\r\n");
  if (block.find("Message-ID") == nullptr) {
    out.append("Message-ID: ").append(mail::make_message_id(now, entropy, hostname)).append("\r\n");
  }
  if (block.find("Date") == nullptr) out.append("Date: ").append(mail::format_date(now)).append("\r\n");
  return out.append(message.bytes);
}

}  // namespace breakwater::pipeline
