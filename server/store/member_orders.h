// Orders about membership that came by mail and wait for the token that whom they concern was sent: of an
// owner's about others, the owner; of others' about how a member's mail is delivered, that member.
// Functions on a connection; what changes something is for write jobs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "store/connection.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::store {

struct MemberOrders {
  std::string digest;  // of the token
  ListId list;
  std::string person;  // key of who was sent it
  std::string orders;  // one a line (lists/command_mail.h, line_of)
  Instant expires{};
  bool used = false;
};
Result<void> add_member_orders(Connection& db, const MemberOrders& orders);
// nullopt: none such, or too old to say anything of.
Result<std::optional<MemberOrders>> member_orders(Connection& db, std::string_view digest);
// Whether this person has been asked about orders of the list that begin so, and may still answer.
Result<bool> awaits_member_orders(Connection& db, ListId list, std::string_view person,
                                  std::string_view begin, Instant now);
Result<void> use_member_orders(Connection& db, std::string_view digest);
// Takes away what expired `remembered` ago: until then its reader can be told. At most `limit` rows a call.
Result<void> prune_member_orders(Connection& db, Instant now, std::size_t limit);

}  // namespace breakwater::store
