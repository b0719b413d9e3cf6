// How the copies of a posting look: the message behind a header block made for this list. Pure; the body's
// bytes and all header fields that are not named here stay as they came, byte for byte.
#pragma once

#include <cstdint>
#include <string_view>

#include "lists/list.h"
#include "queue/consignment.h"

namespace breakwater::pipeline {

// The mark by which a list knows its own copies when they come back.
inline constexpr std::string_view kLoopField = "X-Loop";

// A posting to the list: List-* (RFC 2369, RFC 2919), Precedence, X-Auto-Response-Suppress, loop mark,
// Subject and Reply-To as the list says; Return-Path, Bcc, Approved and requests for receipts go, and so does
// what came from outside of the fields that are the list's to say.
// `audience`: recipients of the posting. Where they are many and replies are to go to the author, the copies
// say so in Reply-To, unless the author has said something else there.
// `web_url`: of the pages for members, empty: there are none. With it, on a list that delivers one by one,
// each copy says for itself how its reader leaves with one click (RFC 8058): fields of its own, around a
// token of the list and the recipient (lists/unsubscribe_token.h).
queue::Copy list_copy(std::string_view message, const lists::List& list, std::int64_t audience,
                      std::string_view web_url = {});

// Mail for a list's owners or the postmaster: as it came, with the loop mark of the address it was sent to.
queue::Copy relayed_copy(std::string_view message, std::string_view address);

// What the server wrote itself (a DSN, a notice): untouched.
queue::Copy own_copy(std::string_view message);

}  // namespace breakwater::pipeline
