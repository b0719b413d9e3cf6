// Delivery status notifications (RFC 3464), written and read. Pure; the reader has a fuzz target.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/header_block.h"
#include "terms/instant.h"

namespace breakwater::mail {

struct RecipientReport {
  std::string recipient;   // local@domain
  std::string orcpt;       // RFC 3461, or empty
  std::string status;      // "5.1.1"
  std::string diagnostic;  // "550 5.1.1 no such user", what the remote server said
  std::string remote;      // its name, or empty
};

// RFC 3464 2.3.3. delivered: a list has taken it, which is final (RFC 3461 5.2.7.3). expanded: it goes on to
// the several people behind the address (5.2.7.2).
enum class Action { failed, delivered, expanded };

struct DeliveryReport {
  Action action = Action::failed;
  std::string reporting_mta;  // our hostname
  std::string to;             // who posted: the reverse-path of the original
  std::string envid;          // or empty
  std::string subject, text;  // for people, in their language; '\n' line ends
  Instant arrived{};
  std::vector<RecipientReport> recipients;
  std::string_view original_head;  // header block of the original, returned as text/rfc822-headers
  std::string_view original;       // all of it, where that was asked for (RET=FULL); else empty
};

// multipart/report; report-type=delivery-status, to be sent with the null reverse-path. All 7bit: addresses
// beyond ASCII are utf-8-addr-xtext (RFC 6533 3), an 8-bit header is quoted-printable; of the header at most
// 64 KiB. A whole message of up to 100 KiB is returned as message/rfc822, in 8bit where its body is; larger
// ones, and those with an 8-bit header, by their header.
std::string compose_dsn(const DeliveryReport& report, Instant now, std::uint64_t entropy);
bool returns_whole(const DeliveryReport& report);  // not the header alone; for its text

struct ReportedRecipient {
  std::string recipient;  // Original-Recipient where there is one, else Final-Recipient; type prefix stripped
  std::string final_recipient;  // Final-Recipient alone, or empty
  std::string action;           // "failed", "delayed", "delivered", "relayed", "expanded"
  std::string status;           // "5.1.1"; empty when missing
  std::string diagnostic;
};

// The per-recipient groups of the first message/delivery-status part; nullopt: the message is no DSN.
// Bounded: nesting 10, parts 100, recipients 1000; what is beyond is ignored.
std::optional<std::vector<ReportedRecipient>> parse_dsn(std::string_view message);
// The same of the text of such a part, decoded, with any line ends.
std::vector<ReportedRecipient> read_status_groups(std::string_view text);

}  // namespace breakwater::mail
