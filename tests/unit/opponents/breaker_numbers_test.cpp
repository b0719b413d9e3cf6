// What the breaker alone makes of the catalogue and of a real list: the numbers that docs/storm.md promises.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "opponents/storm_catalogue.h"
#include "opponents/storm_generator.h"
#include "opponents/storm_trace.h"
#include "storm/breaker.h"
#include "storm/plain_memory.h"
#include "storm/replay.h"

namespace breakwater::opponents {
namespace {

constexpr ListId kList{1};

storm::Replay::Judge breaker_alone() {
  return [](const storm::Facts& facts, storm::Memory& memory, Instant now) {
    return storm::judge_breaker(facts, {}, memory, now);
  };
}

// Fan-outs within six hours of the first message, it and the probes counted.
std::int64_t fanouts_of(const std::vector<storm::TraceRow>& rows, std::int64_t audience) {
  storm::PlainMemory memory;
  storm::Replay replay(breaker_alone(), memory, kList, audience);
  for (const storm::TraceRow& row : rows) {
    if (row.at - rows.front().at > std::chrono::hours(6)) break;
    EXPECT_TRUE(replay.feed(row));
  }
  return replay.summary().fanouts;
}

TEST(BreakerNumbers, EveryStormOfTheCatalogueIsStopped) {
  for (const Storm& storm : storm_catalogue()) {
    std::int64_t all = 0;
    constexpr int kSeeds = 10;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const std::int64_t fanouts = fanouts_of(make_storm(storm, {.seed = seed}), storm.audience);
      EXPECT_LE(fanouts, storm.audience >= 10'000 ? 6 : 8) << storm.name << ", seed " << seed;
      all += fanouts;
    }
    EXPECT_LE(all, 4 * kSeeds) << storm.name;
  }
}

TEST(BreakerNumbers, AStormOfAnySizeIsStopped) {
  const Storm& storm = *find_storm("nhs-2016");
  for (const std::int64_t audience : {300, 5'000, 100'000, 1'000'000}) {
    EXPECT_LE(fanouts_of(make_storm(storm, {.audience = audience}), audience), 6) << audience;
  }
}

std::int64_t held_of(const std::string& name) {
  std::ifstream file(std::string(BREAKWATER_SOURCE_DIR) + "/tests/unit/storm/traces/" + name + ".jsonl");
  TraceReader reader;
  storm::PlainMemory memory;
  storm::Replay replay(breaker_alone(), memory, kList, 10'000);
  for (std::string line; std::getline(file, line);) {
    const auto row = reader.read(line);
    EXPECT_TRUE(row) << line;
    if (row) EXPECT_TRUE(replay.feed(*row));
  }
  EXPECT_GE(replay.summary().messages, 70) << name;
  return replay.summary().held;
}

// The hardest hours of 29 years, each with an empty memory, as if the list had just moved here.
TEST(BreakerNumbers, ARealListGoesOn) {
  EXPECT_EQ(held_of("r-devel-2004-worms"), 0);
  EXPECT_EQ(held_of("r-devel-2007-slots"), 0);
  EXPECT_EQ(held_of("r-devel-2007-operators"), 0);
  // Three strangers answer a question rightly within eight minutes, in nine words. With a memory older than a
  // few weeks they are known and pass.
  EXPECT_LE(held_of("r-devel-2005-hostname"), 2);
}

}  // namespace
}  // namespace breakwater::opponents
