// What is accepted is a fixed point: written again it is the same mailbox, the same member, the same domain.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/address.h"
#include "mail/utf8.h"
#include "terms/invariant.h"

using breakwater::mail::Address;

static void hold(const Address& address) {
  const auto again = breakwater::mail::parse_address(address.mailbox);
  BREAKWATER_ASSERT(again.has_value());
  BREAKWATER_ASSERT(again->mailbox == address.mailbox && again->key == address.key);
  BREAKWATER_ASSERT(address.mailbox.size() <= 254);
  BREAKWATER_ASSERT(address.mailbox.ends_with("@" + address.domain) &&
                    address.key.ends_with("@" + address.domain));
  BREAKWATER_ASSERT(address.mailbox.find('@') == address.mailbox.rfind('@'));
  BREAKWATER_ASSERT(breakwater::mail::printable(address.mailbox, address.mailbox.size()) == address.mailbox);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto address = breakwater::mail::parse_address(text)) hold(*address);
  const auto list = breakwater::mail::parse_address_list(text);
  if (!list) return 0;
  for (const auto& one : *list) {
    hold(one.address);
    const auto again = breakwater::mail::parse_address_list(breakwater::mail::format_address(one));
    BREAKWATER_ASSERT(again.has_value() && again->size() == 1 && again->front().address == one.address);
  }
  return 0;
}
