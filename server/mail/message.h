// Small facts and small texts of messages: dates, ids, subjects, footers, and the mails the server itself
// writes. Pure: time and entropy are arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/header_block.h"
#include "terms/instant.h"

namespace breakwater::mail {

std::string format_date(Instant at);  // RFC 5322 3.3, UTC: "+0000"
std::string make_message_id(Instant at, std::uint64_t entropy, std::string_view domain);  // with <>

// The subject with the prefix in front, once: behind "Re: " and the like ("Re: [list] x" stays, "[list] Re:
// x" becomes it). Encoded words (RFC 2047) stay as they are, save those that begin with a "Re:" or the prefix
// and must be parted; a prefix that is not ASCII is encoded. `body` is the field body as written; the result
// is a field body in one line, and the unfolded `body` itself where nothing is to be done.
std::string prefixed_subject(std::string_view body, std::string_view prefix);

// What a subject is about, to find the messages that belong together without threading headers: without "Re:"
// and its kin, list tags and "(fwd)", folded, blanks made one (RFC 5256 2.1, and more languages than it has).
struct BaseSubject {
  std::string text;
  bool marked = false;  // "Re:" or its kin was there
};
BaseSubject base_subject(std::string_view decoded);

// Decoded to UTF-8 for logs and listings, one line, no control characters, at most `max` bytes (whole
// characters).
std::string readable(std::string_view field_body, std::size_t max);

bool has_eight_bit(std::string_view bytes);  // also in utf8.h

// Body with the footer behind the text, an empty line between them. text/plain takes it in its own charset,
// or becomes UTF-8 where it is all ASCII; what was 7bit stays it, as quoted-printable. multipart/mixed gets
// one more part. HTML, multipart/alternative and related, and text that cannot take it become, byte for byte,
// the first part of a new multipart/mixed. `edit`, of the same block, is told what its header says of that.
// nullopt, and no edit: it would not be well-formed (signed, encrypted, another type, malformed); send as is.
// `footer` is UTF-8 with any line ends. The same message and footer give the same bytes.
std::optional<std::string> with_footer(const HeaderBlock& block, std::string_view footer, HeaderEdit& edit);

// A mail the server writes: Auto-Submitted (RFC 3834 5), Date, Message-ID, From, To, Subject, a
// text in MIME that goes anywhere.
struct Notice {
  std::string from, to, subject, text;            // text with '\n' line ends
  std::string auto_submitted = "auto-generated";  // or "auto-replied"
  std::string in_reply_to;                        // Message-ID with <>, or empty
  std::string reply_to{};                         // where an answer is to go, or empty: to `from`
};
// Its header fields but for those of its content: what a mail of another shape begins with.
std::string notice_fields(const Notice& notice, Instant now, std::uint64_t entropy,
                          std::string_view hostname);
std::string compose_notice(const Notice& notice, Instant now, std::uint64_t entropy,
                           std::string_view hostname);

}  // namespace breakwater::mail
