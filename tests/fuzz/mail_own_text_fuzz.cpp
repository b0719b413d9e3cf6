// The sender's own text: bounded, valid UTF-8, without controls, and the same when it is asked for again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/flowed.h"
#include "mail/own_text.h"
#include "mail/utf8.h"
#include "terms/invariant.h"

using namespace breakwater;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  for (const std::size_t most : {0U, 1U, 100U, 1000U}) {
    const std::string text = mail::own_text(message, most);
    BREAKWATER_ASSERT(text.size() <= most);
    BREAKWATER_ASSERT(mail::valid_utf8(text));
    for (const char c : text) BREAKWATER_ASSERT(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
    BREAKWATER_ASSERT(mail::own_text(message, most) == text);
    const auto lines = mail::own_lines(message, most);
    BREAKWATER_ASSERT(lines.text.size() <= most && mail::valid_utf8(lines.text));
    // Of what is cut off no line is a part of one.
    const auto all = mail::own_lines(message, message.size() * 4 + 100);
    BREAKWATER_ASSERT(!all.cut);
    if (!lines.cut) BREAKWATER_ASSERT(lines.text == all.text);
    if (lines.cut) BREAKWATER_ASSERT(lines.text.empty() || lines.text.ends_with('\n'));
    BREAKWATER_ASSERT(all.text.starts_with(lines.text));
  }
  for (const bool delete_blank : {false, true}) {
    const std::string flat = mail::unflowed(message, delete_blank);
    BREAKWATER_ASSERT(flat.size() <= message.size() * 2 + 1);
  }
  return 0;
}
