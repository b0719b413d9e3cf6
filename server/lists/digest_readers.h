// How many people read a list by digest (expansion.h expands them). Pure.
#pragma once

#include <cstdint>

#include "lists/expansion.h"
#include "terms/ids.h"
#include "terms/result.h"

namespace breakwater::lists {

// Those whom expand_digest would give, counted without slices. Errors: those of the source.
Result<std::int64_t> count_digest_readers(MemberSource& members, ListId list);

}  // namespace breakwater::lists
