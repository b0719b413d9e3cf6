// A token from a URL: what is read is exactly what would be made, and a text of somebody's own is never read.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lists/unsubscribe_token.h"
#include "terms/invariant.h"

using namespace breakwater;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A weak hash that seeds and mutations may well hit: then the token is the canonical one.
  const lists::Mac weak = [](std::string_view) { return std::uint64_t{0}; };
  if (const auto token = lists::read_unsubscribe_token(text, weak)) {
    BREAKWATER_ASSERT(lists::make_unsubscribe_token(*token, weak) == text);
  }
  std::uint64_t asked = 0;
  const lists::Mac other = [&](std::string_view named) {
    return named.size() * 0x9E3779B97F4A7C15ULL + ++asked;
  };
  BREAKWATER_ASSERT(!lists::read_unsubscribe_token(text, other));
  return 0;
}
