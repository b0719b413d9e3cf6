#include "daemon/sync_schedule.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>

#include "daemon/clock.h"
#include "store/directory.h"
#include "store/purge.h"
#include "store/sync_offers.h"
#include "store/sync_plan_file.h"

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

// A server with two lists that have no source: one lost it while a sync was under way, of the other the file
// has gone too.
class BrokenOff : public testing::Test {
 protected:
  BrokenOff() {
    char name[] = "/tmp/breakwater-broken-off-XXXXXX";
    folder_ = mkdtemp(name);
    store_ = *store::Store::open({.directory = folder_}, kMidnight);
    auto config = std::make_shared<config::Config>();
    config->hostname = "lists.example";
    config->data_dir = folder_;
    lists::List list;
    list.name = "tech";
    list.domain = "lists.example";
    config->lists[list.address()] = list;
    in_force_.set(make_running(config, *store_, kMidnight).value());
    tech_ = in_force_.get()->lists.begin()->second.id;
    write([this](store::Connection& db) -> Result<void> {
      gone_ = store::ensure_list(db, *mail::parse_address("gone@lists.example"), kMidnight).value();
      return {};
    });
    syncs_ = std::make_unique<ListSyncs>(
        JobQueue(*store_, in_force_, sizes_, entropy_, [](const Effects&) {}), nullptr);
  }
  ~BrokenOff() override {
    syncs_->stop();
    loop_.stop();
    if (thread_.joinable()) thread_.join();
    if (schedule_) schedule_->join();
    schedule_.reset();
    syncs_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void write(const store::Store::Job& job) {
    const auto written = store_->write_and_wait(job);
    ASSERT_TRUE(written) << written.error().what;
  }
  // As a disk that was full left it.
  void break_off(ListId list) {
    auto plan = *store::SyncPlanFile::make(file_of(list));
    ASSERT_TRUE(plan->add({"ann@example.org", "ann@example.org", "Ann", false}));
    ASSERT_TRUE(plan->keep());
    write([&](store::Connection& db) {
      return store::begin_sync_run(db, {list, plan->fingerprint(), kMidnight, "sync", "", true, "", 0, 0});
    });
  }
  std::string file_of(ListId list) { return store::sync_file(folder_, list, "plan"); }
  bool is_finished() {
    auto reading = store_->read();
    return store::sync_runs(reading.connection())->empty();
  }

  std::string folder_;
  std::unique_ptr<store::Store> store_;
  InForce in_force_;
  AudienceSizes sizes_;
  std::uint64_t entropy_ = 1;
  ListId tech_, gone_;
  std::unique_ptr<ListSyncs> syncs_;
  boost::asio::io_context loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()};
  std::optional<SyncSchedule> schedule_;
  std::thread thread_;
};

TEST_F(BrokenOff, a_sync_is_finished_while_the_server_runs_though_the_list_has_no_source_any_more) {
  schedule_.emplace(loop_, *store_, in_force_, *syncs_, 100ms);
  thread_ = std::thread([this] { loop_.run(); });
  for (const ListId list : {tech_, gone_}) break_off(list);
  for (int tries = 0; tries < 600 && !is_finished(); ++tries) std::this_thread::sleep_for(50ms);
  ASSERT_TRUE(is_finished());
  auto reading = store_->read();
  for (const ListId list : {tech_, gone_}) {
    EXPECT_EQ(store::count_synced(reading.connection(), list).value(), 1);
    EXPECT_EQ(store::last_sync(reading.connection(), list).value()->result, SyncResult::applied);
  }
}

