#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
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
  if (body.ends_with('\n')) body.remove_suffix(body.ends_with("\r\n") ? 2 : 1);
  return body.ends_with(' ') || body.ends_with("=20");
}

// What stands between: an empty line, so that the footer is no part of a last paragraph or signature.
std::string gap(std::string_view text, std::string_view footer, bool flowed, const std::string& line_end) {
  if (text.empty()) return {};
  const bool ended = text.ends_with(line_end);
  std::string out = ended ? "" : line_end;
  if (flowed && ends_flowing(text)) out += line_end;
  const bool apart = footer.starts_with(line_end) || text == line_end || text.ends_with(line_end + line_end);
  return apart ? out : out + line_end;
}

bool is_token(std::string_view text) {  // RFC 2045 5.1
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7F && std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
  });
}

// The field with another charset; nullopt: it has a parameter that cannot be written again in one line.
std::optional<std::string> in_charset(const ContentType& type, const std::string& charset) {
  constexpr std::size_t kMaxValue = 500;
  std::string out = type.type + "; charset=" + charset;
  for (const auto& [name, value] : type.parameters) {
    if (name == "charset") continue;
    const bool plain = std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c < 0x7F; });
    if (!is_token(name) || value.size() > kMaxValue || !plain) return std::nullopt;
    out += "; " + name + "=";
    if (is_token(value)) {
      out += value;
      continue;
    }
    out += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out;
}

void say_mime(const HeaderBlock& block, HeaderEdit& edit) {
  if (block.find("MIME-Version") == nullptr) edit.append("MIME-Version", "1.0");
}

// Lines that end as those of the text do: many programs put lone LF into base64.
std::optional<std::string> in_base64(std::string_view body, std::string_view added, std::string& text,
                                     bool flowed) {
  std::string whole;
  std::copy_if(body.begin(), body.end(), std::back_inserter(whole),
               [](char c) { return !is_wsp(c) && c != '\r' && c != '\n'; });
  if (encode_base64(text) != whole) return std::nullopt;  // readers may differ on what it says
  const bool lone = text.find("\r\n") == std::string::npos && text.find('\n') != std::string::npos;
  std::string footer(added);
  if (lone) std::erase(footer, '\r');
  text += gap(text, footer, flowed, lone ? "\n" : "\r\n");
  return encode_base64_lines(text += footer);
}

