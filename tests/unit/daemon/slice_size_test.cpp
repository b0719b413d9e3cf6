// How an audience is cut (docs/performance.md, "A distant or a narrow next server").
#include <gtest/gtest.h>

#include "daemon/store_directory.h"

namespace breakwater::daemon {
namespace {

using lists::FanOut;

TEST(SliceSize, ASmallListIsCutFineEnoughThatAllConnectionsEndTogether) {
  const config::Config config;
  constexpr std::int64_t kConnections = 16, kEach = 20;  // ms a recipient
  for (const std::int64_t members : {1'000, 10'000, 50'000, 100'000}) {
    const std::int64_t size = slice_size(config, members, FanOut::individual);
    const std::int64_t slices = (members + size - 1) / size;
    const std::int64_t rounds = (slices + kConnections - 1) / kConnections;
    const std::int64_t at_best = members * kEach / kConnections;
    EXPECT_LE(rounds * size * kEach, at_best * 115 / 100) << members;
  }
}

TEST(SliceSize, ALargeOneIsCutAsTheConfigurationSays) {
  config::Config config;
  EXPECT_EQ(slice_size(config, 850'000, FanOut::individual), 1000U);
  EXPECT_EQ(slice_size(config, 850'000, FanOut::batch), 1000U);
  EXPECT_EQ(slice_size(config, 10'000, FanOut::batch), 250U);
  EXPECT_EQ(slice_size(config, 50, FanOut::individual), 10U);
  config.delivery.slice_recipients = 5;
  EXPECT_EQ(slice_size(config, 850'000, FanOut::individual), 5U);
  EXPECT_EQ(slice_size(config, 0, FanOut::individual), 5U);
}

}  // namespace
}  // namespace breakwater::daemon
