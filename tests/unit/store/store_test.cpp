#include "store/store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "scratch.h"

namespace breakwater::store {
namespace {

Result<void> insert_domain(Connection& db, const std::string& name) {
  return db.prepare("INSERT INTO domain (name) VALUES (?1)").bind_all(name).run();
}

std::int64_t domains(Store& store) {
  auto reading = store.read();
  auto count = reading.connection().prepare("SELECT count(*) FROM domain");
  return *count.step() ? count.int64(0) : -1;
}

// Holds the writer in a job until it is released, so that what is written meanwhile waits together.
class Held {
 public:
  explicit Held(Store& store) {
    store.write(
        [shared = shared_](Connection&) {
          shared->entered.set_value();
          shared->release.get_future().wait();
          return Result<void>();
        },
        [](Result<void>) {});
    shared_->entered.get_future().wait();
  }
  ~Held() { release(); }
  void release() {
    if (!std::exchange(released_, true)) shared_->release.set_value();
  }

 private:
  struct Shared {
    std::promise<void> entered, release;
  };
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  bool released_ = false;
};

TEST(Store, ADirectoryBelongsToOneProcess) {
  const Scratch scratch;
  const auto first = open_store(scratch.data());
  StoreOptions options;
  options.directory = scratch.data() + "/";
  const auto second = Store::open(options, kNow);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().fault, Fault::busy);
  EXPECT_NE(second.error().what.find("process " + std::to_string(::getpid())), std::string::npos)
      << second.error().what;
}

void expect_failing_jobs_to_be_rolled_back_alone(const std::function<Repeat(int)>& repeat_of) {
  const Scratch scratch;
  const auto store = open_store(scratch.data());
  Held held(*store);
  std::vector<std::future<Result<void>>> answers;
  for (int at = 0; at < 20; ++at) {
    auto answer = std::make_shared<std::promise<Result<void>>>();
    answers.push_back(answer->get_future());
    store->write(
        [at](Connection& db) -> Result<void> {
          if (auto inserted = insert_domain(db, "d" + std::to_string(at)); !inserted) return inserted;
          if (at == 7) return error(Fault::denied, "not seven");
          if (at == 8) throw std::runtime_error("eight");
          if (at == 9) return insert_domain(db, "d0");  // there already
          return {};
        },
        [answer](Result<void> result) { answer->set_value(std::move(result)); }, repeat_of(at));
  }
  held.release();
  for (int at = 0; at < 20; ++at) {
    const auto result = answers[static_cast<std::size_t>(at)].get();
    EXPECT_EQ(result.has_value(), at < 7 || at > 9) << at;
    if (at == 7) EXPECT_EQ(result.error().what, "not seven");
    if (at == 8) EXPECT_NE(result.error().what.find("eight"), std::string::npos);
    if (at == 9) EXPECT_EQ(result.error().fault, Fault::exists);
  }
  EXPECT_EQ(domains(*store), 17);
}

TEST(Store, AFailingJobIsRolledBackAlone) {
  expect_failing_jobs_to_be_rolled_back_alone([](int) { return Repeat::never; });
}

// They share a savepoint, and run again where one of them fails; the others' run once.
TEST(Store, AFailingJobThatMayBeRepeatedIsRolledBackAlone) {
  expect_failing_jobs_to_be_rolled_back_alone([](int) { return Repeat::may; });
  expect_failing_jobs_to_be_rolled_back_alone(
      [](int at) { return at % 3 != 0 ? Repeat::may : Repeat::never; });
  expect_failing_jobs_to_be_rolled_back_alone(
      [](int at) { return at % 3 == 0 ? Repeat::may : Repeat::never; });
}

TEST(Store, OnlyJobsThatMayBeRepeatedAre) {
  const Scratch scratch;
  const auto store = open_store(scratch.data());
  Held held(*store);
  std::vector<int> runs(9), done(9);
  for (std::size_t at = 0; at < runs.size(); ++at) {
    store->write(
        [&runs, at](Connection& db) -> Result<void> {
          ++runs[at];
          if (auto inserted = insert_domain(db, "d" + std::to_string(at)); !inserted) return inserted;
          return at == 5 ? error(Fault::denied, "not five") : Result<void>();
        },
        [&done, at](const Result<void>& result) { done[at] += result ? 1 : 10; },
        at == 2 || at == 7 ? Repeat::never : Repeat::may);
  }
  held.release();
  ASSERT_TRUE(store->write_and_wait([](Connection&) { return Result<void>(); }));
  EXPECT_EQ(runs, (std::vector{1, 1, 1, 2, 2, 2, 1, 1, 1})) << "with 5, those since the last that may not";
  EXPECT_EQ(done, (std::vector{1, 1, 1, 1, 1, 10, 1, 1, 1})) << "each hears once";
  EXPECT_EQ(domains(*store), 8);
}

TEST(Store, ManyThatWaitShareACommit) {
  const Scratch scratch;
  const auto store = open_store(scratch.data());
  Held held(*store);
  std::atomic<int> done = 0;
  // Each job sees what those of its batch did; a commit between them would let a reader see it too.
  std::int64_t seen_by_reader = -1;
  for (int at = 0; at < 50; ++at) {
    store->write(
        [at, &store, &seen_by_reader](Connection& db) {
          if (at == 49) seen_by_reader = domains(*store);
          return insert_domain(db, "d" + std::to_string(at));
        },
        [&done](Result<void> result) { done += result.has_value(); });
  }
  held.release();
  ASSERT_TRUE(store->write_and_wait([](Connection&) { return Result<void>(); }));
  EXPECT_EQ(done, 50);
  EXPECT_EQ(seen_by_reader, 0);
  EXPECT_EQ(domains(*store), 50);
}

TEST(Store, DoneMeansReadableByEverybody) {
  const Scratch scratch;
  const auto store = open_store(scratch.data());
  for (int at = 1; at <= 20; ++at) {
    std::promise<std::int64_t> seen;
    store->write([at](Connection& db) { return insert_domain(db, std::to_string(at)); },
                 [&](Result<void>) { seen.set_value(domains(*store)); });
    EXPECT_EQ(seen.get_future().get(), at);
  }
}

TEST(Store, AReaderKeepsItsSnapshot) {
  const Scratch scratch;
  const auto store = open_store(scratch.data());
  auto reading = store->read();
  ASSERT_TRUE(store->write_and_wait([](Connection& db) { return insert_domain(db, "later"); }));
  auto count = reading.connection().prepare("SELECT count(*) FROM domain");
  ASSERT_TRUE(*count.step());
  EXPECT_EQ(count.int64(0), 0);
  EXPECT_EQ(domains(*store), 1) << "another one sees it";
}

TEST(Store, ReadersWaitForOneAnother) {
  const Scratch scratch;
  StoreOptions options;
  options.directory = scratch.data();
  options.readers = 2;
  const auto store = Store::open(options, kNow).value();
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int at = 0; at < 8; ++at) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) good += domains(*store) >= 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 400);
}

