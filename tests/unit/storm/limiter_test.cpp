// Budgets in virtual time.
#include "storm/limiter.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <vector>

namespace breakwater::storm {
namespace {

using namespace std::chrono_literals;

const Instant kStart = from_ms(1'479'110'951'000);  // 14 November 2016

TEST(Budget, ARestedOneGivesItsBurstAtOnceThenTheRate) {
  const Rate rate{3600, 10};  // one a second
  Budget budget;
  for (int at = 0; at < 10; ++at) {
    EXPECT_EQ(budget.earliest(1, rate, kStart), kStart);
    budget.take(1, rate, kStart);
  }
  EXPECT_EQ(budget.earliest(1, rate, kStart), kStart + 1s);
  EXPECT_EQ(budget.earliest(10, rate, kStart), kStart + 10s);
  EXPECT_EQ(budget.earliest(1, rate, kStart + 1s), kStart + 1s);
}

TEST(Budget, TwoThatWaitGetTwoTimes) {
  const Rate rate{3600, 10};
  Budget budget;
  budget.take(10, rate, kStart);
  std::vector<Instant> times;
  for (int at = 0; at < 3; ++at) {
    times.push_back(budget.earliest(5, rate, kStart));
    budget.take(5, rate, kStart);
  }
  EXPECT_EQ(times, (std::vector{kStart + 5s, kStart + 10s, kStart + 15s}));
}

TEST(Budget, WhatCostsMoreThanTheBurstGoesWhenItIsFull) {
  const Rate rate{3600, 10};
  Budget budget;
  EXPECT_EQ(budget.earliest(100, rate, kStart), kStart);
  budget.take(100, rate, kStart);
  EXPECT_EQ(budget.earliest(1, rate, kStart), kStart + 91s);
  EXPECT_EQ(budget.earliest(100, rate, kStart), kStart + 100s);
}

TEST(Budget, KeepsItsStateAsText) {
  const Rate rate{10'000'000, 10'000'000};
  Budget budget;
  budget.take(9'999'999, rate, kStart);
  const Budget again = Budget::decode(budget.encode());
  EXPECT_EQ(again.encode(), budget.encode());
  EXPECT_EQ(again.earliest(850'000, rate, kStart), budget.earliest(850'000, rate, kStart));
  for (const char* damaged : {"", "x", "1", "1 ", " 1 2", "1 2 3", "-1 5", "99999999999999999999 1", "1 x"}) {
    EXPECT_EQ(Budget::decode(damaged).encode(), "0 0") << damaged;
  }
}

TEST(Budget, AClockSetBackMovesTheWaitsWithIt) {
  const Rate rate{3600, 10};
  Budget budget;
  budget.take(10, rate, kStart);
  EXPECT_EQ(budget.earliest(1, rate, kStart - 1h), kStart - 1h + 1s);
  budget.take(1, rate, kStart - 1h);
  EXPECT_EQ(budget.earliest(1, rate, kStart - 1h), kStart - 1h + 2s);
  // Two servers' clocks, a little apart: nothing is won by it.
  Budget shared;
  for (int at = 0; at < 10; ++at) shared.take(1, rate, kStart + (at % 2 == 0 ? 1s : 0s));
  EXPECT_EQ(shared.earliest(10, rate, kStart), kStart + 11s);
}

TEST(Budget, NumbersOutOfRange) {
  const Rate rate{0, 0};
  Budget budget;
  budget.take(std::numeric_limits<std::int64_t>::max(), rate, kStart);
  EXPECT_GT(budget.earliest(1, rate, kStart), kStart);
  budget.take(-5, Rate{-1, -1}, from_ms(-1));
  budget.take(5, Rate{std::numeric_limits<std::int64_t>::max(), 1}, Instant::max());
  EXPECT_EQ(Budget::decode(budget.encode()).encode(), budget.encode());
}

struct Taken {
  Instant at;
  std::int64_t deliveries;
};

// Postings that come at some times, and go when their budget lets them.
std::vector<Taken> play(const Rate& rate, std::int64_t dearest) {
  Budget budget;
  Instant now = kStart;
  std::vector<Taken> taken;
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 120'000), rc::gen::inRange(0, 1'000'000)));
  for (const auto& [pause_ms, size] : steps) {
    now += Duration(pause_ms);
    const std::int64_t cost = 1 + size % dearest;
    const Instant at = budget.earliest(cost, rate, now);
    RC_ASSERT(at >= now);
    budget.take(cost, rate, now);
    budget = Budget::decode(budget.encode());
    taken.push_back({at, cost});
  }
  return taken;
}

TEST(Budget, NeverMoreThanBurstAndRateInAnyWindow) {
  EXPECT_TRUE(rc::check([] {
    const Rate rate{*rc::gen::inRange<std::int64_t>(1, 100'000), *rc::gen::inRange<std::int64_t>(1, 5'000)};
    const auto taken = play(rate, rate.burst);
    for (std::size_t from = 0; from < taken.size(); ++from) {
      std::int64_t sum = 0;
      for (std::size_t to = from; to < taken.size(); ++to) {
        RC_ASSERT((to == 0 || taken[to].at >= taken[to - 1].at));
        sum += taken[to].deliveries;
        const auto window_ms = (taken[to].at - taken[from].at).count();
        RC_ASSERT(sum <= rate.burst + rate.an_hour * window_ms / 3'600'000 + 1);
      }
    }
  }));
}

TEST(Budget, AlsoWithPostingsThatCostMoreThanTheBurst) {
  EXPECT_TRUE(rc::check([] {
    const Rate rate{*rc::gen::inRange<std::int64_t>(1, 100'000), *rc::gen::inRange<std::int64_t>(1, 500)};
    const auto taken = play(rate, 20 * rate.burst);
    for (std::size_t from = 0; from < taken.size(); ++from) {
      std::int64_t sum = 0;
      for (std::size_t to = from; to < taken.size(); ++to) {
        sum += taken[to].deliveries;
        const auto window_ms = (taken[to].at - taken[from].at).count();
        const std::int64_t over = std::max<std::int64_t>(0, taken[to].deliveries - rate.burst);
        RC_ASSERT(sum <= rate.burst + over + rate.an_hour * window_ms / 3'600'000 + 1);
      }
    }
  }));
}

TEST(RateOf, AutomaticByTheAudience) {
  EXPECT_EQ(rate_of(5, auto_sender, 850'000), 5);
  EXPECT_EQ(rate_of(0, auto_sender, 850'000), 17'000'000);
  EXPECT_EQ(rate_of(0, auto_list, 10), 60'000);
  EXPECT_GT(rate_of(0, auto_list, std::numeric_limits<std::int64_t>::max()), 0);
}

}  // namespace
}  // namespace breakwater::storm
