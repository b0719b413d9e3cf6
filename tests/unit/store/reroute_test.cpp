// The configuration's routes change under a posting that is being delivered.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "queue/handover_log.h"
#include "scratch.h"
#include "store/ledger.h"

namespace breakwater::store {
namespace {

using queue::Outcome;

std::string by_domain(std::string_view domain) {
  return domain == "a.example" ? "a-host" : "mx:" + std::string(domain);
}
bool not_office(std::string_view route) { return route != "office"; }

class Reroute : public ::testing::Test {
 protected:
  void SetUp() override {  // one slice: 4 of a.example, 4 of b.example
    ASSERT_TRUE(add_list_with_members(db(), 4, "a.example"));
    ASSERT_TRUE(add_list_with_members(db(), 4, "b.example"));
    ASSERT_TRUE(add_posting_to_list(db(), 1, 100));
  }
  // What a try reports: the answers, the first delivered, the last two told to wait.
  Progress report(const std::vector<std::uint32_t>& delivered, const std::vector<std::uint32_t>& deferred,
                  Instant at) {
    Progress progress;
    progress.slice = slice(0);
    queue::HandoverLog log(at);
    if (!delivered.empty()) log.append(at, Outcome::delivered, "250 ok", delivered.data(), delivered.size());
    if (!deferred.empty()) log.append(at, Outcome::deferred, "450 busy", deferred.data(), deferred.size());
    for (const std::uint32_t index : delivered) progress.slice.settled.set(index);
    progress.delivered = static_cast<std::uint32_t>(delivered.size());
    progress.finished = progress.slice.settled.all();
    progress.peer = "old.example";
    progress.log_base = at;
    progress.log = log.bytes();
    return progress;
  }
  queue::Slice slice(std::uint32_t number) { return store::slice(db(), {kPosting, number}).value().value(); }
  std::map<std::string, TraceRow> traced() {
    std::map<std::string, TraceRow> rows;
    EXPECT_TRUE(trace(db(), kPosting, [&](const TraceRow& row) {
      EXPECT_TRUE(rows.emplace(row.mailbox, row).second) << row.mailbox << " stands there twice";
    }));
    return rows;
  }
  Connection& db() { return database_.connection(); }
  const PostingId kPosting{1};
  Database database_;
};

TEST_F(Reroute, ARouteThatIsStillThereStays) {
  EXPECT_EQ(reroute(db(), by_domain, [](std::string_view) { return true; }).value(), 0);
  EXPECT_EQ(slice(0).route, "office");
}

TEST_F(Reroute, OneNewRouteForAllOnlyRenames) {
  ASSERT_TRUE(record_progress(db(), report({0}, {1}, kNow), {}));
  EXPECT_EQ(reroute(
                db(), [](std::string_view) { return "new"; }, not_office)
                .value(),
            1);
  EXPECT_EQ(slice(0).route, "new");
  EXPECT_EQ(slice(0).settled.count(), 1U);
  EXPECT_EQ(open_slices(db(), kPosting, 0, 10).value().size(), 1U);
}

TEST_F(Reroute, DomainsThatPartMakeSlicesThatKeepTheirHistory) {
  Progress progress = report({0, 5}, {1, 6}, kNow);
  ASSERT_TRUE(record_progress(db(), progress, {}));
  EXPECT_EQ(reroute(db(), by_domain, not_office).value(), 1);
  const auto open = open_slices(db(), kPosting, 0, 10).value();
  ASSERT_EQ(open.size(), 2U);
  EXPECT_EQ(open[0].key.number, 1U);
  EXPECT_EQ(open[0].route, "a-host");
  EXPECT_EQ(open[0].remaining, 3U);
  EXPECT_EQ(open[1].key.number, 2U);
  EXPECT_EQ(open[1].route, "mx:b.example");
  EXPECT_EQ(open[1].remaining, 3U);
  EXPECT_EQ(slice(1).expires, kNow + std::chrono::hours{120});
  EXPECT_EQ(reroute(db(), by_domain, not_office).value(), 0) << "once is enough";

  const auto rows = traced();
  ASSERT_EQ(rows.size(), 8U);
  EXPECT_EQ(rows.at("m0@a.example").state, "delivered");
  EXPECT_EQ(rows.at("m1@a.example").state, "deferred");
  EXPECT_EQ(rows.at("m1@a.example").reply, "450 busy");
  EXPECT_EQ(rows.at("m1@a.example").peer, "old.example");
  EXPECT_EQ(rows.at("m1@b.example").state, "delivered");
  EXPECT_EQ(rows.at("m2@b.example").state, "deferred");
  EXPECT_EQ(rows.at("m3@b.example").state, "queued");
  EXPECT_EQ(posting(db(), kPosting).value()->deferred, 2);
  EXPECT_EQ(posting(db(), kPosting).value()->delivered, 2);
}

TEST_F(Reroute, AReportOfTheOldSliceSettlesTheNewOnes) {
  Progress in_hand = report({0, 1, 2, 4}, {5}, kNow + std::chrono::seconds{3});
  ASSERT_EQ(reroute(db(), by_domain, not_office).value(), 1);
  EXPECT_FALSE(record_progress(db(), in_hand, {}).value());
  EXPECT_EQ(posting(db(), kPosting).value()->delivered, 4);
  const auto open = open_slices(db(), kPosting, 0, 10).value();
  ASSERT_EQ(open.size(), 2U);
  EXPECT_EQ(open[0].remaining, 1U) << "who got it is not sent to again";
  EXPECT_EQ(open[1].remaining, 3U);
  const auto rows = traced();
  ASSERT_EQ(rows.size(), 8U);
  EXPECT_EQ(rows.at("m2@a.example").state, "delivered");
  EXPECT_EQ(rows.at("m2@a.example").reply, "250 ok");
  EXPECT_EQ(rows.at("m1@b.example").state, "deferred");
  EXPECT_EQ(rows.at("m3@a.example").state, "queued");
}

TEST_F(Reroute, ThePostingEndsWithItsNewSlices) {
  Progress all = report({0, 1, 2, 3, 4, 5, 6, 7}, {}, kNow);
  ASSERT_EQ(reroute(db(), by_domain, not_office).value(), 1);
  EXPECT_TRUE(record_progress(db(), all, {}).value());
  EXPECT_EQ(posting(db(), kPosting).value()->state, PostingState::done);
  EXPECT_EQ(posting(db(), kPosting).value()->delivered, 8);
}

TEST_F(Reroute, WhatHasNoRouteAnyMoreIsLookedAtOnce) {
  EXPECT_EQ(reroute(
                db(), [](std::string_view domain) { return domain == "a.example" ? "" : "b-host"; },
                [](std::string_view route) { return route == "b-host"; })
                .value(),
            1);
  const auto open = open_slices(db(), kPosting, 0, 10).value();
  ASSERT_EQ(open.size(), 2U);
  EXPECT_EQ(open[0].route, "");
  EXPECT_EQ(open[0].remaining, 4U);
}

TEST_F(Reroute, ManySlicesOfManyPostings) {
  for (std::int64_t id = 2; id <= 3; ++id) ASSERT_TRUE(add_posting_to_list(db(), id, 1));
  database_.sql("BEGIN");
  for (std::int64_t id = 4; id <= 203; ++id) ASSERT_TRUE(add_posting_to_list(db(), id, 1));
  database_.sql("COMMIT");
  EXPECT_EQ(reroute(db(), by_domain, not_office).value(), 1 + 202 * 8);
  std::set<std::string> routes;
  for (const QueueLine& line : queue_lines(db(), 1000).value()) routes.insert(line.route);
  EXPECT_EQ(routes, (std::set<std::string>{"a-host", "mx:b.example"}));
  EXPECT_EQ(database_.number("SELECT sum(remaining) FROM slice"), 203 * 8);
}

}  // namespace
}  // namespace breakwater::store
