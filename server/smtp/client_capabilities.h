// What a server's EHLO or LHLO reply offers (RFC 5321 4.1.1.1). Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace breakwater::smtp {

struct Capabilities {
  bool pipelining = false;                      // RFC 2920
  bool eight_bit = false;                       // RFC 6152
  bool smtputf8 = false;                        // RFC 6531
  bool dsn = false;                             // RFC 3461
  bool starttls = false;                        // RFC 3207
  bool chunking = false;                        // RFC 3030
  bool auth_plain = false, auth_login = false;  // RFC 4954
  bool size = false;                            // RFC 1870
  std::uint64_t max_size = 0;                   // 0: no limit is stated
  std::uint32_t max_recipients = 0;             // LIMITS RCPTMAX (RFC 9422); 0: not stated
  std::uint32_t max_transactions = 0;           // LIMITS MAILMAX
};

// `lines`: the reply without its codes, divided by '\n'; the first one is the greeting. Unknown keywords and
// malformed parameters are passed over (RFC 5321 4.1.1.1).
Capabilities parse_capabilities(std::string_view lines);

}  // namespace breakwater::smtp
