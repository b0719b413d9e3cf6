// Ids as people type them: whatever parses comes out again as the same id.
#include <cstdint>
#include <string_view>

#include "terms/ids.h"
#include "terms/invariant.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto id = breakwater::parse_id(text)) {
    BREAKWATER_ASSERT(breakwater::parse_id(breakwater::format_id(*id)) == id);
  }
  return 0;
}
