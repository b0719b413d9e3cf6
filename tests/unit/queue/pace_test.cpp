// The pace: each line of the table in its header, then all short histories, then random ones.
#include "queue/pace.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <vector>

namespace breakwater::queue {
namespace {

using namespace std::chrono_literals;
const Instant kNow = from_ms(1'700'000'000'000);

TEST(Pace, BeginsWithFiveAndWithNoMoreThanTheRouteAllows) {
  EXPECT_EQ(Pace(20).allowed(), 5U);
  EXPECT_EQ(Pace(3).allowed(), 3U);
  EXPECT_EQ(Pace(0).allowed(), 1U);
}

TEST(Pace, OneMoreAfterEachCohortUpToTheRoutesConnections) {
  Pace pace(20);
  std::uint32_t taken = 0;
  for (std::uint32_t at = 5; at < 20; ++at) {
    for (std::uint32_t one = 0; one < at; ++one, ++taken) {
      EXPECT_EQ(pace.allowed(), at);
      pace.taken(1, true, kNow);
    }
  }
  EXPECT_EQ(taken, 180U);
  EXPECT_EQ(pace.allowed(), 20U);
  pace.taken(1000, true, kNow);
  EXPECT_EQ(pace.allowed(), 20U);
}

TEST(Pace, AReportOfThousandsIsOneStep) {
  Pace pace(20);
  pace.taken(1000, true, kNow);
  EXPECT_EQ(pace.allowed(), 6U);
}

TEST(Pace, WhoDoesNotUseThemAllGetsNoMore) {
  Pace pace(20);
  for (int at = 0; at < 100; ++at) pace.taken(10, false, kNow);
  EXPECT_EQ(pace.allowed(), 5U);
}

TEST(Pace, ARefusalBesideOthersIsNoDeferralAndTheNextTryComesEverLater) {
  Pace pace(20);
  Instant now = kNow;
  pace.taken(5, true, now);
  std::vector<Duration> waits;
  for (int at = 0; at < 9; ++at) {
    ASSERT_EQ(pace.allowed(), 6U);
    const auto refusal = pace.refused(5, now);
    EXPECT_FALSE(refusal.dead);
    EXPECT_EQ(refusal.rest, 0s);
    const Instant since = now;
    while (pace.allowed() == 5) {
      now += 100ms;
      pace.taken(1, true, now);
    }
    waits.push_back(std::chrono::floor<std::chrono::seconds>(now - since));
  }
  EXPECT_EQ(waits, (std::vector<Duration>{1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s}));
}

TEST(Pace, ManyRefusalsOfOneStepTooFarAreOne) {
  Pace pace(20);
  for (std::uint32_t others = 4; others > 0; --others) pace.refused(others, kNow);
  pace.opened(1);  // the one that was admitted proves nothing about two
  EXPECT_EQ(pace.allowed(), 1U);
  pace.taken(1, true, kNow + 999ms);
  EXPECT_EQ(pace.allowed(), 1U);
  pace.taken(1, true, kNow + 1s);
  EXPECT_EQ(pace.allowed(), 2U);
  pace.taken(10, true, kNow + 1500ms);  // carefully: one a second
  EXPECT_EQ(pace.allowed(), 2U);
  pace.taken(10, true, kNow + 2s);
  EXPECT_EQ(pace.allowed(), 3U);
  for (int at = 0; at < 10; ++at) pace.taken(20, true, kNow + 3min);  // forgotten
  EXPECT_EQ(pace.allowed(), 13U);
}

TEST(Pace, WhereAsManyAreOpenedTheRefusalIsForgotten) {
  Pace pace(20);
  pace.refused(4, kNow);
  ASSERT_EQ(pace.allowed(), 4U);
  pace.taken(4, true, kNow + 1s);
  ASSERT_EQ(pace.allowed(), 5U);
  pace.opened(5);
  for (int at = 0; at < 5; ++at) pace.taken(10, true, kNow + 1s);
  EXPECT_EQ(pace.allowed(), 10U);
}

TEST(Pace, AClockThatIsSetBackDoesNotHoldItUp) {
  Pace pace(20);
  pace.refused(4, kNow);
  const Instant earlier = kNow - std::chrono::hours{1};
  pace.taken(10, true, earlier);
  EXPECT_EQ(pace.allowed(), 5U);
}

TEST(Pace, TheLastOneRestsAsOftenAsItsPatienceAndIsDeadThen) {
  Pace pace(20);
  EXPECT_TRUE(pace.refused(0, kNow).dead) << "it never worked";
  pace.taken(1, true, kNow);
  for (const Duration rest : {Duration(1s), Duration(2s), Duration(4s)}) {
    const auto refusal = pace.refused(0, kNow);
    EXPECT_FALSE(refusal.dead);
    EXPECT_EQ(refusal.rest, rest);
  }
  EXPECT_TRUE(pace.refused(0, kNow).dead);
  EXPECT_TRUE(pace.refused(0, kNow).dead);
  pace.taken(1, true, kNow);
  EXPECT_EQ(pace.refused(0, kNow).rest, 1s);
}

TEST(Pace, WhatIsPutOffLowersItByOneACohortDownToFive) {
  Pace pace(7);
  for (int at = 0; at < 3; ++at) pace.taken(20, true, kNow);
  ASSERT_EQ(pace.allowed(), 7U);
  pace.put_off(1, kNow);
  EXPECT_EQ(pace.allowed(), 6U) << "at the begin of the cohort";
  pace.put_off(5, kNow);
  EXPECT_EQ(pace.allowed(), 6U);
  pace.put_off(1, kNow);
  EXPECT_EQ(pace.allowed(), 5U);
  pace.put_off(1000, kNow);
  EXPECT_EQ(pace.allowed(), 5U);
  pace.taken(20, true, kNow + 500ms);
  EXPECT_EQ(pace.allowed(), 5U);
  pace.taken(20, true, kNow + 1s);
  EXPECT_EQ(pace.allowed(), 6U);
}

// What holds after whatever came: between 1 and the route's, never up by more than one, never dead beside
// others or when the last word was that something was taken, and no rest longer than 4 s.
void happen(Pace& pace, std::uint32_t most, int what, Instant now) {
  const std::uint32_t before = pace.allowed();
  std::uint32_t ceiling = before;
  switch (what % 4) {
    case 0: pace.taken(static_cast<std::uint32_t>(what), true, now), ceiling = before + 1; break;
    case 1: pace.put_off(static_cast<std::uint32_t>(what), now); break;
    case 2: {
      const auto refusal = pace.refused(0, now);
      ASSERT_TRUE(refusal.dead || (refusal.rest >= 1s && refusal.rest <= 4s));
      ASSERT_EQ(pace.allowed(), 1U);
      break;
    }
    default: {
      const auto others = static_cast<std::uint32_t>(what / 4 + 1);
      const auto refusal = pace.refused(others, now);
      ASSERT_TRUE(!refusal.dead && refusal.rest == 0s);
      ASSERT_LE(pace.allowed(), others);
      if (what % 3 == 0) pace.opened(others + 1);
    }
  }
  ASSERT_GE(pace.allowed(), 1U);
  ASSERT_LE(pace.allowed(), std::min(most, ceiling));
}

TEST(Pace, AllHistoriesOfSixEventsKeepItsBounds) {
  for (std::uint32_t most : {1U, 2U, 6U, 20U}) {
    for (int history = 0; history < 8 * 8 * 8 * 8 * 8 * 8; ++history) {
      Pace pace(most);
      Instant now = kNow;
      for (int at = 0, rest = history; at < 6; ++at, rest /= 8) {
        now += rest % 8 < 4 ? Duration(0) : Duration(2s);
        ASSERT_NO_FATAL_FAILURE(happen(pace, most, rest % 8, now)) << "history " << history;
      }
    }
  }
}

TEST(Pace, AnyHistoryKeepsItsBounds) {
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<std::uint8_t, std::uint16_t>>& history) {
    const auto most = *rc::gen::inRange<std::uint32_t>(1, 40);
    Pace pace(most);
    Instant now = kNow;
    for (const auto& [what, later_ms] : history) {
      now += Duration(later_ms);
      happen(pace, most, what, now);
    }
    RC_ASSERT(!::testing::Test::HasFatalFailure());
  }));
}

}  // namespace
}  // namespace breakwater::queue
