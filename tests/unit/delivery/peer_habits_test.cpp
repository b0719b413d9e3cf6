#include "delivery/peer_habits.h"

#include <gtest/gtest.h>

namespace breakwater::delivery {
namespace {

using namespace std::chrono_literals;
const PeerHabits::Time kNow{100h};

TEST(PeerHabits, ChunksAreNotTriedForAnHourAfterTheirRefusal) {
  PeerHabits habits;
  EXPECT_TRUE(habits.takes_chunks("mx", kNow));
  habits.refused_chunks("mx", kNow);
  EXPECT_FALSE(habits.takes_chunks("mx", kNow + 59min));
  EXPECT_TRUE(habits.takes_chunks("mx", kNow + 60min));
  EXPECT_TRUE(habits.takes_chunks("other", kNow));
}

TEST(PeerHabits, ToCloseOnceIsAnAccidentTheSameTwiceAHabit) {
  PeerHabits habits;
  habits.closed_after("mx", 7, kNow);
  EXPECT_EQ(habits.messages("mx", kNow), 0U);
  habits.closed_after("mx", 3, kNow);
  EXPECT_EQ(habits.messages("mx", kNow), 0U);
  habits.closed_after("mx", 3, kNow);
  EXPECT_EQ(habits.messages("mx", kNow + 59min), 3U);
  EXPECT_EQ(habits.messages("mx", kNow + 60min), 0U);
}

TEST(PeerHabits, OneThatClosesDifferentlyAfterAllIsNoHabitAnyMore) {
  PeerHabits habits;
  for (int at = 0; at < 2; ++at) habits.closed_after("mx", 3, kNow);
  habits.closed_after("mx", 1, kNow);
  EXPECT_EQ(habits.messages("mx", kNow), 0U);
}

TEST(PeerHabits, AThousandAreRememberedAndOldOnesMakeRoom) {
  PeerHabits habits;
  for (int at = 0; at < 2000; ++at) habits.refused_chunks("mx" + std::to_string(at), kNow);
  EXPECT_EQ(habits.size(), PeerHabits::kMost);
  EXPECT_FALSE(habits.takes_chunks("mx1999", kNow)) << "else it would be asked again and again";
  habits.refused_chunks("new", kNow + 1h);
  EXPECT_EQ(habits.size(), 1U);
  EXPECT_FALSE(habits.takes_chunks("new", kNow + 1h));
}

}  // namespace
}  // namespace breakwater::delivery
