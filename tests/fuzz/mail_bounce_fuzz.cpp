// Reading a bounce ends, within its limits, with each address once and one line a value, whatever the bytes;
// nothing of the message that is returned gets out.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "mail/bounce_parse.h"
#include "mail/bounce_source.h"
#include "terms/invariant.h"

using namespace breakwater;

namespace {

void check(std::string_view message) {
  const auto found = mail::parse_bounce(message);
  BREAKWATER_ASSERT(found.size() <= 1000);
  std::set<std::string> seen;
  for (const auto& one : found) {
    BREAKWATER_ASSERT(one.address.find('@') != std::string::npos);
    BREAKWATER_ASSERT(seen.insert(mail::address_key(one.address)).second);
    const std::string all = one.address + one.status + one.diagnostic;
    BREAKWATER_ASSERT(all.find_first_of(std::string_view("\r\n\0\x1B", 4)) == std::string::npos);
    BREAKWATER_ASSERT(one.status.empty() || one.status.front() == '4' || one.status.front() == '5');
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check(text);
  check("From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\n" + text);
  check("From: MAILER-DAEMON@mx.example\nContent-Type: message/delivery-status\n\n" + text);
  const std::string returned =
      "From: MAILER-DAEMON@mx.example\nSubject: failure notice\nContent-Type: message/rfc822\n\n" + text;
  BREAKWATER_ASSERT(mail::parse_bounce(returned).empty());
  return 0;
}
