// The breaker: finds reply-all storms by their structure and stops their fan-out. Per thread and per list;
// closed, open, half-open. docs/storm.md has the formulas and why they are so. Pure; all state is in Memory.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storm/memory.h"
#include "storm/verdict.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::storm {

// Shipped defaults; a list's file may change the few that are fields there.
struct BreakerOptions {
  bool enabled = true;
  double sensitivity = 1.0;  // scales every limit down (2: opens at half the score)
  Duration open_time = std::chrono::hours(1);
  Duration longest_open_time = std::chrono::hours(6);
};

// The breaker's word on one posting: distribute, or hold with the reason. Counts it into the state.
// Errors: those of memory.
Result<Judgement> judge_breaker(const Facts& facts, const BreakerOptions& options, Memory& memory,
                                Instant now);
// A person released, discarded or diverted what was held: what the breaker learns of it.
Result<void> note_released(const Facts& facts, const BreakerOptions& options, Memory& memory, Instant now);

enum class BreakerState { closed, open, half_open };
std::string_view name_of(BreakerState state);

// One breaker as an operator sees it: of the list (key "") or of a thread.
struct BreakerReport {
  std::string key;
  std::string subject;  // of the thread
  BreakerState state = BreakerState::closed;
  double score = 0, limit = 0;       // at `now`
  double reproduction = 0;           // replies begotten per reply, estimated
  std::optional<Instant> opened_at;  // of the present opening
  std::optional<Instant> probe_at;
  std::int64_t openings = 0;
  std::int64_t held = 0;    // postings, since it opened
  std::int64_t spared = 0;  // deliveries those would have made
  std::vector<std::string>
      evidence;  // the last few postings that counted: "+2.1 new voice, 5 words, 40 s after the last"
};
// Reads a record of kind list or thread as stored; nullopt: it is not one.
std::optional<BreakerReport> report(Kind kind, std::string_view key, std::string_view value,
                                    const BreakerOptions& options, Instant now);
// Whether replies in this thread are held now, by its own breaker or the list's; `thread` may be empty.
// Errors: those of memory.
Result<bool> is_open(ListId list, std::string_view thread, Memory& memory, Instant now);
// The hand of an operator: closes the breaker of a thread, or of the list with all its threads (key "").
Result<void> close_breaker(ListId list, std::string_view thread, Memory& memory, Instant now);

}  // namespace breakwater::storm
