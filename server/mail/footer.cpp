#include <optional>

#include "mail/ascii.h"
#include "mail/charset.h"
#include "mail/message.h"
#include "mail/multipart.h"
#include "mail/text_part.h"
#include "mail/transfer_encoding.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

// RFC 3676 4.4: in format=flowed a line that looks quoted, stuffed or like an mbox separator is stuffed.
std::string stuffed(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = text.find("\r\n");  // with_crlf() gave every line one
    const std::string_view line = text.substr(0, end + 2);
    if (line.starts_with(' ') || line.starts_with('>') || line.starts_with("From ")) out += ' ';
    out += line;
    text.remove_prefix(line.size());
  }
  return out;
}

// The last line would flow into the footer (RFC 3676 4.1); "=20" is its blank in quoted-printable.
bool ends_flowing(std::string_view body) {
  if (body.ends_with("\r\n")) body.remove_suffix(2);
  return body.ends_with(' ') || body.ends_with("=20");
}

std::optional<std::string> footer_in_text(const HeaderBlock& block, const ContentType& type,
                                          const std::string& text) {
  const std::string encoding = transfer_encoding_of(block);
  const std::string charset = type.parameter("charset");
  const bool ascii = !has_eight_bit(text);
  const bool utf8 = equals_nocase(charset, "utf-8");
  if (!ascii && !utf8) return std::nullopt;
  if (!charset.empty() && !extends_ascii(charset)) return std::nullopt;
  const bool quoted = encoding == "quoted-printable";
  if (!quoted && has_long_line(text)) return std::nullopt;
  if (!quoted && encoding != "8bit" && (encoding != "7bit" || !ascii)) return std::nullopt;
  const bool flowed = equals_nocase(type.parameter("format"), "flowed");
  std::string_view body = block.body();
  // A soft break at the very end would join the footer to it; a quoted-printable text does not end so.
  if (quoted && trimmed(body).ends_with('=')) return std::nullopt;
  std::string out(body);
  if (!out.empty() && !out.ends_with("\r\n")) out += "\r\n";
  if (flowed && ends_flowing(body)) out += "\r\n";
  const std::string added = flowed ? stuffed(text) : text;
  return out += quoted ? encode_quoted_printable(added) : added;
}

std::optional<std::string> footer_as_part(const HeaderBlock& block, const ContentType& type,
                                          const std::string& text) {
  const std::string encoding = transfer_encoding_of(block);
  // RFC 2045 6.4: a multipart has no encoding of its own.
  if (encoding != "7bit" && encoding != "8bit" && encoding != "binary") return std::nullopt;
  const std::string boundary = type.parameter("boundary");
  if (!is_boundary(boundary)) return std::nullopt;
  const std::string_view body = block.body();
  const Layout layout = split_multipart(body, boundary, 1);
  if (layout.closing == std::string_view::npos || layout.parts.empty()) return std::nullopt;
  // Whoever chose the boundary may have chosen one that stands in our footer.
  const std::string part = text_part(text);
  if (part.starts_with("--" + boundary) || part.find("\n--" + boundary) != std::string::npos)
    return std::nullopt;
  std::string out(body.substr(0, layout.closing));
  out += "--" + boundary + "\r\n" + part;
  // The last line end belongs to the closing delimiter (RFC 2046 5.1.1); text_part() gave the text its own.
  return out.append("\r\n").append(body.substr(layout.closing));
}

bool is_attachment(const HeaderBlock& block) {
  const Field* field = block.find("Content-Disposition");
  return field != nullptr && starts_nocase(trimmed(field->body), "attachment");
}

}  // namespace

std::optional<std::string> with_footer(const HeaderBlock& block, std::string_view footer) {
  if (block.malformed() || !valid_utf8(footer) || is_attachment(block)) return std::nullopt;
  const ContentType type = content_type_of(block);
  if (type.doubtful || block.count("Content-Transfer-Encoding") > 1) return std::nullopt;
  const std::string text = with_crlf(footer);
  if (text.empty()) return std::nullopt;
  if (type.type == "text/plain") return footer_in_text(block, type, text);
  // Nothing else: one more part is no alternative in multipart/alternative, and breaks multipart/signed.
  if (type.type == "multipart/mixed") return footer_as_part(block, type, text);
  return std::nullopt;
}

}  // namespace breakwater::mail
