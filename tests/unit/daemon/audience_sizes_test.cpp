#include <gtest/gtest.h>

#include "daemon/write_job.h"

namespace breakwater::daemon {
namespace {

constexpr auto kCopies = AudienceSizes::Of::copies;
const Instant kNow = from_ms(1'790'000'000'000);

TEST(AudienceSizes, are_forgotten_when_members_or_configuration_change_and_with_time) {
  AudienceSizes sizes;
  Running running;
  const auto keep = [&] { sizes.keep(ListId{1}, kCopies, running, 7, kNow, 40); };
  const auto find = [&](std::uint64_t changes, Instant now) {
    return sizes.find(ListId{1}, kCopies, running, changes, now).has_value();
  };
  keep();
  EXPECT_TRUE(find(7, kNow + std::chrono::minutes(4)));
  EXPECT_FALSE(find(7, kNow + std::chrono::minutes(5))) << "a pause may be over";
  keep();
  EXPECT_FALSE(find(7, kNow - std::chrono::minutes(1))) << "the clock was set back";
  keep();
  EXPECT_FALSE(find(8, kNow));
  keep();
  running.config = std::make_shared<config::Config>();
  EXPECT_FALSE(find(7, kNow));
}

}  // namespace
}  // namespace breakwater::daemon
