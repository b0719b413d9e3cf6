// What a message brings for telling whether it is a bounce: who sent it and how, the delivery status part,
// the report's text without the original that is returned. Pure; a value of its own, nothing outlives it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace breakwater::mail {

struct BounceSource {
  std::string from_key;                      // From as it stands, for comparing with phrases
  bool from_named = false;                   // a name stands beside the address
  std::string from_domain;                   // lower case, or empty
  std::string subject_key;                   // decoded, for comparing with phrases
  bool answer = false;                       // the subject begins with "Re:", "Fwd:" or their kin
  bool in_reply = false;                     // In-Reply-To
  bool null_path = false;                    // Return-Path: <>
  bool automatic = false;                    // Auto-Submitted (RFC 3834) says a program wrote it
  bool from_list = false;                    // List-Id, List-Post or the like: other people read it
  bool report = false;                       // multipart/report of delivery status
  bool complaint = false;                    // RFC 5965, or a virus or spam notice by its type
  bool receipt = false;                      // RFC 8098: read, or deleted unread
  std::vector<std::string> to;               // keys of the addresses in To
  std::vector<std::string> own;              // keys of the addresses it came from and went to
  std::vector<std::string> failed_header;    // X-Failed-Recipients
  std::optional<std::string> status_groups;  // of the first delivery status part, decoded
  std::string returned;                      // the first message/rfc822 part: mostly the original
  std::string text;                          // '\n' line ends, UTF-8
};

BounceSource read_bounce_source(std::string_view message);

// For comparing with phrases: without case and accents, runs of blanks as one.
std::string phrase_key(std::string_view text);

struct FoundAddress {
  std::string address;    // local@domain
  std::size_t begin = 0;  // in the text, without brackets and quotes
  std::size_t end = 0;
};
// Addresses in running text, also those written "user(a)example.org". At most 50 of one line.
std::vector<FoundAddress> addresses_in(std::string_view line);

// What makes two of them one.
std::string address_key(std::string_view address);

}  // namespace breakwater::mail
