// Which list, and which of its addresses, a recipient means: "tech@", "tech-owner@", "tech-bounces+token@",
// "tech-request@", "tech-join@", "postmaster@". Pure look-ups on a configuration snapshot, which must outlive
// what is returned.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "lists/list.h"

namespace breakwater::lists {

using ListsByAddress = std::map<std::string, List>;  // key: name@domain, lower case

// ASCII only, as SMTP's own words compare.
std::string lower_case(std::string_view text);

// join and leave have the names of other list managers too (command_mail.h, verb_of_address).
enum class SubAddress { posting, owner, bounces, request, join, leave, confirm, postmaster };

struct Target {
  SubAddress kind = SubAddress::posting;
  const List* list = nullptr;  // nullptr only for postmaster
  std::string detail;          // behind '+', as written: a token; of confirm always one
};

// By what stands behind "tech-", in small letters: "owner", "leave". nullopt: no such address.
std::optional<SubAddress> sub_address_of(std::string_view suffix);

// `local` unquoted, `domain` as it came; both compare without case. `hostname` is the server's own name,
// which has a postmaster too (RFC 5321 4.5.1); an empty domain means it. nullopt: no such address here.
std::optional<Target> find_target(const ListsByAddress& lists, std::string_view hostname,
                                  std::string_view local, std::string_view domain);

// True when some list lives at this domain, or it is the hostname: an unknown local part there is 550 5.1.1,
// a recipient anywhere else is relaying, 550 5.7.1.
bool is_local_domain(const ListsByAddress& lists, std::string_view hostname, std::string_view domain);

}  // namespace breakwater::lists
