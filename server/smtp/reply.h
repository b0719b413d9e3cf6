// A reply as the server gives it (RFC 5321 4.2, RFC 3463). A refusal is a value of this type.
#pragma once

#include <string>
#include <string_view>

namespace breakwater::smtp {

struct Reply {
  int code = 250;
  std::string enhanced;  // "5.1.1", or empty where RFC 2034 wants none (greeting, HELO, EHLO, 3xx)
  std::string text;      // lines separated by '\n'; control characters and non-ASCII are replaced on the wire

  bool positive() const { return code < 400; }
  bool transient() const { return code >= 400 && code < 500; }
  std::string wire() const;  // "250-2.0.0 one\r\n250 2.0.0 two\r\n", no line over 512 bytes
};

}  // namespace breakwater::smtp
