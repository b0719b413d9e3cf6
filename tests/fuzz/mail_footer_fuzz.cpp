// Whatever the message: with a footer, its text is read as before, its parts are the same, and 7bit stays.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "footer_flaw.h"
#include "terms/invariant.h"

using namespace breakwater;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  for (const char* footer : {"_____\nThe list\n", "K\xC3\xBC\x63he\n", "\xCE\xBB\n"})
    BREAKWATER_ASSERT(mail::flaw_of_footer(message, footer).empty());
  return 0;
}
