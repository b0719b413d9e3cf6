#include "lists/ban.h"

#include <utility>

#include "mail/ascii.h"
#include "mail/domain.h"
#include "mail/utf8.h"

namespace breakwater::lists {

Result<std::string> parse_ban(std::string_view text) {
  text = mail::trimmed(text);
  if (!text.starts_with('@')) {
    auto address = mail::parse_address(text);
    if (!address) return address.error();
    return std::move(address->key);
  }
  const bool below = text.starts_with("@.");
  auto domain = mail::ascii_domain(text.substr(below ? 2 : 1));
  if (!domain) return domain.error();
  if (domain->find('.') == std::string::npos) {
    return error(Fault::invalid, "\"" + mail::printable(text, 80) +
                                     "\" would ban a whole top-level domain: name a domain below it");
  }
  return (below ? "@." : "@") + *domain;
}

std::vector<std::string> ban_keys(const mail::Address& address) {
  std::vector<std::string> keys = {address.key, "@" + address.domain};
  for (std::size_t dot = address.domain.find('.'); dot != std::string::npos;
       dot = address.domain.find('.', dot + 1)) {
    keys.push_back("@" + address.domain.substr(dot));
  }
  return keys;
}

}  // namespace breakwater::lists
