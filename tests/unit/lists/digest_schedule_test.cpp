// When a digest goes, and what is in it.
#include "lists/digest_schedule.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <numeric>
#include <vector>

namespace breakwater::lists {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const Instant kMidnight = from_ms(86'400'000LL * 20'000);

TEST(ADigest, goes_when_enough_waits) {
  const DigestPolicy policy{1000, 5, std::nullopt};
  EXPECT_EQ(digest_due(policy, {}, kMidnight), std::nullopt);
  EXPECT_EQ(digest_due(policy, {4, 999, kMidnight}, kMidnight + hours(1000)), std::nullopt);
  EXPECT_EQ(digest_due(policy, {1, 1000, kMidnight}, kMidnight), DigestTrigger::bytes);
  EXPECT_EQ(digest_due(policy, {5, 5, kMidnight}, kMidnight), DigestTrigger::messages);
  EXPECT_EQ(next_daily(policy, {1, 1, kMidnight}), std::nullopt);
}

TEST(ADigest, goes_at_the_time_of_day_that_follows_its_oldest) {
  const DigestPolicy policy{1000, 5, hours(6)};
  const auto due = [&](Instant oldest, Instant now) { return digest_due(policy, {1, 1, oldest}, now); };
  const Instant six = kMidnight + hours(6);
  EXPECT_EQ(due(kMidnight, six - Duration(1)), std::nullopt);
  EXPECT_EQ(due(kMidnight, six), DigestTrigger::daily);
  EXPECT_EQ(due(six - Duration(1), six), DigestTrigger::daily);
  EXPECT_EQ(due(six, six), std::nullopt);
  EXPECT_EQ(due(six, six + hours(24)), DigestTrigger::daily);
  // A server that stood still at six sends it when it is back.
  EXPECT_EQ(due(kMidnight, six + hours(100)), DigestTrigger::daily);
  EXPECT_EQ(digest_due(policy, {0, 0, Instant{}}, six), std::nullopt);
}

TEST(ADigest, goes_daily_exactly_from_the_time_that_is_foretold) {
  rc::check([](std::int64_t oldest_ms, std::uint16_t at, std::uint32_t later_ms) {
    const Instant oldest = from_ms(oldest_ms % 4'000'000'000'000);
    const DigestPolicy policy{1000, 5, minutes(at % (24 * 60))};
    const DigestBacklog backlog{1, 1, oldest};
    const auto foretold = next_daily(policy, backlog);
    RC_ASSERT(foretold && *foretold > oldest && *foretold - oldest <= hours(24));
    const Instant now = oldest + Duration(later_ms);
    RC_ASSERT(digest_due(policy, backlog, now).has_value() == (now >= *foretold));
  });
}

TEST(ADigest, holds_the_oldest_up_to_its_size_and_always_one) {
  const DigestPolicy policy{100, 3, std::nullopt};
  using Sizes = std::vector<std::uint64_t>;
  EXPECT_EQ(digest_takes(policy, Sizes{}), 0U);
  EXPECT_EQ(digest_takes(policy, Sizes{5000}), 1U);
  EXPECT_EQ(digest_takes(policy, Sizes{5000, 1}), 1U);
  EXPECT_EQ(digest_takes(policy, Sizes{99, 5000, 1}), 2U);
  EXPECT_EQ(digest_takes(policy, Sizes{1, 1, 1, 1}), 3U);
  EXPECT_EQ(digest_takes(policy, Sizes{1, UINT64_MAX, 1}), 2U);
}

// However much has piled up, digest after digest takes all of it, in order, each of a bounded size.
TEST(ADigest, after_digest_takes_everything_once) {
  rc::check([](std::vector<std::uint16_t> drawn) {
    const DigestPolicy policy{20'000, 7, std::nullopt};
    const std::vector<std::uint64_t> sizes(drawn.begin(), drawn.end());
    std::span<const std::uint64_t> rest(sizes);
    while (!rest.empty()) {
      const std::size_t taken = digest_takes(policy, rest);
      RC_ASSERT(taken >= 1 && taken <= rest.size() && taken <= policy.messages);
      const auto without_last = std::accumulate(
          rest.begin(), std::prev(rest.begin() + static_cast<std::ptrdiff_t>(taken)), std::uint64_t{0});
      RC_ASSERT(without_last < policy.bytes);
      rest = rest.subspan(taken);
    }
  });
}

}  // namespace
}  // namespace breakwater::lists
