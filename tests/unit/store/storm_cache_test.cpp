#include "store/storm_cache.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>

#include "scratch.h"
#include "store/storm_memory.h"

namespace breakwater::store {
namespace {

using storm::Kind;
using Known = std::map<std::string, std::string>;

Result<void> put(Connection& db, const std::string& key, const std::string& value) {
  return StormMemory(db).put(ListId{1}, Kind::thread, key, value, kNow);
}

std::string get(Connection& db, const std::string& key) {
  return StormMemory(db).get(ListId{1}, Kind::thread, key, kNow).value().value_or("none");
}

std::string read_back(Store& store, const std::string& key) {
  auto reading = store.read();
  return get(reading.connection(), key);
}

TEST(StormCache, WhatAJobPutIsThereWhenItIsDone) {
  const Scratch scratch(Where::memory);
  {
    const auto store = open_store(scratch.data());
    ASSERT_TRUE(store->write_and_wait([](Connection& db) { return put(db, "k", "1"); }));
    EXPECT_EQ(read_back(*store, "k"), "1");
    ASSERT_TRUE(store->write_and_wait([](Connection& db) { return put(db, "k", "2"); }));
    EXPECT_EQ(read_back(*store, "k"), "2");
  }
  const auto again = open_store(scratch.data());
  EXPECT_EQ(read_back(*again, "k"), "2");
}

TEST(StormCache, WhatAFailedJobPutWasNeverThere) {
  const Scratch scratch(Where::memory);
  const auto store = open_store(scratch.data());
  ASSERT_TRUE(store->write_and_wait([](Connection& db) { return put(db, "k", "1"); }));
  const auto failed = store->write_and_wait([](Connection& db) -> Result<void> {
    (void)put(db, "k", "2");
    (void)put(db, "k", "3");
    (void)put(db, "new", "3");
    return error(Fault::invalid, "no");
  });
  ASSERT_FALSE(failed);
  ASSERT_TRUE(store->write_and_wait([](Connection& db) -> Result<void> {
    EXPECT_EQ(get(db, "k"), "1");
    EXPECT_EQ(get(db, "new"), "none");
    return {};
  }));
  EXPECT_EQ(read_back(*store, "k"), "1");
  EXPECT_EQ(read_back(*store, "new"), "none");
}

// More in one job than is held: it is written in between, and read from the rows again.
TEST(StormCache, IsBounded) {
  const Scratch scratch(Where::memory);
  const auto store = open_store(scratch.data());
  constexpr int kMany = 9'000;
  ASSERT_TRUE(store->write_and_wait([](Connection& db) -> Result<void> {
    for (int at = 0; at < kMany; ++at) (void)put(db, std::to_string(at), "x");
    return {};
  }));
  ASSERT_TRUE(store->write_and_wait([](Connection& db) -> Result<void> {
    EXPECT_EQ(db.storm_cache()->find(ListId{1}, Kind::thread, "7"), nullptr);
    EXPECT_EQ(get(db, "7"), "x");
    return {};
  }));
  EXPECT_EQ(read_back(*store, std::to_string(kMany - 1)), "x");
}

// Whatever is put by jobs that stand and jobs that fall, several in a transaction: what stands is what is
// read.
TEST(StormCache, TellsWhatStands) {
  const Scratch scratch(Where::memory);
  const auto store = open_store(scratch.data());
  Known known;
  const bool holds = rc::check("jobs that stand and fall", [&] {
    for (int job = *rc::gen::inRange(1, 20); job > 0; --job) {
      const auto puts = *rc::gen::container<std::vector<std::pair<int, int>>>(
          rc::gen::pair(rc::gen::inRange(0, 6), rc::gen::inRange(0, 1000)));
      const bool stands = *rc::gen::arbitrary<bool>();
      Known after = known;
      for (const auto& [key, value] : puts) after[std::to_string(key)] = std::to_string(value);
      const auto run = [puts, stands, after](Connection& db) -> Result<void> {
        for (const auto& [key, value] : puts) (void)put(db, std::to_string(key), std::to_string(value));
        for (const auto& [key, value] : after) EXPECT_EQ(get(db, key), value);
        return stands ? Result<void>() : error(Fault::invalid, "falls");
      };
      if (stands) known = after;
      if (*rc::gen::arbitrary<bool>()) {
        const auto repeat = *rc::gen::element(Repeat::never, Repeat::may);
        store->write(
            run, [](const Result<void>&) {}, repeat);
      } else {
        RC_ASSERT(store->write_and_wait(run).has_value() == stands);
        for (const auto& [key, value] : known) RC_ASSERT(read_back(*store, key) == value);
      }
    }
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace breakwater::store
