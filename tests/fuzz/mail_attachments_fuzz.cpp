// The parts of any message: bounded, with names that are safe to show and to compare.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/attachments.h"
#include "mail/utf8.h"
#include "terms/invariant.h"

using namespace breakwater;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  const auto found = mail::parts_of(message);
  BREAKWATER_ASSERT(found.parts.size() <= 500);
  BREAKWATER_ASSERT(!found.parts.empty() || !found.whole);
  for (const mail::PartFacts& part : found.parts) {
    BREAKWATER_ASSERT(part.names.size() <= 20);
    for (const std::string& name : part.names) {
      BREAKWATER_ASSERT(!name.empty() && mail::valid_utf8(name));
      BREAKWATER_ASSERT(name.find_first_of("/\\\r\n") == std::string::npos && !name.ends_with('.'));
    }
  }
  // What is forwarded is seen as it was.
  const std::string forwarded = "Content-Type: message/rfc822\r\n\r\n" + std::string(message);
  BREAKWATER_ASSERT(mail::parts_of(forwarded).parts.size() <= found.parts.size() + 1);
  return 0;
}
