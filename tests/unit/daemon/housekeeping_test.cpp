// What is over is taken away on a real store, where one sort of it cannot be.
#include "daemon/housekeeping.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "daemon/clock.h"
#include "store/subscriptions.h"

namespace breakwater::daemon {
namespace {

// The first, and one in the middle: those behind it have their turn.
TEST(Housekeeping, one_sort_that_fails_holds_up_no_other) {
  char name[] = "/tmp/breakwater-house-XXXXXX";
  const std::string folder = mkdtemp(name);
  auto store = *store::Store::open({.directory = folder + "/data"}, clock_now());
  const auto run = [&](const store::Store::Job& job) { return store->write_and_wait(job); };
  const Instant over = clock_now() - std::chrono::hours(24 * 60);
  const auto prepared = run([&](store::Connection& db) -> Result<void> {
    if (auto put = store::put_request_tally(db, "to:ann@example.org", "1", over); !put) return put;
    return db.execute(
        "INSERT INTO member_order (digest, list_id, person, orders, expires, used)"
        " VALUES (randomblob(32), 1, 'ann@example.org', 'remove bob@example.org', 0, 0);"
        "ALTER TABLE posting RENAME TO broken; ALTER TABLE token RENAME TO torn");
  });
  ASSERT_TRUE(prepared) << prepared.error().what;
  keep_house(*store);
  std::int64_t left = -1;
  ASSERT_TRUE(run([&](store::Connection& db) -> Result<void> {
    auto find =
        db.prepare("SELECT (SELECT count(*) FROM request_tally) + (SELECT count(*) FROM member_order)");
    (void)find.step();
    left = find.int64(0);
    return {};
  }));
  EXPECT_EQ(left, 0);
  store.reset();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace breakwater::daemon
