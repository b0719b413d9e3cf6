// How the guard is judged: every storm of the catalogue, with several seeds and audiences, in virtual time.
#include <gtest/gtest.h>

#include "opponents/storm_course.h"
#include "opponents/storm_generator.h"
#include "storm/breaker.h"
#include "storm/guard.h"
#include "storm/plain_memory.h"

namespace breakwater::opponents {
namespace {

StormTally judged(const std::vector<storm::TraceRow>& rows, std::int64_t members, bool only_breaker,
                  bool confirm) {
  const storm::Policy policy;
  storm::GuardOptions options;
  options.only_breaker = only_breaker;
  StormGuard guard;
  guard.judge = [&](const storm::Facts& facts, storm::Memory& memory, Instant now) {
    return storm::judge(facts, policy, options, memory, now);
  };
  guard.note_released = [&](const storm::Facts& facts, storm::Memory& memory, Instant now) {
    return storm::note_released(facts, policy.breaker, memory, now);
  };
  storm::PlainMemory memory;
  StormCourse course({members, confirm, {}}, guard, memory, nullptr);
  for (const auto& row : rows) EXPECT_TRUE(course.take(row));
  EXPECT_TRUE(course.finish());
  return course.tally();
}

StormTally breaker_alone(const Storm& storm, std::int64_t members, std::uint64_t seed) {
  return judged(make_storm(storm, {members, seed}), members, true, false);
}

std::int64_t most_fanouts(std::int64_t members) { return members >= 10'000 ? 6 : 8; }

TEST(StormJudged, the_breaker_alone_stops_every_catalogue_storm_with_any_seed) {
  for (const Storm& storm : storm_catalogue()) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      const auto tally = breaker_alone(storm, storm.audience, seed);
      EXPECT_LE(tally.fanouts_six_hours, most_fanouts(storm.audience)) << storm.name << " seed " << seed;
      EXPECT_TRUE(tally.opened_at) << storm.name << " seed " << seed;
    }
  }
}

TEST(StormJudged, the_breaker_alone_stops_them_on_lists_of_other_sizes) {
  for (const Storm& storm : storm_catalogue()) {
    for (const std::int64_t members : {1000, 5000, 10'000, 100'000, 1'000'000}) {
      const auto tally = breaker_alone(storm, members, 3);
      EXPECT_LE(tally.fanouts_six_hours, most_fanouts(members)) << storm.name << " to " << members;
    }
  }
}

TEST(StormJudged, more_fresh_subjects_and_clients_without_threads_do_not_get_through) {
  for (Storm storm : storm_catalogue()) {
    if (storm.mix.automatic == 100) continue;  // programs answer, they begin nothing
    storm.fresh_permille = 200;
    storm.headerless_permille = 150;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const auto tally = breaker_alone(storm, storm.audience, seed);
      EXPECT_LE(tally.fanouts_six_hours, most_fanouts(storm.audience)) << storm.name << " seed " << seed;
    }
  }
}

TEST(StormJudged, with_all_defences_nhs_reaches_nobody_until_its_sender_confirms) {
  for (const std::string_view name : {"nhs-2016", "nhs-2016-official"}) {
    const auto rows = make_storm(*find_storm(name), {});
    const auto unanswered = judged(rows, 850'000, false, false);
    EXPECT_EQ(unanswered.fanouts, 0) << name;
    const auto confirmed = judged(rows, 850'000, false, true);
    EXPECT_EQ(confirmed.fanouts, 1) << name;
    EXPECT_EQ(confirmed.deliveries(), 850'000) << name;
    EXPECT_EQ(confirmed.messages, static_cast<std::int64_t>(rows.size()));
  }
}

TEST(StormJudged, with_all_defences_no_storm_sends_more_than_its_first_message) {
  for (const Storm& storm : storm_catalogue()) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      const auto tally = judged(make_storm(storm, {.seed = seed}), storm.audience, false, true);
      EXPECT_LE(tally.fanouts, 1 + tally.messages / 50) << storm.name << " seed " << seed;
    }
  }
}

// What became of the messages adds up: nothing is lost.
TEST(StormJudged, every_message_is_accounted_for) {
  for (const Storm& storm : storm_catalogue()) {
    for (const bool confirm : {false, true}) {
      const auto tally = judged(make_storm(storm, {}), storm.audience, false, confirm);
      EXPECT_EQ(tally.messages, tally.fanouts + tally.held + tally.diverted + tally.refused +
                                    tally.discarded + tally.awaiting)
          << storm.name;
    }
  }
}

}  // namespace
}  // namespace breakwater::opponents
