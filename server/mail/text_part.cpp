#include "mail/text_part.h"

#include <algorithm>

#include "mail/ascii.h"
#include "mail/transfer_encoding.h"
#include "mail/utf8.h"

namespace breakwater::mail {

bool has_long_line(std::string_view text) {
  constexpr std::size_t kMaxLine = 998;
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    if (std::min(end, text.size()) > kMaxLine) return true;
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 2);
  }
  return false;
}

std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\r' || c == '\n') {
      if (c == '\r' && at + 1 < text.size() && text[at + 1] == '\n') ++at;
      out += "\r\n";
    } else {
      out += is_control(c) && c != '\t' ? ' ' : c;
    }
  }
  if (!out.empty() && !out.ends_with("\r\n")) out += "\r\n";
  return out;
}

std::string text_part(std::string_view text) {
  const std::string body = with_crlf(text);
  const bool ascii = !has_eight_bit(body);
  std::string out = "Content-Type: text/plain; charset=" + std::string(ascii ? "us-ascii" : "utf-8") + "\r\n";
  if (ascii && !has_long_line(body)) return out + "Content-Transfer-Encoding: 7bit\r\n\r\n" + body;
  const std::string quoted = encode_quoted_printable(body);
  // Where little is ASCII, quoted-printable is both longer and unreadable.
  if (quoted.size() > body.size() * 2) {
    return out + "Content-Transfer-Encoding: base64\r\n\r\n" + encode_base64_lines(body);
  }
  return out + "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted;
}

}  // namespace breakwater::mail
