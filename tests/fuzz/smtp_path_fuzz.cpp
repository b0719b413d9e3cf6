// Paths: what is accepted is written back and read again as the same, and holds nothing that could end a
// line.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "smtp/path.h"
#include "smtp/utf8.h"
#include "terms/invariant.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace breakwater::smtp;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const bool utf8 : {false, true}) {
    const auto mailbox = parse_mailbox(input, utf8);
    if (!mailbox) continue;
    const std::string text = mailbox->text();
    BREAKWATER_ASSERT(utf8 ? is_utf8(text) : is_ascii(text));
    for (const char c : text) BREAKWATER_ASSERT(static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
    const auto again = parse_mailbox(text, utf8);
    BREAKWATER_ASSERT(again.has_value() && *again == *mailbox && again->text() == text);
  }
  return 0;
}