// Into the text itself. What was 7bit stays so: a next server may know no 8BITMIME (RFC 6152).
std::optional<std::string> footer_in_text(const HeaderBlock& block, const ContentType& type,
                                          const std::string& footer, HeaderEdit& edit) {
  const std::string encoding = transfer_encoding_of(block), named = type.parameter("charset");
  const std::string charset = named.empty() ? "us-ascii" : named;
  if (!type.parameter("charset*").empty()) return std::nullopt;  // RFC 2231; nobody writes it
  const bool flowed = equals_nocase(type.parameter("format"), "flowed");
  const std::string_view body = block.body();
  const bool base64 = encoding == "base64", quoted = encoding == "quoted-printable";
  std::string decoded = base64 ? decode_base64(body) : quoted ? decode_quoted_printable(body) : "";
  std::string added = flowed ? stuffed(footer) : footer;
  std::optional<std::string> content_type;
  if (const auto bytes = from_utf8(added, charset)) {
    added = *bytes;
  } else {
    // Text that is all ASCII is UTF-8 too.
    if (!extends_ascii(charset) || has_eight_bit(base64 || quoted ? decoded : body)) return std::nullopt;
    content_type = in_charset(type, "utf-8");
    if (!content_type) return std::nullopt;
  }
  std::optional<std::string> out;
  bool now_quoted = false;
  if (base64) {
    out = in_base64(body, added, decoded, flowed);
  } else if (quoted) {
    // A soft break at the very end would join the footer to it; a quoted-printable text does not end so.
    if (trimmed(body).ends_with('=')) return std::nullopt;
    out = std::string(body) + gap(body, added, flowed, "\r\n") + encode_quoted_printable(added);
  } else {
    out = std::string(body) + gap(body, added, flowed, "\r\n") + added;
    now_quoted = has_eight_bit(added) && (encoding != "8bit" || !has_eight_bit(body));
    if (now_quoted) out = encode_quoted_printable(*out);
    if (!now_quoted && has_long_line(added)) return std::nullopt;
  }
  if (!out || (!content_type && !now_quoted)) return out;
  if (content_type) edit.replace("Content-Type", *content_type);
  if (now_quoted) edit.replace("Content-Transfer-Encoding", "quoted-printable");
  say_mime(block, edit);
  return out;
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

// A boundary that stands nowhere in the body. The same each time, since copies are made anew after a restart;
// nullopt: whoever wrote the body has foreseen the first.
std::optional<std::string> unused_boundary(const HeaderBlock& block) {
  constexpr int kMaxTries = 8;
  std::uint64_t sum = 0xcbf29ce484222325;  // FNV-1a, of the header: it has date and id
  for (const char c : block.head()) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  for (int tries = 0; tries < kMaxTries; ++tries, ++sum) {
    std::string boundary = "=_f";  // "=_" is in no encoded text (RFC 2045 6.7)
    for (int shift = 56; shift >= 0; shift -= 8)
      boundary += lower(hex_byte(static_cast<char>(sum >> shift & 0xFF)));
    if (block.body().find(boundary) == std::string_view::npos) return boundary;
  }
  return std::nullopt;
}

// What says how the body is to be read, and goes with it.
constexpr std::array<std::string_view, 10> kOfContent = {
    "Content-Type",        "Content-Transfer-Encoding", "Content-Disposition", "Content-ID",
    "Content-Description", "Content-Language",          "Content-Location",    "Content-Base",
    "Content-MD5",         "Content-Features"};

// The body as a part of its own, byte for byte, with the footer as another behind it.
std::optional<std::string> footer_around(const HeaderBlock& block, const std::string& footer,
                                         HeaderEdit& edit) {
  const auto boundary = unused_boundary(block);
  if (!boundary) return std::nullopt;
  std::string out = "--" + *boundary + "\r\n";
  for (const Field& field : block.fields()) {
    const auto names = [&](std::string_view name) { return field.is(name); };
    if (std::any_of(kOfContent.begin(), kOfContent.end(), names)) out += field.raw;
  }
  if (has_eight_bit(out)) return std::nullopt;  // RFC 6532: the copy would have to say so
  out.append("\r\n").append(block.body());
  const bool eight_bit = has_eight_bit(block.body());
  out += "\r\n--" + *boundary + "\r\n" + text_part(footer) + "\r\n--" + *boundary + "--\r\n";
  for (const std::string_view name : kOfContent) edit.remove(name);
  edit.replace("Content-Type", "multipart/mixed; boundary=\"" + *boundary + "\"");
  if (eight_bit) edit.append("Content-Transfer-Encoding", "8bit");
  say_mime(block, edit);
  return out;
}

bool is_whole_multipart(const HeaderBlock& block, const ContentType& type) {
  const std::string boundary = type.parameter("boundary");
  if (!is_boundary(boundary)) return false;
  const Layout layout = split_multipart(block.body(), boundary, 1);
  return layout.closing != std::string_view::npos && !layout.parts.empty();
}

bool is_attachment(const HeaderBlock& block) {
  const Field* field = block.find("Content-Disposition");
  return field != nullptr && starts_nocase(trimmed(field->body), "attachment");
}

}  // namespace

std::optional<std::string> with_footer(const HeaderBlock& block, std::string_view footer, HeaderEdit& edit) {
  if (block.malformed() || !valid_utf8(footer) || is_attachment(block)) return std::nullopt;
  const ContentType type = content_type_of(block);
  if (type.doubtful || block.count("Content-Transfer-Encoding") > 1) return std::nullopt;
  const std::string text = with_crlf(footer), encoding = transfer_encoding_of(block);
  if (text.empty()) return std::nullopt;
  const bool seven_or_eight = encoding == "7bit" || encoding == "8bit";
  const bool encoded = encoding == "quoted-printable" || encoding == "base64";
  if (type.type == "multipart/mixed") return footer_as_part(block, type, text);
  // Another part would be no alternative, and belong to no related one: the footer goes around them.
  if (type.type == "multipart/alternative" || type.type == "multipart/related")
    return seven_or_eight && is_whole_multipart(block, type) ? footer_around(block, text, edit)
                                                             : std::nullopt;
  if ((type.type != "text/plain" && type.type != "text/html") || !(seven_or_eight || encoded))
    return std::nullopt;
  auto out = type.type == "text/plain" ? footer_in_text(block, type, text, edit) : std::nullopt;
  return out ? out : footer_around(block, text, edit);
}

}  // namespace breakwater::mail
