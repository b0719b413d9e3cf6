#include "pipeline/settle.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <numeric>

namespace breakwater::pipeline {
namespace {

using queue::Outcome;
const Instant kNow = from_ms(1'700'000'000'000);

queue::Slice slice_of(std::uint32_t recipients) {
  queue::Slice slice;
  slice.key = {PostingId{7}, 3};
  for (std::uint32_t at = 1; at <= recipients; ++at) slice.ids.push_back(make_address_id(DomainId{1}, at));
  slice.settled = queue::Bitmap(recipients);
  slice.expires = kNow + std::chrono::hours{24};
  return slice;
}

queue::Report report_of(const std::vector<std::pair<Outcome, std::vector<std::uint32_t>>>& answers,
                        bool finished) {
  queue::HandoverLog log(kNow);
  for (const auto& [outcome, who] : answers) {
    const char* reply = outcome == Outcome::delivered ? "250 2.0.0 Ok"
                        : outcome == Outcome::failed  ? "550 5.1.1 who?"
                                                      : "451 4.2.0 later";
    log.append(kNow, outcome, reply, who.data(), who.size());
  }
  queue::Report report;
  report.key = {PostingId{7}, 3};
  report.base = kNow;
  report.log = log.bytes();
  report.finished = finished;
  return report;
}

TEST(Settle, EachRecipientIsDeliveredDeferredOrFailedExactlyOnce) {
  EXPECT_TRUE(rc::check([] {
    const auto size = *rc::gen::inRange<std::uint32_t>(1, 200);
    auto slice = slice_of(size);
    queue::Bitmap answered(size);
    std::uint32_t delivered = 0, failed = 0;
    const int tries = *rc::gen::inRange(1, 6);
    for (int attempt = 0; attempt < tries; ++attempt) {
      answered = queue::Bitmap(size);
      for (const bool finished : {false, true}) {
        std::vector<std::pair<Outcome, std::vector<std::uint32_t>>> answers(3);
        for (std::uint8_t at = 0; at < 3; ++at) answers[at].first = static_cast<Outcome>(at);
        for (std::uint32_t who = 0; who < size; ++who) {
          const auto what = *rc::gen::inRange(0, 4);
          if (what < 3) answers[static_cast<std::size_t>(what)].second.push_back(who);
        }
        const auto settled = settle(slice, answered, report_of(answers, finished), {}, kNow, 1);
        RC_ASSERT(settled.has_value());
        RC_ASSERT(settled->failures.size() == settled->failed);
        delivered += settled->delivered;
        failed += settled->failed;
      }
    }
    RC_ASSERT(slice.settled.count() == delivered + failed);
    RC_ASSERT(slice.settled.all() || slice.due > kNow);
  }));
}

TEST(Settle, WhoNoReportNamedGetsTheTroubleOfTheLastOne) {
  auto slice = slice_of(4);
  queue::Bitmap answered(4);
  ASSERT_TRUE(settle(slice, answered, report_of({{Outcome::deferred, {0}}}, false), {}, kNow, 0));
  auto last = report_of({{Outcome::delivered, {1}}}, true);
  last.trouble = "421 4.4.2 connection lost";
  const auto settled = settle(slice, answered, last, {}, kNow, 0);
  ASSERT_TRUE(settled);
  std::map<std::string, std::size_t> said;
  ASSERT_TRUE(queue::read_handovers(kNow, settled->log, [&](const queue::Handover& handover) {
    for (const auto& [first, count] : handover.runs) said[std::string(handover.reply)] += count;
  }));
  EXPECT_EQ(said["250 2.0.0 Ok"], 1U);
  EXPECT_EQ(said["421 4.4.2 connection lost"], 2U);  // 2 and 3; 0 had its answer in the first report
  EXPECT_FALSE(settled->finished);
  EXPECT_EQ(slice.attempts, 1U);
}

TEST(Settle, ADomainThatDoesNotExistFailsAtOnce) {
  auto slice = slice_of(2);
  queue::Bitmap answered(2);
  auto report = report_of({}, true);
  report.rest = Outcome::failed;
  report.trouble = "550 5.1.2 no such domain";
  const auto settled = settle(slice, answered, report, {}, kNow, 0);
  ASSERT_TRUE(settled);
  EXPECT_TRUE(settled->finished);
  ASSERT_EQ(settled->failures.size(), 2U);
  EXPECT_EQ(settled->failures[0].status, "5.1.2");
}

TEST(Settle, WhatIsDeferredPastItsTimeFails) {
  auto slice = slice_of(1);
  queue::Bitmap answered(1);
  const auto settled =
      settle(slice, answered, report_of({{Outcome::deferred, {0}}}, true), {}, slice.expires, 0);
  ASSERT_TRUE(settled);
  EXPECT_TRUE(settled->finished);
  ASSERT_EQ(settled->failures.size(), 1U);
  EXPECT_EQ(settled->failures[0].status, "5.4.7");
  EXPECT_NE(settled->failures[0].diagnostic.find("451 4.2.0 later"), std::string::npos);
}

TEST(Settle, ACorruptReportIsAnErrorAndIndicesPastTheEndAreIgnored) {
  auto slice = slice_of(2);
  queue::Bitmap answered(2);
  auto report = report_of({{Outcome::delivered, {0, 7, 900}}}, true);
  EXPECT_EQ(settle(slice, answered, report, {}, kNow, 0)->delivered, 1U);
  report.log.pop_back();
  EXPECT_TRUE(settle(slice, answered, report, {}, kNow, 0).has_error());
}

TEST(Settle, StatusComesFromTheReplyOrItsClass) {
  EXPECT_EQ(status_of("550 5.1.1 no such user"), "5.1.1");
  EXPECT_EQ(status_of("550-5.7.26 a long story"), "5.7.26");
  EXPECT_EQ(status_of("550 no such user"), "5.0.0");
  EXPECT_EQ(status_of("451 4.3.0"), "4.3.0");
  EXPECT_EQ(status_of("550 5.1 half"), "5.0.0");
  EXPECT_EQ(status_of("550 5.1.1x"), "5.0.0");
  EXPECT_EQ(status_of(""), "4.0.0");
}

}  // namespace
}  // namespace breakwater::pipeline
