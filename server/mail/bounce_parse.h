// Which of the addresses a message was sent to it says it could not reach: delivery status notifications
// (RFC 3464), also broken ones, and the many older forms that are only text for people. Pure; bounded;
// linear; has a fuzz target. How it decides: docs/bounces.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace breakwater::mail {

struct BouncedRecipient {
  std::string address;  // local@domain as it will be compared; without control characters
  // true: failed for good; false: delayed, or failed for a reason that passes; nullopt: it does not say.
  std::optional<bool> permanent;
  std::string status;      // "5.1.1" (RFC 3463), or empty
  std::string diagnostic;  // what the remote server said, or empty
};

// Each address once, in the order of the report; empty: it is no bounce, or reports no failure. `message` may
// have any line ends, and the "From " line of a mailbox file. The original that is returned in it never
// supplies an address. Looks at the first 4 MiB, 256 KiB of text, 1000 recipients.
std::vector<BouncedRecipient> parse_bounce(std::string_view message);

}  // namespace breakwater::mail
