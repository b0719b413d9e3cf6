// The store with its n-th write failing, for n = 1, 2, ... until a run is untouched. Whatever a `done` has
// called a success is there when the store is opened again on a sound disk; whatever was not is there whole
// or not at all.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <thread>

#include "faulty_vfs.h"
#include "queue/handover_log.h"
#include "scratch.h"

namespace breakwater::store {
namespace {

using Failing = FaultyDisk::Failing;

constexpr int kMembers = 60;
constexpr std::uint32_t kSliceSize = 20;

// What the run was told.
struct Told {
  bool opened = false;
  bool members = false;
  std::set<std::int64_t> postings;
  bool progress = false;
  int storage_answers_followed_by_success = 0;
  bool failed = false;
  bool handler_called = false;
};

Result<void> deliver_first_slice(Connection& db) {
  Progress progress;
  auto found = slice(db, {PostingId{1}, 0});
  if (!found) return found.error();
  if (!*found) return error(Fault::not_found, "no slice");
  progress.slice = **found;
  queue::HandoverLog log(kNow);
  std::vector<std::uint32_t> all;
  for (std::uint32_t at = 0; at < kSliceSize; ++at) {
    progress.slice.settled.set(at);
    all.push_back(at);
  }
  log.append(kNow, queue::Outcome::delivered, "250 ok", all.data(), kSliceSize - 1);
  log.append(kNow, queue::Outcome::failed, "550 5.1.1 unknown", &all.back(), 1);
  progress.delivered = kSliceSize - 1;
  progress.failed = 1;
  progress.finished = true;
  progress.log = log.bytes();
  progress.log_base = kNow;
  const Bounce bounce{ListId{1}, PostingId{1}, progress.slice.ids[kSliceSize - 1], kNow, "5.1.1", "unknown"};
  auto recorded = record_progress(db, progress, {bounce});
  if (!recorded) return recorded.error();
  return {};
}

Result<void> accept(Connection& db, std::int64_t id) {
  MemberRows rows(db);
  auto audience = lists::expand(rows, ListId{1}, to_office, kSliceSize);
  if (!audience) return audience.error();
  const std::string body(9000, 'x');
  if (auto added = add_message(db, {MessageId{id}, body, kNow}); !added) return added;
  return add_posting(db, make_posting(id), *audience, kNow + std::chrono::hours{1});
}

Told run_scenario(const std::string& directory) {
  Told told;
  bool storage_answered = false;
  const auto heard = [&](const Result<void>& result) {
    if (!result && result.error().fault == Fault::storage) storage_answered = true;
    if (result && storage_answered) ++told.storage_answers_followed_by_success;
    return result.has_value();
  };
  StoreOptions options;
  options.directory = directory;
  options.readers = 1;
  auto opened = Store::open(options, kNow);
  if (!opened) return told;
  told.opened = true;
  std::atomic<bool> handler_called = false;  // on the writer thread, after the answers
  auto store = std::move(*opened);
  store->on_failure([&](const Error&) { handler_called = true; });
  told.members =
      heard(store->write_and_wait([](Connection& db) { return add_list_with_members(db, kMembers); }));
  for (std::int64_t id = 1; id <= 3; ++id) {
    if (heard(store->write_and_wait([id](Connection& db) { return accept(db, id); })))
      told.postings.insert(id);
  }
  told.progress = heard(store->write_and_wait(deliver_first_slice));
  told.failed = store->failed();
  // Closing moves the log into the database: that may fail as well, and must not lose what it holds.
  store.reset();
  told.handler_called = handler_called;
  return told;
}

void expect_all_or_nothing(const Told& told, const std::string& directory) {
  const auto store = open_store(directory);
  auto reading = store->read();
  Connection& db = reading.connection();
  auto check = db.prepare("PRAGMA integrity_check");
  ASSERT_TRUE(*check.step());
  ASSERT_EQ(check.text(0), "ok");
  auto orphans = db.prepare("PRAGMA foreign_key_check");
  ASSERT_FALSE(*orphans.step());

  const std::int64_t members = count_members(db, ListId{1}).value().members;
  ASSERT_TRUE(members == kMembers || (members == 0 && !told.members)) << members;
  for (std::int64_t id = 1; id <= 3; ++id) {
    const auto found = posting(db, PostingId{id}).value();
    ASSERT_TRUE(found || !told.postings.contains(id)) << "posting " << id << " had its 250 and is gone";
    if (!found) {
      ASSERT_FALSE(message_bytes(db, MessageId{id})) << "half of posting " << id;
      ASSERT_FALSE(slice(db, {PostingId{id}, 0}).value()) << "half of posting " << id;
      continue;
    }
    ASSERT_EQ(message_bytes(db, MessageId{id}).value(), std::string(9000, 'x'));
    std::map<std::string, int> states;
    ASSERT_TRUE(trace(db, PostingId{id}, [&](const TraceRow& row) { ++states[row.state]; }));
    const bool progressed = states["delivered"] > 0;
    ASSERT_TRUE(progressed || !(told.progress && id == 1)) << "progress was committed and is gone";
    ASSERT_EQ(states["delivered"], progressed ? kSliceSize - 1 : 0);
    ASSERT_EQ(states["failed"], progressed ? 1 : 0);
    ASSERT_EQ(states["queued"], kMembers - (progressed ? static_cast<int>(kSliceSize) : 0));
    ASSERT_EQ(found->delivered, states["delivered"]);
    ASSERT_EQ(found->failed, states["failed"]);
    ASSERT_EQ(bounces(db, PostingId{id}).value().size(), progressed ? 1U : 0U);
  }
}

// Runs it for every n; returns how many runs were struck.
std::int64_t for_every_write(Failing how, bool stays) {
  FaultyDisk disk;
  for (std::int64_t nth = 1;; ++nth) {
    SCOPED_TRACE("the failing write is number " + std::to_string(nth));
    const Scratch scratch(Where::memory);
    disk.fail(how, nth, stays);
    const Told told = run_scenario(scratch.data());
    const bool struck = disk.struck();
    disk.heal();
    EXPECT_EQ(told.storage_answers_followed_by_success, 0)
        << "after a failed disk the store took another job";
    EXPECT_TRUE(told.handler_called || !told.failed);
    if (how == Failing::io_error && struck && told.opened && !told.progress) {
      EXPECT_TRUE(told.failed);
    }
    expect_all_or_nothing(told, scratch.data());
    if (::testing::Test::HasFatalFailure() || ::testing::Test::HasNonfatalFailure()) return nth;
    if (!struck) {
      EXPECT_TRUE(told.opened && told.members && told.progress && told.postings.size() == 3);
      return nth - 1;
    }
  }
}

TEST(Faults, TheNthWriteFailsOnce) { EXPECT_GT(for_every_write(Failing::io_error, false), 50); }

TEST(Faults, FromTheNthWriteTheDiskIsBroken) { EXPECT_GT(for_every_write(Failing::io_error, true), 50); }

TEST(Faults, FromTheNthWriteTheDiskIsFull) { EXPECT_GT(for_every_write(Failing::full, true), 50); }

TEST(Faults, AFullDiskRefusesAndRecovers) {
  FaultyDisk disk;
  const Scratch scratch(Where::memory);
  const auto store = open_store(scratch.data());
  ASSERT_TRUE(store->write_and_wait([](Connection& db) { return add_list_with_members(db, kMembers); }));
  disk.fail(Failing::full, 1, true);
  for (int again = 0; again < 3; ++again) {
    const auto refused = store->write_and_wait([](Connection& db) { return accept(db, 1); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::full) << refused.error().what;
  }
  disk.heal();
  EXPECT_FALSE(store->failed());
  EXPECT_TRUE(store->write_and_wait([](Connection& db) { return accept(db, 1); }));
}

TEST(Faults, AfterAFailedSyncNoJobIsTaken) {
  FaultyDisk disk;
  const Scratch scratch(Where::memory);
  const auto store = open_store(scratch.data());
  std::atomic<int> called = 0;
  store->on_failure([&](const Error& why) {
    ++called;
    EXPECT_EQ(why.fault, Fault::storage);
  });
  disk.fail(Failing::io_error, 1, false);
  const auto first = store->write_and_wait([](Connection& db) { return add_list_with_members(db, 3); });
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().fault, Fault::storage);
  bool ran = false;
  const auto second = store->write_and_wait([&](Connection&) {
    ran = true;
    return Result<void>();
  });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().fault, Fault::storage);
  EXPECT_FALSE(ran);
  EXPECT_TRUE(store->failed());
  for (int wait = 0; wait < 1000 && called == 0; ++wait)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  EXPECT_EQ(called, 1);
  store->on_failure([&](const Error&) { ++called; });
  EXPECT_EQ(called, 2) << "who asks later is told at once";
}

}  // namespace
}  // namespace breakwater::store
