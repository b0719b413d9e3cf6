// An audience in parts, each person in one. Pure.
#pragma once

#include <cstddef>
#include <map>

#include "lists/expansion.h"
#include "terms/ids.h"
#include "terms/result.h"

namespace breakwater::lists {

// By the number of the part; who is not in `part_of` is in part 0. Slices keep their order and their routes.
// Errors: Fault::invalid, the slices cannot be read.
Result<std::map<std::size_t, Audience>> in_parts(Audience audience,
                                                 const std::map<AddressId, std::size_t>& part_of);

}  // namespace breakwater::lists
