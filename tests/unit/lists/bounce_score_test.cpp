#include "lists/bounce_score.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace breakwater::lists {
namespace {

const Instant kNow = from_ms(1'795'363'270'000);
constexpr Duration kDay = std::chrono::hours{24};

struct Said {
  const char* status;
  const char* diagnostic;
  BounceKind kind;
};

TEST(BounceKind, WhatServersSayIsTakenForWhatItMeansToTheMember) {
  constexpr auto policy = BounceKind::policy, soft = BounceKind::soft, hard = BounceKind::hard;
  const Said all[] = {
      // Gone for good.
      {"5.1.1", "550 5.1.1 <x@example.org>: Recipient address rejected: User unknown", hard},
      {"5.1.1", "smtp; 550 5.1.1 User jsmith (jsmith@example.org) not listed in Domino Directory", hard},
      {"5.1.2", "550 5.1.2 gone.example does not exist (NXDOMAIN)", hard},
      {"5.1.10", "556 5.1.10 example.org does not accept mail (null MX)", hard},
      {"5.2.1", "550 5.2.1 The email account that you tried to reach is disabled", hard},
      {"5.0.0", "550 No such user here", hard},
      {"", "550 unknown user", hard},
      {"5.1.1", "550 5.1.1 <spam@dmarc.example>: user unknown, see http://spam.example/policy", hard},
      {"5.1.1", "550 5.1.1 marble, no such user", hard},
      // For now, or in doubt.
      {"5.2.2", "552 5.2.2 mailbox full", soft},
      {"4.2.2", "452 4.2.2 over quota", soft},
      {"5.0.0", "552 Requested mail action aborted: exceeded storage allocation, quota exceeded", soft},
      {"5.2.3", "550 5.2.3 mailbox is full", soft},
      {"5.4.7", "delivery time expired; last answer: 451 4.4.1 connect: Connection refused", soft},
      {"5.4.1", "550 5.4.1 Recipient address rejected: Access denied", soft},
      {"5.4.4", "550 5.4.4 example.org has no usable MX record", soft},
      {"4.0.0", "450 try later", soft},
      {"5.5.0", "550 5.5.0 Requested action not taken: mailbox unavailable", soft},
      {"5.3.0", "554 5.3.0 unknown mailer error 1", soft},
      // About the message, its sender, or us.
      {"5.7.1", "550 5.7.1 rejected", policy},
      {"5.7.26", "550-5.7.26 Unauthenticated email from example.org is not accepted due to DMARC policy",
       policy},
      {"5.7.606", "550 5.7.606 Access denied, banned sending IP", policy},
      {"5.0.0", "554 Message rejected: it looks like spam", policy},
      {"5.1.1", "550 5.1.1 Blocked - see https://example.org/why", policy},
      {"5.0.0", "550 your host is listed at dnsbl.example", policy},
      {"5.3.4", "552 5.3.4 message size exceeds fixed limit", policy},
      {"5.2.3", "552 5.2.3 Message too large", policy},
      {"5.0.0", "552 too large", policy},
      {"", "552 5 MB at most", policy},
      {"5.6.0", "554 5.6.0 Bad content", policy},
      {"5.6.1", "554 5.6.1 attachments of this kind are refused", policy},
      {"5.1.8", "553 5.1.8 Sender address rejected: Domain not found", policy},
      {"5.1.7", "550 5.1.7 bad sender", policy},
      {"5.5.2", "500 5.5.2 syntax error", policy},
      {"4.7.1", "450 4.7.1 greylisted", policy},
      {"5.4.7", "delivery time expired; last answer: 450 4.2.0 Greylisting in action", policy},
      {"5.4.4", "550 5.4.4 no route in the configuration fits the recipient's domain", policy},
      {"", "", policy},
      {"2.0.0", "250 ok", policy},
      {"nonsense", "nonsense", policy}};
  for (const Said& one : all) {
    EXPECT_EQ(name_of(kind_of_bounce(one.status, one.diagnostic)), name_of(one.kind))
        << one.status << " | " << one.diagnostic;
  }
}

// Whatever the text says, these never count.
RC_GTEST_PROP(BounceKind, SecurityAndContentNeverCount, (const std::string& text)) {
  const auto subject = *rc::gen::element(6, 7);
  const auto detail = *rc::gen::inRange(0, 1000);
  const std::string status = "5." + std::to_string(subject) + "." + std::to_string(detail);
  RC_ASSERT(half_points(kind_of_bounce(status, text)) == 0);
}

RC_GTEST_PROP(BounceKind, AnyBytesAreRead, (const std::string& status, const std::string& text)) {
  RC_ASSERT(half_points(kind_of_bounce(status, text)) <= 2);
}

std::vector<BounceDay> days_ago(const std::vector<std::pair<int, BounceKind>>& all) {
  std::vector<BounceDay> days;
  for (const auto& [ago, kind] : all) days.push_back({kNow - ago * kDay, kind});
  return days;
}

TEST(BounceScore, CountsDaysUntilASilence) {
  constexpr auto hard = BounceKind::hard, soft = BounceKind::soft, policy = BounceKind::policy;
  const BouncePolicy rules;
  const auto score = [&](const std::vector<std::pair<int, BounceKind>>& days, Instant since = {}) {
    return half_score(days_ago(days), since, kNow, rules);
  };
  EXPECT_EQ(score({}), 0);
  EXPECT_EQ(score({{0, hard}}), 2);
  EXPECT_EQ(score({{0, soft}, {1, hard}, {2, hard}}), 5);
  EXPECT_EQ(score({{0, hard}, {1, policy}, {2, BounceKind::spike}, {3, hard}}), 4) << "what counts not";
  EXPECT_EQ(score({{7, hard}, {14, hard}}), 4) << "seven days are not too long";
  EXPECT_EQ(score({{8, hard}, {9, hard}}), 0) << "eight are";
  const BounceDay weekly[] = {{kNow - 7 * kDay - std::chrono::hours{5}, hard}};
  EXPECT_EQ(half_score(weekly, {}, kNow, rules), 2) << "a weekly list, and not on the minute";
  EXPECT_EQ(score({{1, hard}, {9, hard}, {10, hard}}), 2) << "what was before a silence";
  EXPECT_EQ(score({{1, hard}, {4, policy}, {9, hard}}), 2)
      << "a policy bounce is no bounce in a silence either";
  EXPECT_EQ(score({{1, hard}, {2, hard}}, kNow - 2 * kDay), 2) << "counted anew";
  EXPECT_FALSE(reaches_threshold(9, rules));
  EXPECT_TRUE(reaches_threshold(10, rules));
}

RC_GTEST_PROP(BounceScore, IsBoundedAndOneMoreBounceNeverLowersIt, ()) {
  const BouncePolicy rules;
  std::map<int, BounceKind, std::less<>> by_day;
  const auto count = *rc::gen::inRange(0, 30);
  for (int at = 0; at < count; ++at) {
    by_day[*rc::gen::inRange(0, 60)] =
        *rc::gen::element(BounceKind::policy, BounceKind::spike, BounceKind::soft, BounceKind::hard);
  }
  const Instant since = kNow - *rc::gen::inRange(0, 70) * kDay;
  const auto score = [&](const auto& days, Duration later = Duration{0}) {
    std::vector<BounceDay> list;
    for (const auto& [ago, kind] : days) list.push_back({kNow + later - ago * kDay, kind});
    return half_score(list, since + later, kNow + later, rules);
  };
  const int before = score(by_day);
  int most = 0;
  for (const auto& [ago, kind] : by_day) most += half_points(kind);
  RC_ASSERT(before <= most);
  RC_ASSERT(score(by_day, std::chrono::hours{12345}) == before);  // only differences of time matter
  auto without = by_day;  // those that count nothing might as well not be there
  std::erase_if(without, [](const auto& day) { return half_points(day.second) == 0; });
  RC_ASSERT(score(without) == before);
  const int day = *rc::gen::inRange(0, 60);
  auto more = by_day;
  more[day] = BounceKind::hard;
  RC_ASSERT(score(more) >= before);
  // Long enough after the last: nothing.
  std::vector<BounceDay> list;
  for (const auto& [ago, kind] : by_day) list.push_back({kNow - ago * kDay, kind});
  RC_ASSERT(half_score(list, {}, kNow + rules.stale + kDay, rules) == 0);
}

TEST(BounceSpike, WantsBothAShareAndANumber) {
  const BouncePolicy rules;
  EXPECT_FALSE(is_spike(19, 20, rules));
  EXPECT_TRUE(is_spike(20, 20, rules));
  EXPECT_FALSE(is_spike(50, 1000, rules)) << "five of a hundred are not more than five";
  EXPECT_TRUE(is_spike(51, 1000, rules));
  BouncePolicy never;
  never.spike_percent = 0;
  EXPECT_FALSE(is_spike(1000, 1000, never));
}

// Every stage with every sign.
TEST(BounceStage, OnlyTheProbesOwnBounceStops) {
  using enum Stage;
  const Stage stages[] = {quiet, probe_wanted, probe_sent, stopped};
  const std::map<Sign, std::vector<Stage>> table = {
      {Sign::score_reached, {probe_wanted, probe_wanted, probe_sent, stopped}},
      {Sign::score_fell, {quiet, quiet, probe_sent, stopped}},
      {Sign::probe_sent, {quiet, probe_sent, probe_sent, stopped}},
      {Sign::probe_bounced, {quiet, probe_wanted, stopped, stopped}},
      {Sign::time_passed, {quiet, probe_wanted, quiet, stopped}},
      {Sign::resumed, {quiet, quiet, quiet, quiet}}};
  ASSERT_EQ(table.size(), 6U);
  for (const auto& [sign, to] : table) {
    for (std::size_t at = 0; at < 4; ++at) {
      EXPECT_EQ(next_stage(stages[at], sign), to[at]) << static_cast<int>(sign) << " in " << at;
    }
  }
}

}  // namespace
}  // namespace breakwater::lists
