#include "queue/route.h"

#include <gtest/gtest.h>

#include "queue/retry_schedule.h"

namespace breakwater::queue {
namespace {

Route route(std::string name, RouteKind kind, std::vector<std::string> domains) {
  Route made;
  made.name = std::move(name);
  made.kind = kind;
  made.domains = std::move(domains);
  return made;
}

TEST(RouteTable, TheLongestPatternWins) {
  const RouteTable table({route("mx", RouteKind::mx, {"*"}),
                          route("office", RouteKind::lmtp, {"example.org"}),
                          route("branches", RouteKind::smarthost, {".example.org"})});
  EXPECT_EQ(table.route_of("example.com")->name, "mx");
  EXPECT_EQ(table.route_of("example.org")->name, "office");
  EXPECT_EQ(table.route_of("north.example.org")->name, "branches");
  EXPECT_EQ(table.route_of("badexample.org")->name, "mx");
  EXPECT_EQ(RouteTable{}.route_of("example.org"), nullptr);
}

TEST(Route, AnMxDestinationCarriesItsDomain) {
  EXPECT_EQ(destination_of(route("mx", RouteKind::mx, {}), "example.org"), "mx:example.org");
  EXPECT_EQ(destination_of(route("office", RouteKind::lmtp, {}), "example.org"), "office");
  EXPECT_EQ(split_destination("mx:example.org").second, "example.org");
  EXPECT_EQ(split_destination("office").first, "office");
}

TEST(RetrySchedule, WaitsGrowAreJitteredAndEndWithATryAtExpiry) {
  const RetrySchedule schedule;
  const Instant now = from_ms(1'000'000);
  const Instant never = now + schedule.give_up_after;
  for (std::uint32_t attempts = 1; attempts < 12; ++attempts) {
    const Duration full = schedule.waits[std::min<std::size_t>(attempts - 1, schedule.waits.size() - 1)];
    for (const std::uint64_t entropy : {0ULL, 12'345ULL, ~0ULL}) {
      const Duration wait = schedule.next(attempts, now, never, entropy) - now;
      EXPECT_LE(wait, full);
      EXPECT_GE(wait, full * 8 / 10);
    }
  }
  EXPECT_EQ(schedule.next(12, now, now + Duration{5}, 0), now + Duration{5});
}

}  // namespace
}  // namespace breakwater::queue
