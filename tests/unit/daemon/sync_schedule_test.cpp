#include "daemon/sync_schedule.h"

#include <gtest/gtest.h>

namespace breakwater::daemon {
namespace {

using namespace std::chrono_literals;
using lists::ListSync;
using store::LastSync;
using store::SyncResult;

const Instant kMidnight = from_ms(1'790'035'200'000);  // 2026-09-22T00:00:00Z

ListSync every(Duration period) {
  ListSync sync;
  sync.sources.emplace_back();
  sync.every = period;
  return sync;
}
ListSync daily(std::chrono::minutes at) {
  ListSync sync;
  sync.sources.emplace_back();
  sync.daily_at = at;
  return sync;
}
std::optional<LastSync> last(Instant at, SyncResult result = SyncResult::in_step) {
  LastSync sync;
  sync.at = at;
  sync.result = result;
  return sync;
}

TEST(SyncIsDue, WhereTheListHasSourcesAndASchedule) {
  ListSync by_hand;
  by_hand.sources.emplace_back();
  EXPECT_FALSE(is_sync_due(by_hand, {}, kMidnight));
  ListSync no_source = every(1h);
  no_source.sources.clear();
  EXPECT_FALSE(is_sync_due(no_source, {}, kMidnight));
  EXPECT_TRUE(is_sync_due(every(1h), {}, kMidnight));
  EXPECT_TRUE(is_sync_due(daily(4h), {}, kMidnight));
}

TEST(SyncIsDue, APeriodAfterTheLast) {
  EXPECT_FALSE(is_sync_due(every(1h), last(kMidnight), kMidnight + 1h - 1ms));
  EXPECT_TRUE(is_sync_due(every(1h), last(kMidnight), kMidnight + 1h));
  EXPECT_FALSE(is_sync_due(every(2h), last(kMidnight, SyncResult::held), kMidnight + 1h));
}

TEST(SyncIsDue, OnceADayAtItsTime) {
  const auto at_four = daily(4h);
  EXPECT_FALSE(is_sync_due(at_four, last(kMidnight - 1h), kMidnight + 4h - 1ms));
  EXPECT_TRUE(is_sync_due(at_four, last(kMidnight - 1h), kMidnight + 4h));
  EXPECT_FALSE(is_sync_due(at_four, last(kMidnight + 4h), kMidnight + 4h));
  EXPECT_FALSE(is_sync_due(at_four, last(kMidnight + 4h + 1ms), kMidnight + 28h - 1ms));
  EXPECT_TRUE(is_sync_due(at_four, last(kMidnight + 4h + 1ms), kMidnight + 28h));
  EXPECT_TRUE(is_sync_due(daily(0min), last(kMidnight - 1ms), kMidnight));
}

TEST(SyncIsDue, AfterAFailureWithinTheHour) {
  EXPECT_FALSE(is_sync_due(daily(4h), last(kMidnight + 4h, SyncResult::failed), kMidnight + 5h - 1ms));
  EXPECT_TRUE(is_sync_due(daily(4h), last(kMidnight + 4h, SyncResult::failed), kMidnight + 5h));
  EXPECT_TRUE(is_sync_due(every(10min), last(kMidnight, SyncResult::failed), kMidnight + 10min));
  EXPECT_FALSE(is_sync_due(every(10min), last(kMidnight, SyncResult::failed), kMidnight + 9min));
}

TEST(SyncIsDue, SoonWhereOneWasBrokenOff) {
  EXPECT_TRUE(is_sync_due(daily(4h), last(kMidnight + 4h, SyncResult::applying), kMidnight + 4h + 1min));
}

// However the clock is set, who syncs when it is due does so at most once for it.
TEST(SyncIsDue, OnceForAClockThatIsSet) {
  for (const ListSync& sync : {every(1h), daily(4h)}) {
    for (const Duration step : std::initializer_list<Duration>{-8760h, -25h, -1h, -1s, 1s, 1h, 25h, 8760h}) {
      int syncs = 0;
      auto latest = last(kMidnight + 4h);
      const Instant set = kMidnight + 4h + 1s + step;
      for (Duration passed = 0s; passed < 10min; passed += 1s) {
        if (!is_sync_due(sync, latest, set + passed)) continue;
        ++syncs;
        latest = last(set + passed);
      }
      EXPECT_LE(syncs, 1) << step.count();
    }
  }
}

// A clock that was a year ahead when the list was last synced does not stop syncs for a year.
TEST(SyncIsDue, WhereTheLastWasInTheFuture) {
  EXPECT_TRUE(is_sync_due(every(1h), last(kMidnight + 8760h), kMidnight));
  EXPECT_FALSE(is_sync_due(every(1h), last(kMidnight + 1s), kMidnight));
}

}  // namespace
}  // namespace breakwater::daemon
