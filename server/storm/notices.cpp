#include <charconv>

#include "storm/guard.h"
#include "storm/limiter.h"

namespace breakwater::storm {
namespace {

// One person hears of a list's storm once a day.
constexpr std::int64_t kQuietMs = std::int64_t{24} * 3600 * 1000;
// All people of a list together: never more than 200 within an hour (limiter.h: the burst and the hour's).
constexpr Rate kNotices = {100, 100};
constexpr std::string_view kBudgetKey = "notices";

bool told_lately(const std::string& value, Instant now) {
  std::int64_t told = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), told);
  if (read.ec != std::errc() || read.ptr != value.data() + value.size() || told < 0) return false;
  // Also what the clock says is still to come, if not for long: it was set back since.
  const std::int64_t since = to_ms(now) - told;
  return since < kQuietMs && since > -kQuietMs;
}

}  // namespace

Result<bool> may_tell(ListId list, std::string_view person, Memory& memory, Instant now) {
  const std::string key = digest(person);
  auto told = memory.get(list, Kind::notice, key, now);
  if (!told) return told.error();
  if (*told && told_lately(**told, now)) return false;
  auto stored = memory.get(list, Kind::budget, kBudgetKey, now);
  if (!stored) return stored.error();
  Budget budget = Budget::decode(stored->value_or(""));
  if (budget.earliest(1, kNotices, now) > now) return false;
  budget.take(1, kNotices, now);
  if (auto kept = memory.put(list, Kind::budget, kBudgetKey, budget.encode(), now); !kept) {
    return kept.error();
  }
  if (auto kept = memory.put(list, Kind::notice, key, std::to_string(to_ms(now)), now); !kept) {
    return kept.error();
  }
  return true;
}

}  // namespace breakwater::storm
