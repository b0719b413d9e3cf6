// Reading a handover log for what the ledger counts, and copying it from one slice's indices to another's.
// Inside store/ only; pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::store {

struct LogSummary {
  std::uint32_t deferred = 0;  // how many were told to wait, each answer counted
  std::string last_refusal;    // the latest reply that was not a 2xx
  Instant last{};              // answer
};
Result<LogSummary> summarize(Instant base, std::string_view log);

// (index in one slice, index in another) of the ids that both have, ascending.
using IndexMap = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
IndexMap map_indices(std::span<const AddressId> from, std::span<const AddressId> to);

// The records of `log` that name somebody of `places`, with the indices of the second slice.
Result<std::string> transcribe(Instant base, std::string_view log, const IndexMap& places);

}  // namespace breakwater::store
