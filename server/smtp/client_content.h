// A message's content as it goes behind 354: dots stuffed (RFC 5321 4.5.2), CRLF line ends only, the lone dot
// last; and as it goes behind BDAT (RFC 3030): not stuffed, no dot. Made once for all connections and
// recipients; where nothing has to be changed it shares the buffers it came from. Immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace breakwater::smtp {

struct Content {
  using Text = std::shared_ptr<const std::string>;
  Text raw_head, raw_body;      // as given
  Text head, body;              // stuffed; the same objects as above where that changed nothing
  Text chunk_head, chunk_body;  // line ends right, nothing else changed
  std::string_view chunk_end;   // CRLF where the text does not end a line
  std::string_view end;    // what closes it: ".\r\n", with CRLF before it where the text does not end a line
  std::uint64_t size = 0;  // octets without stuffing and final dot (RFC 1870 3)
  bool eight_bit = false;  // BODY=8BITMIME is needed
  bool utf8 = false;       // SMTPUTF8 is needed
  std::uint64_t chunk_size() const { return chunk_head->size() + chunk_body->size() + chunk_end.size(); }
};

// `head` has its empty line at the end. Bare CR and bare LF, which the spool does not have, become CRLF: a
// peer that takes one of them for a line end must not find a dot behind it (SMTP smuggling). Null pointers
// are empty texts.
Content make_content(Content::Text head, Content::Text body, bool eight_bit, bool utf8);

}  // namespace breakwater::smtp
