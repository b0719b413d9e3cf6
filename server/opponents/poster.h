// Posts one message by SMTP, as a mail program would, blocking: for the demo and for trying things out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "opponents/socket.h"
#include "terms/result.h"

namespace breakwater::opponents {

struct Posted {
  std::int64_t accepted_us = 0;  // since 1970: when the 250 to the end of data came
  std::string reply;
};

// `message` has CRLF line ends. Errors: Fault::unavailable (no connection, silence for 60 s), Fault::denied
// with the server's reply when it refuses.
Result<Posted> post(const Endpoint& to, std::string_view sender, std::string_view recipient,
                    std::string_view message);

}  // namespace breakwater::opponents
