#include "storm/breaker.h"

#include <gtest/gtest.h>

#include "breaker_rig.h"
#include "storm/evidence.h"

namespace breakwater::storm {
namespace {

TEST(Breaker, TheThirdQuickAnswerIsHeldOnALargeList) {
  BreakerRig rig;
  EXPECT_EQ(rig.post("starter@example.org", "").verdict, Verdict::distribute);
  const std::string first = rig.last.message_id;
  for (int reply = 0; reply < 2; ++reply) {
    rig.now += minutes(2);
    EXPECT_EQ(rig.shout(first).verdict, Verdict::distribute);
  }
  rig.now += minutes(2);
  const Judgement held = rig.shout(first);
  EXPECT_EQ(held.verdict, Verdict::hold);
  EXPECT_EQ(held.defence, Defence::breaker);
  EXPECT_TRUE(held.opened);
  EXPECT_EQ(held.until, rig.now + hours(1));
  EXPECT_NE(held.reason.find("limit"), std::string::npos);
  EXPECT_NE(held.reason.find("20,000 people"), std::string::npos);
  const BreakerReport thread = rig.thread(held.thread);
  EXPECT_EQ(thread.state, BreakerState::open);
  EXPECT_EQ(thread.held, 1);
  EXPECT_EQ(thread.spared, 20'000);
  EXPECT_FALSE(thread.evidence.empty());
  EXPECT_GT(thread.score, thread.limit);
}

TEST(Breaker, TwoPeopleOpenNothing) {
  BreakerRig rig(1'000'000);
  rig.post("starter@example.org", "");
  const std::string first = rig.last.message_id;
  for (int message = 0; message < 50; ++message) {
    rig.now += seconds(10);
    const std::string who = message % 2 == 0 ? "a@example.org" : "b@example.org";
    const Judgement said = rig.post(who, kShout, first);
    // Who shouts again is kept back, and that is all.
    EXPECT_EQ(said.verdict, message < 2 ? Verdict::distribute : Verdict::hold) << message;
    EXPECT_FALSE(said.opened);
  }
  EXPECT_EQ(rig.thread(digest(first)).state, BreakerState::closed);
  EXPECT_EQ(rig.whole_list().state, BreakerState::closed);
  EXPECT_EQ(rig.post("a@example.org", kEssay, first).verdict, Verdict::distribute);
  EXPECT_EQ(rig.post("starter@example.org", "Sorry!", first).verdict, Verdict::distribute);
}

TEST(Breaker, ADiscussionAtLengthPasses) {
  BreakerRig rig;
  rig.post("starter@example.org", kEssay);
  const std::string first = rig.last.message_id;
  for (int reply = 0; reply < 40; ++reply) {
    rig.now += minutes(3);
    EXPECT_EQ(rig.post(rig.newcomer(), kEssay, first).verdict, Verdict::distribute) << reply;
  }
}

TEST(Breaker, PeopleWhoWroteBeforeMayBeBrief) {
  BreakerRig rig;
  for (int day = 0; day < 40; ++day) {
    for (const char* name : {"a", "b", "c", "d"}) rig.post(name, kEssay, "", "Report " + std::to_string(day));
    rig.now += hours(24);
  }
  rig.post("a", kEssay, "", "Lunch");
  const std::string first = rig.last.message_id;
  for (const char* name : {"b", "c", "d"}) {
    rig.now += minutes(12);
    EXPECT_EQ(rig.post(name, "Yes, that works for me.", first, "Re: Lunch").verdict, Verdict::distribute)
        << name;
  }
}

TEST(Breaker, NoProbeWhileTheStormRages) {
  BreakerRig rig;
  const std::string first = rig.storm();
  for (int minute = 0; minute < 5 * 60; ++minute) {
    rig.now += minutes(1);
    EXPECT_EQ(rig.shout(first).verdict, Verdict::hold) << minute;
  }
}

TEST(Breaker, ProbesOneAndOpensAgainForLonger) {
  BreakerRig rig;
  const std::string first = rig.storm();
  Duration open_time = hours(1);
  for (int opening = 1; opening <= 5; ++opening) {
    const BreakerReport open = rig.thread(digest(first));
    ASSERT_EQ(open.state, BreakerState::open) << opening;
    EXPECT_EQ(open.openings, opening);
    EXPECT_EQ(*open.probe_at - *open.opened_at, std::min<Duration>(open_time, hours(6)));
    open_time *= 2;
    rig.now = *open.probe_at + hours(3);
    EXPECT_EQ(rig.shout(first).verdict, Verdict::distribute);  // the probe
    int passed = 0;
    for (int reply = 0; reply < 10; ++reply) {
      rig.now += minutes(1);
      passed += rig.shout(first).verdict == Verdict::distribute;
    }
    EXPECT_LE(passed, 1) << opening;
  }
}

TEST(Breaker, CalmCloses) {
  BreakerRig rig;
  const std::string first = rig.storm();
  rig.now += hours(5);
  EXPECT_EQ(rig.post(rig.newcomer(), kEssay, first).verdict, Verdict::distribute);
  EXPECT_EQ(rig.thread(digest(first)).state, BreakerState::half_open);
  rig.now += hours(2);
  EXPECT_EQ(rig.post(rig.newcomer(), kEssay, first).verdict, Verdict::distribute);
  EXPECT_EQ(rig.thread(digest(first)).state, BreakerState::closed);
}

TEST(Breaker, AStormOfOneThreadHoldsItsFreshSubjects) {
  BreakerRig rig;
  rig.post("known@example.org", kEssay, "", "Annual report");
  rig.now += hours(48);
  const std::string first = rig.storm();
  for (int reply = 0; reply < 3; ++reply) {
    rig.now += seconds(30);
    rig.shout(first);
  }
  EXPECT_EQ(rig.whole_list().state, BreakerState::open);
  EXPECT_EQ(rig.post(rig.newcomer(), "Stop this!", "", "WHY??").verdict, Verdict::hold);
  EXPECT_EQ(rig.post(rig.newcomer(), kEssay, "", "A question").verdict, Verdict::hold);
  EXPECT_EQ(rig.post("known@example.org", kEssay, "", "Annual report, second part").verdict,
            Verdict::distribute);
}

TEST(Breaker, ClientsWithoutThreadingHeadersJoinBySubject) {
  BreakerRig rig;
  rig.post("starter@example.org", "", "", "[all] Server room");
  for (const char* subject : {"Re: Server room", "Automatische Antwort: [all] Server room"}) {
    rig.now += minutes(1);
    EXPECT_EQ(rig.post(rig.newcomer(), kShout, "", subject).verdict, Verdict::distribute) << subject;
  }
  rig.now += minutes(1);
  EXPECT_EQ(rig.post(rig.newcomer(), kShout, "", "RIF: AW: server room").verdict, Verdict::hold);
}

TEST(Breaker, AnswersToWhatWasHeldBelongToTheThread) {
  BreakerRig rig;
  const std::string first = rig.storm();
  const std::string held = rig.last.message_id;
  rig.now += minutes(1);
  EXPECT_EQ(rig.shout(held).thread, digest(first));
}

TEST(Breaker, AProgramAnswersAThreadTwice) {
  BreakerRig rig;
  rig.post("starter@example.org", "");
  const std::string first = rig.last.message_id;
  for (int answer = 1; answer <= 6; ++answer) {
    rig.now += hours(8);
    Facts robot = rig.facts("robot@example.org", "I am away.", first);
    robot.automatic = true;
    const Judgement said = rig.judge(robot);
    EXPECT_EQ(said.verdict, answer <= 2 ? Verdict::distribute : Verdict::hold) << answer;
    EXPECT_FALSE(said.opened);
  }
}

TEST(Breaker, WhoRunsTheListIsNeverHeld) {
  BreakerRig rig;
  const std::string first = rig.storm();
  Facts owner = rig.facts("owner@example.org", "Stop.", first);
  owner.trusted = true;
  EXPECT_EQ(rig.judge(owner).verdict, Verdict::distribute);
}

TEST(Breaker, SwitchedOffItHoldsNothing) {
  BreakerRig rig;
  rig.options.enabled = false;
  rig.post("starter@example.org", "");
  const std::string first = rig.last.message_id;
  for (int reply = 0; reply < 100; ++reply) EXPECT_EQ(rig.shout(first).verdict, Verdict::distribute);
}

TEST(Breaker, TheLimitFallsAsTheAudienceGrows) {
  double last = 1e9;
  for (const std::int64_t audience : {0, 30, 300, 1'000, 10'000}) {
    EXPECT_LE(limit_of(audience, 1), last);
    last = limit_of(audience, 1);
  }
  EXPECT_GT(limit_of(300, 1), limit_of(10'000, 1));
  EXPECT_GT(limit_of(1'000'000'000, 1), 2 * most_weight);  // two people open nothing
  EXPECT_DOUBLE_EQ(limit_of(5'000, 2), limit_of(5'000, 1) / 2);
}

TEST(Breaker, ReleasingMakesAVoice) {
  BreakerRig rig;
  const std::string first = rig.storm();
  const Facts held = rig.last;
  const double before = rig.thread(digest(first)).score;
  ASSERT_TRUE(note_released(held, rig.options, rig.memory, rig.now));
  EXPECT_LT(rig.thread(digest(first)).score, before);
  EXPECT_TRUE(rig.memory.get(rig.list, Kind::voice, digest(held.sender), rig.now).value());
}

TEST(Breaker, AnOperatorClosesAThreadOrAll) {
  BreakerRig rig;
  const std::string first = rig.storm();
  for (int reply = 0; reply < 5; ++reply) rig.shout(first);
  ASSERT_TRUE(close_breaker(rig.list, "", rig.memory, rig.now));
  EXPECT_EQ(rig.whole_list().state, BreakerState::closed);
  rig.now += minutes(1);
  EXPECT_EQ(rig.shout(first).verdict, Verdict::distribute);
  for (int reply = 0; reply < 5; ++reply) rig.shout(first);
  EXPECT_EQ(rig.thread(digest(first)).state, BreakerState::open);
  ASSERT_TRUE(close_breaker(rig.list, digest(first), rig.memory, rig.now));
  EXPECT_EQ(rig.thread(digest(first)).state, BreakerState::closed);
  EXPECT_EQ(close_breaker(rig.list, "nothing", rig.memory, rig.now).error().fault, Fault::not_found);
}

TEST(Breaker, TheReproductionNumberTellsGrowthFromDecline) {
  BreakerRig rig;
  rig.post("starter@example.org", "");
  const std::string first = rig.last.message_id;
  for (int reply = 0; reply < 60; ++reply) {
    rig.now += seconds(240 - 3 * reply);
    rig.shout(first);
  }
  EXPECT_GT(rig.thread(digest(first)).reproduction, 1.1);
  rig.now += minutes(15);
  EXPECT_LT(rig.thread(digest(first)).reproduction, 1);
}

}  // namespace
}  // namespace breakwater::storm
