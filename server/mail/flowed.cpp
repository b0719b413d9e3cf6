#include "mail/flowed.h"

#include <algorithm>

namespace breakwater::mail {

std::string unflowed(std::string_view text, bool delete_blank) {
  std::string out;
  bool flows = false;  // the line before goes on in this one
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool whole = line.starts_with('>') || line == "-- ";
    if (flows && whole) out += '\n';  // RFC 3676 4.5: improperly flowed
    if (!whole && line.starts_with(' ')) line.remove_prefix(1);
    flows = !whole && line.ends_with(' ');
    if (flows && delete_blank) line.remove_suffix(1);
    out += line;
    if (!flows) out += '\n';
  }
  return out;
}

}  // namespace breakwater::mail
