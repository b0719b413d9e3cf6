// kill -9 while jobs are committed: whatever the process said was done is there.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "scratch.h"

namespace breakwater::store {
namespace {

// Writes posting after posting, many at a time, and says each number once it is done. Never returns.
[[noreturn]] void commit_until_killed(const std::string& directory, int report, std::int64_t first) {
  StoreOptions options;
  options.directory = directory;
  auto store = Store::open(options, kNow);
  if (!store) ::_exit(3);
  for (std::int64_t id = first;; ++id) {
    const auto say = [report, id](const Result<void>& result) {
      if (result && ::write(report, &id, sizeof id) != sizeof id) ::_exit(4);
    };
    auto job = [id](Connection& db) -> Result<void> {
      if (auto added = add_message(db, {MessageId{id}, std::string(2000, 'x'), kNow}); !added) return added;
      lists::Audience audience;
      audience.slices.push_back({"office", queue::pack_ids(std::vector{AddressId{1}, AddressId{2}}), 2});
      audience.recipients = 2;
      return add_posting(db, make_posting(id), audience, kNow);
    };
    if (id % 7 == 0) {
      say((*store)->write_and_wait(std::move(job)));
    } else {
      (*store)->write(std::move(job), say);
    }
  }
}

std::set<std::int64_t> run_and_kill(const std::string& directory, std::int64_t first,
                                    std::chrono::milliseconds after) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    commit_until_killed(directory, ends[1], first);
  }
  ::close(ends[1]);
  std::set<std::int64_t> done;
  std::int64_t id = 0;
  // From the first success on, so that every round dies in the middle of its work.
  if (::read(ends[0], &id, sizeof id) == sizeof id) done.insert(id);
  std::thread killer([&] {
    std::this_thread::sleep_for(after);
    ::kill(child, SIGKILL);
  });
  while (::read(ends[0], &id, sizeof id) == sizeof id) done.insert(id);
  killer.join();
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  ::close(ends[0]);
  return done;
}

TEST(Kill, WhatWasSaidToBeDoneIsThere) {
  const Scratch scratch;
  std::mt19937 random(20261122);
  std::set<std::int64_t> promised;
  std::int64_t next = 1;
  for (int round = 0; round < 30; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const auto done = run_and_kill(scratch.data(), next, std::chrono::milliseconds{random() % 60});
    ASSERT_FALSE(done.empty());
    promised.insert(done.begin(), done.end());

    const auto store = open_store(scratch.data());
    auto reading = store->read();
    Connection& db = reading.connection();
    for (const std::int64_t id : done) {
      ASSERT_TRUE(posting(db, PostingId{id}).value()) << "promised and gone: " << id;
      ASSERT_TRUE(message_bytes(db, MessageId{id}));
      ASSERT_TRUE(slice(db, {PostingId{id}, 0}).value());
    }
    auto last = db.prepare("SELECT max(id) FROM posting");
    ASSERT_TRUE(*last.step());
    next = last.int64(0) + 1;
  }
  const auto store = open_store(scratch.data());
  auto reading = store->read();
  auto check = reading.connection().prepare("PRAGMA integrity_check");
  ASSERT_TRUE(*check.step());
  EXPECT_EQ(check.text(0), "ok");
  auto half = reading.connection().prepare(
      "SELECT (SELECT count(*) FROM message) - (SELECT count(*) FROM posting), (SELECT count(*) FROM posting)"
      " - (SELECT count(*) FROM slice), (SELECT count(*) FROM posting)");
  ASSERT_TRUE(*half.step());
  EXPECT_EQ(half.int64(0), 0);
  EXPECT_EQ(half.int64(1), 0);
  EXPECT_GE(half.int64(2), static_cast<std::int64_t>(promised.size()));
}

}  // namespace
}  // namespace breakwater::store
