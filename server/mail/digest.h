// Several messages as one mail: as they came, behind a text (RFC 2046 5.1.5), or as one text that any reader
// shows (RFC 1153). Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "terms/instant.h"

namespace breakwater::mail {

struct DigestFacts {
  std::string from, to, subject, text;  // as in a Notice; the text stands above the messages
  std::string hostname;
};

// A message as a table of contents names it; each empty where the message does not say.
struct DigestEntry {
  std::string subject, author, date;
};
DigestEntry digest_entry(std::string_view message);

// multipart/mixed: the text, and a multipart/digest of message/rfc822 parts. `messages` have CRLF line ends,
// as they are stored; they lose the fields that no reader should see (Bcc, Approved and their like) and keep
// every other byte. One with 8-bit header fields is message/global (RFC 6532 3.7), as is, in base64, one that
// no line transport can carry (NUL, lines over 998).
std::string compose_digest(const DigestFacts& facts, std::span<const std::string> messages, Instant now,
                           std::uint64_t entropy);

// One text: facts.subject and the date, facts.text (the table of contents), the messages' texts below the
// header fields that a reader needs, between the lines of hyphens by which programs part them again; such
// lines in a text get a blank before them (RFC 1153 3). What is no text, and what of a text is beyond 64 KiB,
// is left out and said to be.
std::string compose_plain_digest(const DigestFacts& facts, std::span<const std::string> messages, Instant now,
                                 std::uint64_t entropy);

}  // namespace breakwater::mail
