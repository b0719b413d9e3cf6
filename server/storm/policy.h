// What a list's file (and the server's) says about the guard. Defaults are the shipped ones; docs/storm.md
// has the reason for each. Filled by config/, part of lists::List; immutable once loaded.
#pragma once

#include <chrono>
#include <cstdint>

#include "storm/breaker.h"
#include "terms/instant.h"

namespace breakwater::storm {

// What becomes of a reply that comes to a large list all the same.
enum class LargeReply { distribute, divert, hold };

struct Policy {
  // Tiers, by the true number of recipients; 0: never. Above the first the sender confirms; above the second
  // a moderator releases besides, above the third two of them.
  std::int64_t confirm_above = 1000;
  std::int64_t moderator_above = 10'000;
  std::int64_t two_moderators_above = 0;
  Duration confirm_within = std::chrono::hours(72);
  Duration held_for = std::chrono::hours(30 * 24);  // what nobody decides about is discarded then; 0: never

  // Drift: the ceiling (0: none), and by how many percent the audience may differ from the one last
  // confirmed (0: by any number).
  std::int64_t expect_members = 0;
  int drift_percent = 20;

  // Replies to lists larger than this; a list with reply_to = "list" is a discussion: its file says so by
  // large_reply = distribute, which is that setting's default there.
  std::int64_t large_audience = 500;
  LargeReply large_reply = LargeReply::divert;

  BreakerOptions breaker;

  // Deliveries an hour; 0: by the audience, as auto_sender and auto_list say (limiter.h).
  std::int64_t sender_deliveries = 0;
  std::int64_t list_deliveries = 0;
};

}  // namespace breakwater::storm
