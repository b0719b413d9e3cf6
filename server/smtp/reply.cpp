#include "smtp/reply.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "terms/invariant.h"

namespace breakwater::smtp {
namespace {

constexpr std::size_t max_reply_line = 512;  // RFC 5321 4.5.3.1.5, with its CRLF

// Some replies repeat what the peer said. What is not printable ASCII never reaches the wire, so that no peer
// can end a reply line and begin another (RFC 5321 4.2: textstring is HT and printable ASCII).
char on_the_wire(char c) { return c >= ' ' && c <= '~' ? c : '?'; }

// Takes the next piece of a text line that fits into `room`; breaks at a space where there is one.
std::string_view take_piece(std::string_view& line, std::size_t room) {
  std::size_t length = line.size();
  std::size_t skipped = 0;
  if (length > room) {
    const std::size_t space = line.rfind(' ', room);
    length = space == std::string_view::npos || space == 0 ? room : space;
    skipped = line[length] == ' ' ? 1 : 0;
  }
  const std::string_view piece = line.substr(0, length);
  line.remove_prefix(length + skipped);
  return piece;
}

}  // namespace

std::string Reply::wire() const {
  BREAKWATER_ASSERT(code >= 200 && code <= 599);
  const std::string digits = std::to_string(code);
  std::string prefix;  // RFC 2034 4: the enhanced code opens every line of a reply
  for (const char c : enhanced) prefix += on_the_wire(c);
  if (!prefix.empty()) prefix += ' ';
  BREAKWATER_ASSERT(prefix.size() < 32);
  const std::size_t room = max_reply_line - digits.size() - 1 - prefix.size() - 2;

  std::string out;
  std::size_t last_separator = 0;
  std::string_view rest = text;
  for (bool more = true; more;) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    more = end != std::string_view::npos;
    if (more) rest.remove_prefix(end + 1);
    do {
      const std::string_view piece = take_piece(line, room);
      out += digits;
      last_separator = out.size();
      out += '-';
      out += prefix;
      for (const char c : piece) out += on_the_wire(c);
      out += "\r\n";
    } while (!line.empty());
  }
  out[last_separator] = ' ';
  return out;
}

}  // namespace breakwater::smtp
