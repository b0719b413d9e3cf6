#include "storm/notices.h"

#include <charconv>
#include <string>

#include "storm/limiter.h"
#include "terms/invariant.h"

namespace breakwater::storm {
namespace {

constexpr std::int64_t kHourMs = std::int64_t{3600} * 1000;
// One person hears of one thing once a day.
constexpr std::int64_t kDayMs = 24 * kHourMs;

// All people of a list together: never more than 200 of a sort within an hour (limiter.h: the burst and the
// hour's).
constexpr Rate kNotices = {100, 100};

// Questions for confirmation to one person: never more than 20 within a day, which is 10 at once and 10 in
// the day. A rate counts by the hour, so that a question costs 12 of its units.
constexpr std::int64_t kQuestion = 12;
constexpr Rate kQuestions = {5, 10 * kQuestion};

// Apart, so that what anybody can bring about by forged mail silences nothing else.
std::string_view budget_key(Notice notice) {
  switch (notice) {
    case Notice::to_sender: return "notices";
    case Notice::of_list: return "notices:list";
    case Notice::of_posting: return "notices:posting";
  }
  BREAKWATER_ASSERT(false);
}

bool told_lately(const std::string& value, std::int64_t quiet_ms, Instant now) {
  std::int64_t told = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), told);
  if (read.ec != std::errc() || read.ptr != value.data() + value.size() || told < 0) return false;
  // Also what the clock says is still to come, if not for long: it was set back since.
  const std::int64_t since = to_ms(now) - told;
  return since < quiet_ms && since > -quiet_ms;
}

// Takes one time in `quiet_ms`; false: it was taken.
Result<bool> take_turn(ListId list, const std::string& key, std::int64_t quiet_ms, Memory& memory,
                       Instant now) {
  auto told = memory.get(list, Kind::notice, key, now);
  if (!told) return told.error();
  if (*told && told_lately(**told, quiet_ms, now)) return false;
  auto kept = memory.put(list, Kind::notice, key, std::to_string(to_ms(now)), now);
  if (!kept) return kept.error();
  return true;
}

Result<bool> take_budget(ListId list, Kind kind, std::string_view key, std::int64_t cost, const Rate& rate,
                         Memory& memory, Instant now) {
  auto stored = memory.get(list, kind, key, now);
  if (!stored) return stored.error();
  Budget budget = Budget::decode(stored->value_or(""));
  if (budget.earliest(cost, rate, now) > now) return false;
  budget.take(cost, rate, now);
  if (auto kept = memory.put(list, kind, key, budget.encode(), now); !kept) return kept.error();
  return true;
}

}  // namespace

Result<bool> may_tell(ListId list, Notice notice, std::string_view whom, Memory& memory, Instant now) {
  const std::string key = digest(whom);
  auto told = memory.get(list, Kind::notice, key, now);
  if (!told) return told.error();
  if (*told && told_lately(**told, kDayMs, now)) return false;
  auto room = take_budget(list, Kind::budget, budget_key(notice), 1, kNotices, memory, now);
  if (!room || !*room) return room;
  return take_turn(list, key, kDayMs, memory, now);
}

Result<bool> may_tell_of_rest(ListId list, std::string_view person, Memory& memory, Instant now) {
  return take_turn(list, "rest:" + digest(person), kHourMs, memory, now);
}

// Not beside the budgets of list 0, which every posting writes: questions alone can push out questions.
Result<bool> may_ask(std::string_view person, Memory& memory, Instant now) {
  return take_budget(ListId{}, Kind::notice, "ask:" + digest(person), kQuestion, kQuestions, memory, now);
}

}  // namespace breakwater::storm
