// Who came onto a list while its digest was being collected: what was posted before is not for them. Told by
// the numbers of what waits (digests.h) and by no clock, since clocks are set back.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "store/connection.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

// The value of member.behind for who comes now: the last message that waits.
#define BREAKWATER_BEHIND_ALL "(SELECT coalesce(max(number), 0) FROM digest_waiting)"

namespace breakwater::store {

// A list and what is nested in it, each with the number behind which it came there with all its members; of
// several ways the earliest. Those that `served` says no to are left out.
using Nesting = std::map<ListId, std::int64_t>;
Result<Nesting> nesting(
    Connection& db, ListId list, Instant now,
    const std::function<bool(ListId)>& served = [](ListId) { return true; });

// Behind which number somebody came, with whichever of their memberships did so first; nullopt: they have
// none.
Result<std::optional<std::int64_t>> came_behind(Connection& db, const Nesting& lists, AddressId who);

// Each with the number behind which they came.
using Newcomers = std::map<AddressId, std::int64_t>;
// Those with digests who came behind `first` or a later one.
Result<Newcomers> digest_newcomers(Connection& db, const Nesting& lists, std::int64_t first);

}  // namespace breakwater::store