TEST(Store, TheQueueIsBounded) {
  const Scratch scratch;
  StoreOptions options;
  options.directory = scratch.data();
  options.max_waiting = 10;
  const auto store = Store::open(options, kNow).value();
  Held held(*store);
  int full = 0;
  std::atomic<int> done = 0;
  for (int at = 0; at < 15; ++at) {
    store->write([](Connection&) { return Result<void>(); },
                 [&](Result<void> result) {
                   if (result)
                     ++done;
                   else
                     full += result.error().fault == Fault::full;
                 });
  }
  EXPECT_EQ(full, 5);
  held.release();
  for (int wait = 0; wait < 1000 && done < 10; ++wait)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  EXPECT_EQ(done, 10);
  EXPECT_TRUE(store->write_and_wait([](Connection&) { return Result<void>(); })) << "there is room again";
}

TEST(Store, ClosingRunsWhatWaits) {
  const Scratch scratch;
  std::atomic<int> done = 0;
  {
    const auto store = open_store(scratch.data());
    for (int at = 0; at < 1000; ++at) {
      store->write([at](Connection& db) { return insert_domain(db, std::to_string(at)); },
                   [&done](Result<void> result) { done += result.has_value(); });
    }
  }
  EXPECT_EQ(done, 1000);
  const std::string log = scratch.database() + "-wal";
  EXPECT_TRUE(!std::filesystem::exists(log) || std::filesystem::file_size(log) == 0);
  EXPECT_EQ(domains(*open_store(scratch.data())), 1000);
}

TEST(Store, AFullDatabaseRefusesAndRecovers) {
  const Scratch scratch;
  const auto store = open_store(scratch.data());
  std::atomic<bool> failed = false;
  store->on_failure([&failed](const Error&) { failed = true; });
  ASSERT_TRUE(store->write_and_wait([](Connection& db) -> Result<void> {
    if (auto inserted = insert_domain(db, "before"); !inserted) return inserted;
    auto pages = db.prepare("PRAGMA page_count");
    if (auto row = pages.step(); !row) return row.error();
    return db.execute(("PRAGMA max_page_count=" + std::to_string(pages.int64(0) + 20)).c_str());
  }));
  const std::string large(1'000'000, 'x');
  const auto refused = store->write_and_wait([&](Connection& db) {
    return add_message(db, {MessageId{1}, large, kNow});
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::full) << refused.error().what;
  EXPECT_FALSE(store->failed());
  ASSERT_TRUE(store->write_and_wait([](Connection& db) { return insert_domain(db, "small"); }));
  ASSERT_TRUE(
      store->write_and_wait([](Connection& db) { return db.execute("PRAGMA max_page_count=1000000"); }));
  ASSERT_TRUE(store->write_and_wait([&](Connection& db) {
    return add_message(db, {MessageId{1}, large, kNow});
  }));
  EXPECT_EQ(domains(*store), 2);
  EXPECT_FALSE(failed);
}

TEST(Store, TheLogIsEmptiedWhenItIsQuiet) {
  const Scratch scratch;
  const auto store = open_store(scratch.data());
  ASSERT_TRUE(store->write_and_wait([](Connection& db) {
    return add_message(db, {MessageId{1}, std::string(100'000, 'x'), kNow});
  }));
  EXPECT_GT(std::filesystem::file_size(scratch.database() + "-wal"), 100'000U);
  for (int wait = 0; wait < 100 && std::filesystem::file_size(scratch.database() + "-wal") > 0; ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
  EXPECT_EQ(std::filesystem::file_size(scratch.database() + "-wal"), 0U);
}

TEST(Store, TheLogStaysBoundedUnderReadersThatNeverPause) {
  const Scratch scratch;
  const auto store = open_store(scratch.data());
  std::atomic<bool> stop = false;
  std::vector<std::thread> readers;
  for (int at = 0; at < 3; ++at) {
    readers.emplace_back([&] {
      while (!stop) (void)domains(*store);
    });
  }
  bool written = true;  // asserted when the readers have ended: nobody may leave before
  for (int at = 1; at <= 220 && written; ++at) {
    const auto add = [at](Connection& db) {
      return add_message(db, {MessageId{at}, std::string(1'000'000, 'x'), kNow});
    };
    written = store->write_and_wait(add).has_value();
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_TRUE(written);
  EXPECT_LT(std::filesystem::file_size(scratch.database() + "-wal"), 150'000'000U);
}

}  // namespace
}  // namespace breakwater::store
