// Which parts a MIME entity has (RFC 2045 5, RFC 2046 5.1). Pure; bounded; nothing is copied but parameters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mail/header_block.h"

namespace breakwater::mail {

struct ContentType {
  std::string type = "text/plain";  // lower case; what holds where the field is missing
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case
  bool doubtful =
      false;  // a field, type or parameter that is there twice or cannot be read: readers may differ

  std::string parameter(std::string_view name) const;  // the first; empty: none
  bool is_multipart() const { return type.starts_with("multipart/"); }
};

ContentType parse_content_type(std::string_view field_body);
ContentType content_type_of(const HeaderBlock& block);
// Content-Transfer-Encoding in lower case, "7bit" where it is missing.
std::string transfer_encoding_of(const HeaderBlock& block);

struct Layout {
  std::vector<std::string_view> parts;  // header and body of each, without the CRLF before the next delimiter
  std::size_t closing =
      std::string_view::npos;  // offset of the "--" that begins the closing delimiter; npos: none
};

// The first `max_parts` parts of a multipart body. A delimiter is a whole line (RFC 2046 5.1.1).
Layout split_multipart(std::string_view body, std::string_view boundary, std::size_t max_parts);

// RFC 2046 5.1.1: 1 to 70 characters of its alphabet, no blank at the end.
bool is_boundary(std::string_view text);

}  // namespace breakwater::mail
