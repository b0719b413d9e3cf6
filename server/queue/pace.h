// Pace: how many connections to one destination at once, found by feedback. Pure; one owner, not thread-safe.
//
//   what came back                       how many from then on
//   -----------------------------------  ------------------------------------------------------------------
//   a transaction was taken              one more after a cohort of them (as many as are allowed now), while
//                                        they are in use, up to the route's `connections`; it begins with 5
//   refused, others are in use           as many as are in use: nobody is deferred, the work goes to them.
//                                        One more is tried after 1 s, 2 s, 4 s .. 1 min, then each second;
//                                        at any pace again when 2 min went by without a refusal
//   opened, as many as were too many     no waits any more: the refusal was one server's of several
//   refused, no other, but it worked     one, after a rest of 1 s, 2 s, 4 s
//   refused, and none of these           one; the destination is dead (its owner pauses and probes it)
//   put off: 4xx for all of it           one less at the begin of each cohort of them, 5 at least; no more
//   for
//                                        a second
//
// Refused: no connection, no greeting, 421 before anybody was answered. The growth is Postfix's (1/N, its
// SCHEDULER_README), and so is that a cohort of failures counts at its begin. What lost: to take each
// delivery that was refused for deferred and to try for more after each cohort, as Postfix does. That defers
// 1/(N+1) of the mail for a server that admits N, for good; here the work goes back to those that are open,
// and trying costs one connection, ever more seldom (tests/unit/queue/pace_race_test.cpp has both).
#pragma once

#include <cstdint>

#include "terms/instant.h"

namespace breakwater::queue {

class Pace {
 public:
  static constexpr std::uint32_t kFirst = 5;
  static constexpr Duration kFirstWait = std::chrono::seconds{1};
  static constexpr Duration kLongestWait = std::chrono::minutes{1};
  static constexpr Duration kForget = std::chrono::minutes{2};
  static constexpr int kPatience = 3;  // rests in a row

  explicit Pace(std::uint32_t most);
  std::uint32_t allowed() const { return allowed_; }

  // A new connection, `in_use` with it.
  void opened(std::uint32_t in_use);
  // `in_use`: there is work for about as many as are allowed, or more.
  void taken(std::uint32_t transactions, bool in_use, Instant now);
  void put_off(std::uint32_t transactions, Instant now);

  struct Refusal {
    bool dead = false;
    Duration rest{0};  // before the next connection
  };
  // `others`: in use beside the one that was refused.
  Refusal refused(std::uint32_t others, Instant now);

 private:
  std::uint32_t most_, allowed_;
  std::uint32_t credit_ = 0;  // transactions towards the next step up
  std::uint32_t grace_ = 0;   // to be put off before the next step down
  Instant raise_from_{};
  Instant refused_at_{};
  Duration wait_{0};            // after the last refusal; 0: there was none that counts
  std::uint32_t too_many_ = 0;  // at once: what was refused last
  bool worked_ = false;
  int rests_ = 0;
};

}  // namespace breakwater::queue
