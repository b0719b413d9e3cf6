// What the breaker makes of clocks that jump, forged headers and floods.
#include <gtest/gtest.h>

#include "breaker_rig.h"
#include "storm/breaker_record.h"

namespace breakwater::storm {
namespace {

TEST(BreakerClock, AnHourForwardReopensNothingByItself) {
  BreakerRig rig;
  const std::string first = rig.storm();
  rig.now += hours(1);
  EXPECT_EQ(rig.shout(first).verdict, Verdict::hold);
  EXPECT_EQ(rig.thread(digest(first)).state, BreakerState::open);
}

TEST(BreakerClock, AnHourBackwardReopensNothingAndWaitsNoLonger) {
  BreakerRig rig;
  const std::string first = rig.storm();
  const Instant before = rig.now;
  rig.now -= hours(1);
  const Judgement held = rig.shout(first);
  EXPECT_EQ(held.verdict, Verdict::hold);
  EXPECT_LE(*held.until, before + rig.options.open_time);
  rig.now -= hours(24 * 400);
  EXPECT_LE(*rig.shout(first).until, rig.now + rig.options.longest_open_time);
}

TEST(BreakerClock, StepsOpenNothing) {
  for (const Duration step : {Duration(-hours(1)), Duration(hours(1))}) {
    BreakerRig rig;
    rig.post("starter@example.org", kEssay);
    const std::string first = rig.last.message_id;
    for (int reply = 0; reply < 30; ++reply) {
      rig.now += reply == 15 ? step : Duration(minutes(40));
      const Judgement said = rig.post(rig.newcomer(), "Some words after an hour of thinking it over.", first);
      EXPECT_EQ(said.verdict, Verdict::distribute) << reply;
    }
  }
}

TEST(BreakerForgery, OneSenderIsOneSenderInHoweverManyThreads) {
  BreakerRig rig(1'000'000);
  std::vector<std::string> roots;
  for (int thread = 0; thread < 20; ++thread) {
    rig.post(rig.newcomer(), kEssay, "", "Topic " + std::to_string(thread));
    roots.push_back(rig.last.message_id);
    rig.now += hours(2);
  }
  for (std::size_t message = 0; message < 200; ++message) {
    rig.now += seconds(5);
    Facts forged = rig.facts("mallory@example.org", std::string(kShout), roots[message % roots.size()]);
    forged.references = roots;
    EXPECT_EQ(rig.judge(forged).verdict, Verdict::distribute) << message;
  }
  EXPECT_EQ(rig.whole_list().state, BreakerState::closed);
}

TEST(BreakerForgery, AStormOnOneListIsNoOthers) {
  BreakerRig rig;
  const std::string first = rig.storm();
  ASSERT_EQ(rig.shout(first).verdict, Verdict::hold);
  rig.list = ListId{2};
  EXPECT_EQ(rig.shout(first).verdict, Verdict::distribute);
  EXPECT_EQ(rig.whole_list().state, BreakerState::closed);
}

TEST(BreakerFlood, MadeUpSendersSubjectsAndIdsStayWithinBounds) {
  BreakerRig rig;
  for (int message = 0; message < 60'000; ++message) {
    rig.now += seconds(1);
    Facts made = rig.facts(rig.newcomer(), "x", "", "Subject " + std::to_string(message));
    made.references = {"<root" + std::to_string(message) + "@example.net>"};
    rig.judge(made);
  }
  for (const Kind kind : {Kind::thread, Kind::message, Kind::subject, Kind::voice}) {
    EXPECT_LT(static_cast<std::int64_t>(rig.memory.size(rig.list, kind)),
              bound_of(kind).records + pushed_out_at_once);
  }
}

TEST(BreakerFlood, ARecordStaysSmall) {
  BreakerRig rig;
  rig.post("starter@example.org", "", "", std::string(5000, 's'));
  const std::string first = rig.last.message_id;
  Judgement said;
  for (int reply = 0; reply < 1000; ++reply) {
    rig.now += seconds(1);
    said = rig.shout(first);
  }
  for (const auto& [kind, key] :
       {std::pair(Kind::thread, said.thread), std::pair(Kind::list, std::string())}) {
    EXPECT_LT(rig.memory.get(rig.list, kind, key, rig.now).value()->size(), 2048);
  }
}

TEST(BreakerRecords, WhatIsNoRecordReadsAsNone) {
  BreakerRig rig;
  const std::string first = rig.storm();
  const std::string whole = *rig.memory.get(rig.list, Kind::thread, digest(first), rig.now).value();
  EXPECT_TRUE(Thread::decode("k", whole));
  for (std::size_t size = 0; size < whole.find('\n'); ++size) {
    EXPECT_FALSE(Thread::decode("k", whole.substr(0, size))) << size;
  }
  EXPECT_FALSE(Thread::decode("k", "t2" + whole.substr(2)));
  EXPECT_FALSE(report(Kind::list, "", "850000", {}, rig.now));
  EXPECT_FALSE(report(Kind::list, "audience", "850000", {}, rig.now));
  ASSERT_TRUE(rig.memory.put(rig.list, Kind::thread, digest(first), "t1 rubbish", rig.now));
  ASSERT_TRUE(rig.memory.put(rig.list, Kind::list, "", "l1 -5", rig.now));
  EXPECT_EQ(rig.shout(first).verdict, Verdict::distribute);
}

}  // namespace
}  // namespace breakwater::storm
