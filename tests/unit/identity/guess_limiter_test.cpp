#include "identity/guess_limiter.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace breakwater::identity {
namespace {

using namespace std::chrono_literals;

GuessLimiter::Options few() {
  GuessLimiter::Options options;
  options.per_address = 3;
  options.per_account = 5;
  options.forgive = 1min;
  options.trust = 24h;
  options.entries = 100;
  return options;
}

const Instant kStart = from_ms(1'700'000'000'000);

TEST(GuessLimiter, LocksAnAddressAndOpensBySlowForgiving) {
  GuessLimiter limiter(few());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.try_address("a", kStart));
  EXPECT_FALSE(limiter.try_address("a", kStart));
  EXPECT_FALSE(limiter.try_address("a", kStart + 59s));
  EXPECT_TRUE(limiter.try_address("b", kStart));
  EXPECT_TRUE(limiter.try_address("a", kStart + 60s));
  EXPECT_FALSE(limiter.try_address("a", kStart + 60s)) << "one a minute now";
  EXPECT_TRUE(limiter.try_address("a", kStart + 1h));
}

TEST(GuessLimiter, LocksAnAccountGuessedAtFromManyAddresses) {
  GuessLimiter limiter(few());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limiter.try_account("a" + std::to_string(i), "user", kStart));
  EXPECT_FALSE(limiter.try_account("fresh", "user", kStart));
  EXPECT_TRUE(limiter.try_account("fresh", "other", kStart));
}

TEST(GuessLimiter, WhoWasInBeforeStaysAbleToLogInFromThere) {
  GuessLimiter limiter(few());
  ASSERT_TRUE(limiter.try_address("home", kStart));
  ASSERT_TRUE(limiter.try_account("home", "user", kStart));
  limiter.succeeded("home", "user", kStart);
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(limiter.try_account("evil", "user", kStart)) << "the charge was given back";
  EXPECT_FALSE(limiter.try_account("evil", "user", kStart));
  EXPECT_TRUE(limiter.try_account("home", "user", kStart));
}

TEST(GuessLimiter, TrustEnds) {
  auto options = few();
  options.trust = 1min;
  options.forgive = 1h;
  GuessLimiter limiter(options);
  limiter.succeeded("home", "user", kStart);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limiter.try_account("evil", "user", kStart));
  EXPECT_TRUE(limiter.try_account("home", "user", kStart + 59s));
  EXPECT_FALSE(limiter.try_account("home", "user", kStart + 60s));
}

TEST(GuessLimiter, SuccessForgivesOneAttemptAndNotTheFailuresBefore) {
  GuessLimiter limiter(few());
  EXPECT_TRUE(limiter.try_address("a", kStart));
  EXPECT_TRUE(limiter.try_address("a", kStart));
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(limiter.try_address("a", kStart));
    EXPECT_FALSE(limiter.try_address("a", kStart)) << "own logins in between do not buy guesses";
    limiter.succeeded("a", "own", kStart);
  }
}

TEST(GuessLimiter, AddressesAndAccountsOfTheSameNameAreNotOne) {
  GuessLimiter limiter(few());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.try_address("x", kStart));
  EXPECT_FALSE(limiter.try_address("x", kStart));
  EXPECT_TRUE(limiter.try_account("x", "x", kStart));
}

// Ten thousand guesses in a day, from as many addresses as there are: what gets through is what Options say.
TEST(GuessLimiter, ManyGuessesBecomeFew) {
  GuessLimiter limiter(few());
  int through = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto now = kStart + i * 1s;
    if (limiter.try_account("a" + std::to_string(i % 50), "user", now)) ++through;
  }
  EXPECT_LE(through, 5 + 10'000 / 60 + 1);
  EXPECT_GE(through, 10'000 / 60);
}

RC_GTEST_PROP(GuessLimiter, NeverHoldsMoreThanItMay, (const std::vector<std::uint16_t>& keys)) {
  GuessLimiter limiter(few());
  Instant now = kStart;
  for (int round = 0; round < 4; ++round) {
    for (const auto key : keys) {
      const auto name = std::to_string(key);
      limiter.try_address(name, now);
      limiter.try_account(name, name, now);
      if (key % 3 == 0) limiter.succeeded(name, name, now);
      if (key % 5 == 0) limiter.give_back_address(name);
      RC_ASSERT(limiter.size() <= 100u);
      now += 1s;
    }
  }
}

}  // namespace
}  // namespace breakwater::identity