TEST_F(BrokenOff, a_sync_of_a_list_that_is_purged_meanwhile_adds_nobody_more) {
  break_off(tech_);
  write([this](store::Connection& db) { return store::begin_purge(db, {tech_, kMidnight, "", "", ""}); });
  auto plan = *store::SyncPlanFile::open(
      file_of(tech_), *[&] {
        auto made = *store::SyncPlanFile::make(folder_ + "/same");
        (void)made->add({"ann@example.org", "", "", false});
        return std::optional(made->fingerprint());
      }());
  store::SyncRun run{tech_, plan->fingerprint(), kMidnight, "sync", "", true, "", 0, 0};
  const JobQueue jobs(*store_, in_force_, sizes_, entropy_, [](const Effects&) {});
  const auto done = carry_out_run(jobs, *plan, run, [](WriteJob&) { return Result<void>(); }, {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::not_found);
  auto reading = store_->read();
  EXPECT_EQ(store::count_synced(reading.connection(), tech_).value(), 0);
}

// What an owner has confirmed by mail and nobody may carry out any more: table of why.
class Confirmed : public BrokenOff {
 protected:
  Confirmed() { set_list(true, "ann@example.org"); }
  void set_list(bool with_source, const std::string& owner) {
    auto config = std::make_shared<config::Config>(*in_force_.get()->config);
    lists::List& list = config->lists.begin()->second;
    list.owners = {owner};
    list.sync.sources.resize(with_source ? 1 : 0);
    in_force_.set(make_running(config, *store_, kMidnight).value());
  }
  void confirm(ListId list, Instant expires) {
    write([&](store::Connection& db) {
      const std::string digest(32, 'a');
      auto done = db.prepare("DELETE FROM sync_offer").run();
      if (done)
        done = store::add_sync_offer(db, {digest, list, "ann@example.org", "1-1", 1, 0, expires}, kMidnight);
      return done ? store::confirm_sync_offer(db, digest, clock_now(), "<1@example.org>") : done;
    });
  }
  bool waits() {
    syncs_->drop_lapsed();
    auto reading = store_->read();
    return !store::lists_with_confirmed_sync(reading.connection())->empty();
  }
  std::int64_t letters() {
    auto reading = store_->read();
    auto count = reading.connection().prepare("SELECT count(*) FROM posting");
    return count.step().value() ? count.int64(0) : -1;
  }
  static Instant in(Duration from_now) { return clock_now() + from_now; }
};

TEST_F(Confirmed, a_sync_waits_to_be_carried_out_while_it_may_be) {
  confirm(tech_, in(1h));
  EXPECT_TRUE(waits());
  confirm(tech_, in(-59min));
  EXPECT_TRUE(waits()) << "confirmed at the last moment";
  EXPECT_EQ(letters(), 0);
}

TEST_F(Confirmed, a_sync_that_could_not_be_tried_in_time_is_over_and_its_owner_told) {
  confirm(tech_, in(-61min));
  EXPECT_FALSE(waits());
  EXPECT_EQ(letters(), 1);
}

TEST_F(Confirmed, a_sync_is_over_where_the_sources_have_gone) {
  confirm(tech_, in(1h));
  set_list(false, "ann@example.org");
  EXPECT_FALSE(waits());
  EXPECT_EQ(letters(), 1);
}

TEST_F(Confirmed, a_sync_is_over_where_its_owner_is_none_any_more) {
  confirm(tech_, in(1h));
  set_list(true, "eve@example.org");
  EXPECT_FALSE(waits());
  EXPECT_EQ(letters(), 1);
}

TEST_F(Confirmed, a_sync_waits_while_the_lists_file_may_come_back) {
  confirm(gone_, in(1h));
  EXPECT_TRUE(waits());
  confirm(gone_, in(-61min));
  EXPECT_FALSE(waits());
  EXPECT_EQ(letters(), 0) << "nobody writes for a list that is not there";
}

TEST_F(Confirmed, a_sync_that_has_begun_is_finished_and_not_dropped) {
  break_off(tech_);
  confirm(tech_, in(1h));
  set_list(false, "ann@example.org");
  EXPECT_TRUE(waits());
}

}  // namespace
}  // namespace breakwater::daemon
