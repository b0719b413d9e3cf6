// What bounces come to: which of them say something about a member, the score of those, and the way from a
// score to a probe and from a probe to a stop. Pure; time is an argument. Rules and reasons: docs/bounces.md.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "terms/instant.h"

namespace breakwater::lists {

// [bounces] of a list's file.
struct BouncePolicy {
  bool enabled = true;
  int threshold = 5;  // points at which a probe is sent
  Duration stale = std::chrono::hours{24 * 7};
  Duration probe_wait = std::chrono::hours{24 * 7};
  Duration accept_for = std::chrono::hours{24 * 10};  // after the day on which the copy was sent
  int spike_percent = 5;                              // 0: never
  std::int64_t spike_members = 20;
};

// policy: says something about the message or about us. spike: would count, but too many bounced on the same
// posting. soft, hard: about the mailbox, for now and for good.
enum class BounceKind { policy = 0, spike = 1, soft = 2, hard = 3 };  // values are stored
std::string_view name_of(BounceKind kind);

// `status` as in RFC 3463 or empty; `diagnostic` what the server said. In doubt it is nothing that counts.
BounceKind kind_of_bounce(std::string_view status, std::string_view diagnostic);

// Half points: a day with a hard bounce is 2, with a soft one 1, else 0.
int half_points(BounceKind kind);

struct BounceDay {
  Instant at{};
  BounceKind kind = BounceKind::policy;
};
// In half points. `days`: at most one a day, newest first. Only those after `since`; a gap of more than
// `stale`, also to `now`, ends the count.
int half_score(std::span<const BounceDay> days, Instant since, Instant now, const BouncePolicy& policy);
bool reaches_threshold(int half_points, const BouncePolicy& policy);

// Whether `members` of an audience are too many to have lost their mailboxes at once.
bool is_spike(std::int64_t members, std::int64_t audience, const BouncePolicy& policy);

// Where a membership stands. Only a probe's own bounce stops it.
enum class Stage { quiet = 0, probe_wanted = 1, probe_sent = 2, stopped = 3 };  // values are stored
enum class Sign { score_reached, score_fell, probe_sent, probe_bounced, time_passed, resumed };
Stage next_stage(Stage stage, Sign sign);

}  // namespace breakwater::lists
