// Who came onto a list while its digest was being collected: what was posted before is not for them.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "store/connection.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::store {

// Since when a person is on any of these lists; nullopt: on none.
Result<std::optional<Instant>> on_any_since(Connection& db, const std::vector<ListId>& lists, AddressId who);

// Those with digests who are on these lists (one, and what is nested in it) since later than `begin` only:
// since when.
Result<std::map<AddressId, Instant>> digest_newcomers(Connection& db, const std::vector<ListId>& lists,
                                                      Instant begin);

}  // namespace breakwater::store
