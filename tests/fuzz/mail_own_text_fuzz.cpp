// The sender's own text: bounded, valid UTF-8, without controls, and the same when it is asked for again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

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
  }
  return 0;
}
