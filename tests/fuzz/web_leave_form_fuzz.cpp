// What is posted to the pages where one leaves a list: the wish, and the address that was typed.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/address.h"
#include "mail/ascii.h"
#include "terms/invariant.h"
#include "web/leave_page.h"

using namespace breakwater;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const std::string typed = web::typed_address(body);
  BREAKWATER_ASSERT(typed.size() <= body.size());
  const std::string decoded = web::percent_decoded(body);
  BREAKWATER_ASSERT(decoded.size() <= body.size());
  if (body.find('%') == std::string_view::npos) BREAKWATER_ASSERT(decoded == body);
  if (const auto who = mail::parse_address(mail::trimmed(typed))) {
    // What a browser makes of a form with this address is read as the same address.
    std::string form = "address=";
    for (const char c : who->mailbox) {
      constexpr const char* kDigits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      form += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
    BREAKWATER_ASSERT(web::typed_address("x=1&" + form + "&address=other") == who->mailbox);
  }
  for (const char* type : {"application/x-www-form-urlencoded", "multipart/form-data; boundary=b"}) {
    const bool asks = web::asks_to_leave(type, body);
    BREAKWATER_ASSERT(!asks || body.find("One-Click") != std::string_view::npos);
  }
  return 0;
}
