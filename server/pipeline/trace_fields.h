// What a server writes above a message it accepts: the Received field (RFC 5321 4.4), and Message-ID and Date
// where the sender left them out (RFC 6409 8.2, 8.3; members' programs thread and sort by them). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mail/header_block.h"
#include "smtp/session.h"
#include "terms/instant.h"

namespace breakwater::pipeline {

// `block` is the parsed `message.bytes`. The result is those bytes, unchanged, below the new fields.
std::string with_trace_fields(const smtp::ReceivedMessage& message, const mail::HeaderBlock& block,
                              std::string_view hostname, std::string_view id, Instant now,
                              std::uint64_t entropy);

}  // namespace breakwater::pipeline
