#include "opponents/storm_generator.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

#include "opponents/storm_trace.h"

namespace breakwater::opponents {
namespace {

std::string as_text(const std::vector<storm::TraceRow>& rows) {
  std::string text;
  for (const auto& row : rows) text += trace_line(row) + "\n";
  return text;
}

// FNV-1a: the bytes are the same on every machine and in every release; who changes the generator says so
// here.
std::uint64_t fingerprint(const std::string& text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash;
}

TEST(StormCatalogue, has_each_storm_once_with_its_facts) {
  std::set<std::string_view> names;
  for (const Storm& each : storm_catalogue()) {
    EXPECT_TRUE(names.insert(each.name).second) << each.name;
    EXPECT_EQ(find_storm(each.name), &each);
    EXPECT_FALSE(each.facts.empty());
    EXPECT_GT(each.audience, 0);
    EXPECT_LT(each.spark_s, each.minutes * 60);
  }
  EXPECT_EQ(names.size(), 8U);
  EXPECT_EQ(find_storm("none-1066"), nullptr);
  EXPECT_NE(storm_names().find("nhs-2016, nhs-2016-official, bedlam-1997"), std::string::npos);
}

TEST(StormGenerator, gives_the_same_bytes_for_the_same_seed_on_every_machine) {
  const Storm& storm = *find_storm("nhs-2016");
  const std::string once = as_text(make_storm(storm, {}));
  EXPECT_EQ(once, as_text(make_storm(storm, {})));
  EXPECT_EQ(fingerprint(once), 592517486019882891U);
  EXPECT_NE(once, as_text(make_storm(storm, {.seed = 2})));
  EXPECT_NE(once, as_text(make_storm(storm, {.audience = 1000})));
}

TEST(StormGenerator, keeps_to_what_is_reported_of_the_storm) {
  for (const Storm& storm : storm_catalogue()) {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
      const auto rows = make_storm(storm, {.seed = seed});
      ASSERT_EQ(rows.size(), static_cast<std::size_t>(storm.posts) + 1) << storm.name;
      EXPECT_EQ(rows.front().subject, storm.subject);
      EXPECT_TRUE(rows.front().in_reply_to.empty());
      EXPECT_EQ(rows[1].at - rows[0].at, std::chrono::seconds(storm.spark_s));
      EXPECT_LE(rows.back().at - rows[0].at, std::chrono::minutes(storm.minutes));
      std::set<std::string> ids;
      for (std::size_t at = 1; at < rows.size(); ++at) {
        EXPECT_LE(rows[at - 1].at, rows[at].at);
        EXPECT_TRUE(ids.insert(rows[at].id).second);
        EXPECT_FALSE(rows[at].body.empty());
      }
    }
  }
}

TEST(StormGenerator, answers_only_what_was_written_before) {
  const auto rows = make_storm(*find_storm("bedlam-1997"), {.seed = 7});
  std::set<std::string> before;
  std::size_t replies = 0;
  for (const auto& row : rows) {
    if (!row.in_reply_to.empty()) {
      ++replies;
      EXPECT_TRUE(before.contains(row.in_reply_to)) << row.id;
      EXPECT_EQ(row.references.front(), rows.front().id);
    }
    before.insert(row.id);
  }
  EXPECT_GT(replies, rows.size() * 85 / 100);  // some are fresh, some come without threading fields
  EXPECT_LT(replies, rows.size() - 20);
}

// The shape of make_storm.py's Beta(2, 3.5): a mean of 0.36, the middle half between about 0.21 and 0.50.
TEST(StormGenerator, bursts_early_and_tails_off) {
  const Storm& storm = *find_storm("bedlam-1997");
  const auto rows = make_storm(storm, {});
  const auto part = [&](std::size_t percent) {
    const auto since = rows[rows.size() * percent / 100].at - rows[1].at;
    return static_cast<double>(since.count()) / (60'000.0 * storm.minutes - 1000.0 * storm.spark_s);
  };
  EXPECT_NEAR(part(25), 0.21, 0.04);
  EXPECT_NEAR(part(50), 0.34, 0.04);
  EXPECT_NEAR(part(75), 0.50, 0.04);
}

TEST(StormGenerator, marks_what_programs_write_and_draws_from_the_audience) {
  std::size_t automatic = 0;
  std::set<std::string> people;
  const auto robots = make_storm(*find_storm("autoresponders-2004"), {});
  for (const auto& row : robots) {
    automatic += row.automatic ? 1 : 0;
    people.insert(row.from);
  }
  EXPECT_EQ(automatic, robots.size() - 1);
  EXPECT_LT(people.size(), 60U);
  std::set<std::string> few;
  for (const auto& row : make_storm(*find_storm("bedlam-1997"), {.audience = 5})) few.insert(row.from);
  EXPECT_EQ(few.size(), 6U);  // five, and who started it
}

}  // namespace
}  // namespace breakwater::opponents
