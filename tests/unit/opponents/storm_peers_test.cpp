#include "opponents/storm_peers.h"

#include <gtest/gtest.h>

#include <chrono>

#include "opponents/storm_generator.h"

namespace breakwater::opponents {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// A first message, and one reply to it each `every`.
std::vector<storm::TraceRow> replies(int count, Duration every) {
  std::vector<storm::TraceRow> rows(1);
  rows[0].at = from_ms(1'700'036'940'000);
  rows[0].id = "<0@x>";
  rows[0].subject = "test";
  for (int at = 1; at <= count; ++at) {
    auto& row = rows.emplace_back();
    row.at = rows[0].at + at * every;
    row.id = "<" + std::to_string(at) + "@x>";
    row.in_reply_to = "<0@x>";
    row.subject = "Re: test";
  }
  return rows;
}

StormTally under(std::size_t rule, std::int64_t members, const std::vector<storm::TraceRow>& rows) {
  const auto rules = peer_rules(members);
  for (const auto& row : rows) rules.at(rule)->take(row);
  return rules.at(rule)->tally();
}

TEST(StormPeers, no_guard_sends_all) {
  const auto all = under(0, 850'000, replies(80, minutes(1)));
  EXPECT_EQ(all.deliveries(), 68'850'000);
  EXPECT_EQ(all.held, 0);
  EXPECT_FALSE(all.opened_at);
}

TEST(StormPeers, exchange_sends_ten_replies_and_opens_its_block_again_after_six_hours) {
  const auto short_storm = under(1, 2500, replies(80, minutes(1)));
  EXPECT_EQ(short_storm.fanouts, 11);
  EXPECT_EQ(short_storm.held, 70);
  EXPECT_EQ(*short_storm.opened_at - *short_storm.first, minutes(10));
  EXPECT_EQ(short_storm.opened_after, 11);
  const auto long_storm = under(1, 2500, replies(8 * 60, minutes(1)));
  EXPECT_EQ(long_storm.fanouts, 21);
  EXPECT_EQ(long_storm.fanouts_six_hours, 11);
  EXPECT_EQ(long_storm.reopened, 1);
}

TEST(StormPeers, exchange_leaves_small_lists_slow_threads_and_fresh_subjects_alone) {
  EXPECT_EQ(under(1, 2499, replies(80, minutes(1))).held, 0);
  EXPECT_EQ(under(1, 2500, replies(80, minutes(7))).held, 0);
  auto fresh = replies(80, minutes(1));
  for (auto& row : fresh) {
    row.in_reply_to.clear();
    row.subject = "Please stop " + row.id;
  }
  EXPECT_EQ(under(1, 2500, fresh).held, 0);
}

TEST(StormPeers, exchange_knows_a_thread_without_its_fields_by_the_subject) {
  auto headerless = replies(80, minutes(1));
  for (auto& row : headerless) row.in_reply_to.clear();
  EXPECT_EQ(under(1, 2500, headerless).fanouts, 11);
}

TEST(StormPeers, listserv_holds_the_list_after_fifty_a_day_until_it_is_freed) {
  const auto held = under(2, 800, replies(80, minutes(1)));
  EXPECT_EQ(held.fanouts, 50);
  EXPECT_EQ(held.held, 31);
  EXPECT_EQ(under(2, 800, replies(80, minutes(60))).held, 0);
  EXPECT_EQ(under(2, 800, replies(26 * 60, minutes(1))).fanouts, 100);  // freed a day later
}

TEST(StormPeers, ezmlm_moderates_after_thirty_an_hour) {
  EXPECT_EQ(under(3, 800, replies(80, minutes(1))).fanouts, 30);
  EXPECT_EQ(under(3, 800, replies(80, minutes(3))).held, 0);
}

TEST(StormPeers, nobody_else_stops_a_catalogue_storm_before_its_eleventh_message) {
  for (const Storm& storm : storm_catalogue()) {
    for (const auto& rule : peer_rules(storm.audience)) {
      for (const auto& row : make_storm(storm, {})) rule->take(row);
      EXPECT_GE(rule->tally().fanouts, 11) << storm.name << " " << rule->name();
    }
  }
}

}  // namespace
}  // namespace breakwater::opponents
