#include "delivery/dead_addresses.h"

#include <gtest/gtest.h>

namespace breakwater::delivery {
namespace {

TEST(DeadAddresses, AreForgottenAfterAWhile) {
  DeadAddresses dead;
  const DeadAddresses::Time now{};
  dead.note("a", now);
  EXPECT_TRUE(dead.contains("a", now));
  EXPECT_FALSE(dead.contains("b", now));
  EXPECT_FALSE(dead.contains("a", now + DeadAddresses::kWhile));
  dead.forget("a");
  EXPECT_FALSE(dead.contains("a", now));
}

TEST(DeadAddresses, AreBounded) {
  DeadAddresses dead;
  DeadAddresses::Time now{};
  for (std::size_t at = 0; at < 2 * DeadAddresses::kMost; ++at) dead.note(std::to_string(at), now);
  EXPECT_EQ(dead.size(), DeadAddresses::kMost);
  now += DeadAddresses::kWhile;
  dead.note("late", now);
  EXPECT_EQ(dead.size(), 1U);
  EXPECT_TRUE(dead.contains("late", now));
}

}  // namespace
}  // namespace breakwater::delivery
