#include "lists/service_address.h"

namespace breakwater::lists {

bool is_service_address(const ListsByAddress& lists, std::string_view hostname,
                        const mail::Address& address) {
  const std::size_t at = address.key.rfind('@');
  const std::string_view local = std::string_view(address.key).substr(0, at);
  if (local == "postmaster") return is_local_domain(lists, hostname, address.domain);
  // Most addresses end here: of a hundred thousand in a sync, few have such a word behind a dash.
  const std::string_view base = local.substr(0, local.find('+'));
  const std::size_t dash = base.rfind('-');
  if (dash == std::string_view::npos || !sub_address_of(base.substr(dash + 1))) return false;
  if (lists.contains(address.key)) return false;
  return lists.contains(std::string(base.substr(0, dash)) + "@" + address.domain);
}

}  // namespace breakwater::lists
