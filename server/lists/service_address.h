// Addresses by which people speak to this server: a list's "tech-owner@", "tech-request+x@", and the
// postmaster of its domains. Nobody is behind them as a member or an owner: what the list sent there would
// come back as mail for its owners, or as a command. Pure.
#pragma once

#include <string>
#include <string_view>

#include "lists/list_address.h"
#include "mail/address.h"

namespace breakwater::lists {

// A list's own posting address is none: a list may be a member of another.
bool is_service_address(const ListsByAddress& lists, std::string_view hostname, const mail::Address& address);

// What is wrong with one, to go behind the address.
inline constexpr std::string_view kServiceAddress =
    "is an address by which people speak to this server: nobody is behind it who could be on a list";

}  // namespace breakwater::lists
