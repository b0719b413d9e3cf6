// What must hold of every message with a footer, for the property test and the fuzz target alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mail/charset.h"
#include "mail/message.h"
#include "mail/multipart.h"
#include "mail/text_part.h"
#include "mail/transfer_encoding.h"
#include "mail/utf8.h"

namespace breakwater::mail {

inline std::string decoded_body(const HeaderBlock& block) {
  const std::string encoding = transfer_encoding_of(block);
  return encoding == "base64"             ? decode_base64(block.body())
         : encoding == "quoted-printable" ? decode_quoted_printable(block.body())
                                          : std::string(block.body());
}

inline std::string charset_of(const ContentType& type) {
  const std::string charset = type.parameter("charset");
  return charset.empty() ? "us-ascii" : charset;
}

// All fields but those about the content.
inline std::string other_fields(const HeaderBlock& block) {
  std::string out;
  for (const Field& field : block.fields()) {
    const bool content = field.name.size() > 8 && Field{{}, field.name.substr(0, 8), {}}.is("Content-");
    if (!content && !field.is("MIME-Version")) out += field.raw;
  }
  return out;
}

// text/plain that stayed one: read, it begins with what was there; then come line ends and the footer.
inline std::string_view flaw_of_text(const HeaderBlock& before, const HeaderBlock& after,
                                     const std::string& footer) {
  const ContentType was = content_type_of(before), is = content_type_of(after);
  const std::string old_text = decoded_body(before), text = decoded_body(after);
  if (is.parameter("format") != was.parameter("format")) return "another format";
  if (charset_of(is) != charset_of(was) && has_eight_bit(old_text))
    return "its text is read in another charset";
  if (!text.starts_with(old_text)) return "the text before the footer changed";
  const auto added = to_utf8(std::string_view(text).substr(old_text.size()), charset_of(is));
  if (!added) return "the footer is no text in the charset";
  const auto start = added->find_first_not_of("\r\n");
  std::string lone = with_crlf(footer);
  std::erase(lone, '\r');
  const std::string_view rest = std::string_view(*added).substr(start);
  return rest == with_crlf(footer) || rest == lone ? "" : "the footer is not behind it";
}

// multipart/mixed that was one: the footer's part was put in at one place, and the old parts are there.
inline std::string_view flaw_of_mixed(const HeaderBlock& before, const HeaderBlock& after) {
  constexpr std::size_t kMost = 1000;
  const std::string boundary = content_type_of(before).parameter("boundary");
  const std::string_view old_body = before.body(), body = after.body();
  const Layout had = split_multipart(old_body, boundary, kMost);
  const Layout has = split_multipart(body, boundary, kMost + 1);
  const std::size_t added = body.size() - old_body.size();
  if (std::string(body.substr(0, had.closing)).append(body.substr(had.closing + added)) != old_body)
    return "bytes of the multipart changed";
  if (has.parts.size() != had.parts.size() + 1) return "not one part more";
  for (std::size_t at = 0; at < had.parts.size(); ++at)
    if (has.parts[at] != had.parts[at]) return "a part changed";
  return "";
}

// A new multipart/mixed: the old body with what its header said of it, and the footer.
inline std::string_view flaw_of_wrapped(const HeaderBlock& before, const HeaderBlock& after,
                                        const std::string& footer) {
  const ContentType was = content_type_of(before), is = content_type_of(after);
  if (is.type != "multipart/mixed") return "became something else";
  const Layout layout = split_multipart(after.body(), is.parameter("boundary"), 3);
  if (layout.parts.size() != 2 || layout.closing == std::string_view::npos) return "not two parts";
  const auto first = HeaderBlock::parse(layout.parts[0]), second = HeaderBlock::parse(layout.parts[1]);
  if (first.body() != before.body()) return "bytes of the body changed";
  const ContentType inner = content_type_of(first);
  if (inner.type != was.type || inner.parameters != was.parameters) return "another type";
  if (transfer_encoding_of(first) != transfer_encoding_of(before)) return "another encoding";
  return decoded_body(second) == with_crlf(footer) ? "" : "the footer is not the second part";
}

// Empty: none. `footer` begins with neither a line end nor what format=flowed stuffs.
inline std::string_view flaw_of_footer(std::string_view message, const std::string& footer) {
  const auto before = HeaderBlock::parse(message);
  HeaderEdit edit(before);
  const auto body = with_footer(before, footer, edit);
  if (!body) return edit.render() == HeaderEdit(before).render() ? "" : "an edit without a footer";
  const std::string result = edit.render() + *body;
  const auto after = HeaderBlock::parse(result);
  if (after.malformed() || content_type_of(after).doubtful) return "the header is malformed";
  if (after.body() != *body) return "the body begins elsewhere";
  if (other_fields(after) != other_fields(before)) return "other fields changed";
  if (has_eight_bit(*body) && !has_eight_bit(before.body())) return "it was 7bit";
  const std::string was = content_type_of(before).type, is = content_type_of(after).type;
  if (was == "multipart/mixed") return flaw_of_mixed(before, after);
  if (was == "text/plain" && is == was) return flaw_of_text(before, after, footer);
  return flaw_of_wrapped(before, after, footer);
}

}  // namespace breakwater::mail
