// The lines of defence together: which verdict wins, what is counted, what is remembered. In virtual time.
#include "storm/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

#include "storm/budgets.h"
#include "storm/drift.h"
#include "storm/plain_memory.h"

namespace breakwater::storm {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const Instant kStart = from_ms(1'479'110'951'000);
constexpr ListId kList{7};

class Guard : public testing::Test {
 protected:
  Guard() {
    policy.confirm_above = policy.moderator_above = 0;  // each test asks for what it is about
    policy.drift_percent = 0;
  }

  Facts posting(std::int64_t audience) {
    Facts facts;
    facts.list = kList;
    facts.sender = "ann@b.example";
    facts.message_id = "<" + std::to_string(++serial_) + "@b.example>";
    facts.subject = "Lunch on Friday";
    facts.body = "Shall we meet at twelve in the large room on the second floor as always?";
    facts.audience = audience;
    return facts;
  }
  Facts reply(std::int64_t audience) {
    Facts facts = posting(audience);
    facts.subject = "Re: Lunch on Friday";
    facts.in_reply_to = "<root@b.example>";
    return facts;
  }
  Judgement judged(const Facts& facts) {
    auto judgement = judge(facts, policy, options, memory, now);
    EXPECT_TRUE(judgement.has_value());
    EXPECT_FALSE(judgement->reason.empty());
    return *judgement;
  }
  std::string budget(ListId list, std::string_view key) {
    return memory.get(list, Kind::budget, key, now)->value_or("");
  }

  PlainMemory memory;
  Policy policy;
  GuardOptions options;
  Instant now = kStart;

 private:
  int serial_ = 0;
};

void expect_judged(const Judgement& judgement, Verdict verdict, Defence defence, int line) {
  EXPECT_EQ(name_of(judgement.verdict), name_of(verdict)) << "line " << line << ": " << judgement.reason;
  EXPECT_EQ(name_of(judgement.defence), name_of(defence)) << "line " << line << ": " << judgement.reason;
}
#define EXPECT_JUDGED(judgement, wanted, by) expect_judged(judgement, Verdict::wanted, Defence::by, __LINE__)

TEST_F(Guard, OrdinaryPostingsPass) {
  const auto judgement = judged(posting(200));
  EXPECT_JUDGED(judgement, distribute, none);
  EXPECT_FALSE(judgement.thread.empty());
}

TEST_F(Guard, MachinesAreRefusedAndCountNowhere) {
  Facts facts = posting(200);
  facts.automatic = true;
  facts.suspect = "it is an automatic answer (Auto-Submitted: auto-replied, RFC 3834)";
  const auto judgement = judged(facts);
  EXPECT_JUDGED(judgement, refuse, machine);
  EXPECT_EQ(judgement.reason, facts.suspect);
  EXPECT_EQ(memory.size(kList, Kind::budget) + memory.size(kList, Kind::message), 0U);
}

TEST_F(Guard, SuspectsAreHeldOnlyAsRepliesToTheKnownOrTheMany) {
  Facts facts = posting(20);
  facts.suspect = "it reads like an automatic answer";
  EXPECT_JUDGED(judged(facts), distribute, none);  // a member writes of "out of office"
  Facts answer = reply(20);
  answer.suspect = facts.suspect;
  EXPECT_JUDGED(judged(answer), distribute, none);  // small list, and nobody knows what it answers
  answer.references = {facts.message_id};
  EXPECT_JUDGED(judged(answer), hold, machine);
  answer.trusted = true;
  EXPECT_JUDGED(judged(answer), distribute, none);
  Facts large = reply(501);
  large.suspect = facts.suspect;
  EXPECT_JUDGED(judged(large), hold, machine);
}

TEST_F(Guard, AFrozenListTakesNothing) {
  Facts facts = posting(20);
  facts.frozen = "by ann@b.example at 09:00: storm";
  facts.trusted = true;
  const auto judgement = judged(facts);
  EXPECT_JUDGED(judgement, hold, freeze);
  EXPECT_THAT(judgement.reason, HasSubstr("by ann@b.example at 09:00: storm"));
  EXPECT_EQ(memory.size(kList, Kind::message), 0U);
}

TEST_F(Guard, TiersAreConfirmedThenModerated) {
  policy.confirm_above = 1000;
  policy.moderator_above = 10'000;
  policy.two_moderators_above = 100'000;
  EXPECT_JUDGED(judged(posting(1000)), distribute, none);
  Facts facts = posting(850'000);
  auto judgement = judged(facts);
  EXPECT_JUDGED(judgement, confirm, standing);
  EXPECT_EQ(judgement.reason, "it would reach 850,000 people; above 1,000 its sender confirms it first");
  facts.confirmed = true;
  judgement = judged(facts);
  EXPECT_JUDGED(judgement, hold, standing);
  EXPECT_EQ(judgement.approvals, 2);
  facts.trusted = true;
  EXPECT_EQ(judged(facts).approvals, 1);
  facts.audience = 50'000;
  EXPECT_JUDGED(judged(facts), distribute, none);  // the sender is the moderator
  facts.trusted = false;
  EXPECT_EQ(judged(facts).approvals, 1);
  policy.confirm_above = 0;
  facts.confirmed = false;
  EXPECT_JUDGED(judged(facts), hold, standing);
}

TEST_F(Guard, WhatWaitsForItsSenderIsCountedOnceItIsConfirmed) {
  policy.confirm_above = 1000;
  Facts facts = posting(5000);
  EXPECT_JUDGED(judged(facts), confirm, standing);
  EXPECT_EQ(memory.size(kList, Kind::message), 0U);
  EXPECT_EQ(memory.size(kList, Kind::budget), 0U);
  EXPECT_FALSE(*confirmed_audience(kList, memory, now));
  facts.confirmed = true;
  const auto judgement = judged(facts);
  EXPECT_JUDGED(judgement, distribute, none);
  EXPECT_EQ(judgement.reason, "it reaches 5,000 people, as its sender has confirmed");
  EXPECT_EQ(memory.size(kList, Kind::message), 1U);
  EXPECT_EQ(memory.size(kList, Kind::budget), 2U);
  EXPECT_EQ(*confirmed_audience(kList, memory, now), 5000);
}

TEST_F(Guard, DriftHoldsBothWaysAndTellsFromWhatToWhat) {
  policy.drift_percent = 20;
  EXPECT_JUDGED(judged(posting(12'000)), distribute,
                none);  // the first time there is nothing to compare with
  EXPECT_JUDGED(judged(posting(14'400)), distribute, none);  // 20%: a small step, and the new measure
  EXPECT_JUDGED(judged(posting(17'280)), distribute, none);
  auto judgement = judged(posting(850'000));
  EXPECT_JUDGED(judgement, hold, drift);
  EXPECT_EQ(judgement.approvals, 0);
  EXPECT_THAT(
      judgement.reason,
      testing::StartsWith("the list would reach 850,000 people, and it was 17,280 people when last "
                          "confirmed (832,720 more, 4,818%); a change of more than 20% waits; an owner"));
  judgement = judged(posting(100));
  EXPECT_JUDGED(judgement, hold, drift);
  EXPECT_THAT(judgement.reason, HasSubstr("17,180 fewer, 99%"));
  Facts owner = posting(850'000);
  owner.trusted = true;
  EXPECT_JUDGED(judged(owner), hold, drift);  // an owner's posting too: they may not have seen the number
  ASSERT_TRUE(note_audience_confirmed(kList, 850'000, memory, now));
  EXPECT_JUDGED(judged(posting(850'000)), distribute, none);
}

TEST_F(Guard, WhatIsHeldForDriftCountsWhenItIsJudgedAgainAndOnce) {
  policy.expect_members = 300;
  const Facts facts = posting(301);
  EXPECT_JUDGED(judged(facts), hold, drift);
  EXPECT_EQ(memory.size(kList, Kind::message), 0U);
  policy.expect_members = 400;
  EXPECT_JUDGED(judged(facts), distribute, none);
  EXPECT_EQ(memory.size(kList, Kind::message), 1U);
}

TEST_F(Guard, DriftOfFewPeopleIsNone) {
  policy.drift_percent = 20;
  EXPECT_JUDGED(judged(posting(20)), distribute, none);
  EXPECT_JUDGED(judged(posting(119)), distribute, none);
  EXPECT_JUDGED(judged(posting(219)), hold, drift);
}

TEST_F(Guard, TheCeilingHoldsFromTheFirstPostingOn) {
  policy.expect_members = 300;
  EXPECT_JUDGED(judged(posting(300)), distribute, none);
  const auto judgement = judged(posting(301));
  EXPECT_JUDGED(judgement, hold, drift);
  EXPECT_THAT(judgement.reason, HasSubstr("expects at most 300 (expect_members)"));
  EXPECT_EQ(*confirmed_audience(kList, memory, now), 300);
}

TEST_F(Guard, RemoveMeReachesNobodyButCounts) {
  Facts facts = reply(20);
  facts.body = "Please remove me from this list";
  const auto judgement = judged(facts);
  EXPECT_JUDGED(judgement, hold, leave_request);
  EXPECT_TRUE(judgement.wants_to_leave);
  EXPECT_EQ(memory.size(kList, Kind::message), 1U);
  facts.trusted = true;
  EXPECT_JUDGED(judged(facts), distribute, none);
}

TEST_F(Guard, RepliesToManyGoToTheAuthor) {
  EXPECT_JUDGED(judged(reply(500)), distribute, none);
  const auto judgement = judged(reply(501));
  EXPECT_JUDGED(judgement, divert, reply_policy);
  EXPECT_THAT(judgement.reason, HasSubstr("it would reach 501 people; on a list of more than 500 "));
  Facts bare = posting(501);
  bare.subject = "AW: Lunch on Friday";  // no threading headers
  EXPECT_JUDGED(judged(bare), divert, reply_policy);
  Facts owner = reply(501);
  owner.trusted = true;
  EXPECT_JUDGED(judged(owner), distribute, none);
  policy.large_reply = LargeReply::hold;
  EXPECT_JUDGED(judged(reply(501)), hold, reply_policy);
  policy.large_reply = LargeReply::distribute;
  EXPECT_JUDGED(judged(reply(501)), distribute, none);
}

// A storm's replies on a list whose policy diverts them: nothing fans out, yet the breaker sees it and opens.
TEST_F(Guard, DivertedRepliesOpenTheBreaker) {
  Facts root = posting(100'000);
  EXPECT_JUDGED(judged(root), distribute, none);
  int diverted = 0, held = 0, opened = 0;
  for (int at = 0; at < 60; ++at) {
    now += 20s;
    Facts facts = reply(100'000);
    facts.sender = "person" + std::to_string(at) + "@b.example";
    facts.in_reply_to = root.message_id;
    facts.body = "Me too";
    const auto judgement = judged(facts);
    diverted += judgement.verdict == Verdict::divert ? 1 : 0;
    held += judgement.defence == Defence::breaker ? 1 : 0;
    opened += judgement.opened ? 1 : 0;
  }
  EXPECT_GE(diverted, 1);
  EXPECT_GE(held, 40);
  EXPECT_GE(opened, 1);
  EXPECT_EQ(diverted + held, 60);
  Facts stop = reply(100'000);  // who runs the list is heard
  stop.in_reply_to = root.message_id;
  stop.trusted = true;
  EXPECT_JUDGED(judged(stop), distribute, none);
}

TEST_F(Guard, OverBudgetIsDeferredToATimeThenHeld) {
  policy.sender_deliveries = 1000;
  EXPECT_JUDGED(judged(posting(1000)), distribute, none);
  auto judgement = judged(posting(500));
  EXPECT_JUDGED(judgement, defer, limiter);
  EXPECT_EQ(judgement.until, kStart + 30min);
  EXPECT_THAT(judgement.reason, HasSubstr("the sender's budget of 1,000 deliveries an hour is used up"));
  EXPECT_EQ(judged(posting(500)).until, kStart + 60min);
  Facts other = posting(500);
  other.sender = "bob@b.example";
  EXPECT_JUDGED(judged(other), distribute, none);
  for (int at = 0; at < 23; ++at) EXPECT_JUDGED(judged(posting(1000)), defer, limiter);
  judgement = judged(posting(1000));
  EXPECT_JUDGED(judgement, hold, limiter);
  const std::string before = budget(kList, "list");
  EXPECT_JUDGED(judged(posting(1000)), hold, limiter);
  EXPECT_EQ(budget(kList, "list"), before);  // what is held is not counted
}

TEST_F(Guard, TheServersBudgetIsForAllLists) {
  options.server_deliveries = 1000;
  EXPECT_JUDGED(judged(posting(1000)), distribute, none);
  Facts other = posting(10);
  other.list = ListId{8};
  const auto judgement = judged(other);
  EXPECT_JUDGED(judgement, defer, limiter);
  EXPECT_THAT(judgement.reason, HasSubstr("the server's budget"));
  options.server_deliveries = 0;
  other.list = ListId{9};
  EXPECT_JUDGED(judged(other), distribute, none);
}

// Who writes to many lists has not as many budgets.
TEST_F(Guard, ASenderHasThreeBudgetsOverAllLists) {
  policy.sender_deliveries = 1000;
  const auto to_list = [&](std::int64_t number, const char* sender = "ann@b.example") {
    Facts facts = posting(1000);
    facts.list = ListId{number};
    facts.sender = sender;
    return judged(facts);
  };
  for (std::int64_t list = 1; list <= 3; ++list) EXPECT_JUDGED(to_list(list), distribute, none);
  const auto fourth = to_list(4);
  EXPECT_JUDGED(fourth, defer, limiter);
  EXPECT_EQ(fourth.until, kStart + 20min);
  EXPECT_THAT(fourth.reason,
              HasSubstr("over all lists the sender's budget of 3,000 deliveries an hour is used up"));
  EXPECT_JUDGED(to_list(4, "bob@b.example"), distribute, none);
  now += 1h;
  EXPECT_JUDGED(to_list(5), distribute, none);
}

// Lists have budgets of different size: what counts is the share of each that a posting uses up.
TEST_F(Guard, ALargeListsPostingDoesNotUseUpASmallOnesBudget) {
  policy.sender_deliveries = 0;
  policy.list_deliveries = 2'000'000'000;
  options.server_deliveries = 0;
  Facts large = posting(850'000);
  for (int at = 0; at < 20; ++at) EXPECT_JUDGED(judged(large), distribute, none);
  Facts small = posting(12);
  small.list = ListId{8};
  EXPECT_JUDGED(judged(small), distribute, none);
  policy.sender_deliveries = 2'000'000'000;  // no overflow
  small.audience = std::int64_t{1} << 62;
  EXPECT_JUDGED(judged(small), defer, limiter);
}

// One sender who has to wait for hours does not make the list wait.
TEST_F(Guard, ABudgetIsChargedWhenItHasRoomItself) {
  policy.sender_deliveries = 100;
  policy.list_deliveries = 10'000;
  EXPECT_JUDGED(judged(posting(100)), distribute, none);
  EXPECT_EQ(judged(posting(1000)).until, kStart + 1h);
  Facts other = posting(1000);
  other.sender = "bob@b.example";
  EXPECT_JUDGED(judged(other), distribute, none);
}

TEST_F(Guard, TrustedSendersDoNotWaitForWhatTheListUsedUp) {
  policy.list_deliveries = 100;
  EXPECT_JUDGED(judged(posting(100)), distribute, none);
  EXPECT_JUDGED(judged(posting(100)), defer, limiter);
  Facts facts = posting(100);
  facts.trusted = true;
  EXPECT_JUDGED(judged(facts), distribute, none);
}

TEST_F(Guard, OnlyTheBreaker) {
  options.only_breaker = true;
  policy.confirm_above = 1;
  Facts facts = posting(850'000);
  facts.automatic = true;
  facts.frozen = "yes";
  EXPECT_EQ(judge(facts, policy, options, memory, now)->verdict, Verdict::distribute);
}

// A memory that fails at its n-th call: an error, never a verdict from half of what is known.
class FailingMemory : public PlainMemory {
 public:
  explicit FailingMemory(int calls) : left_(calls) {}
  Result<std::optional<std::string>> get(ListId list, Kind kind, std::string_view key, Instant at) override {
    if (left_-- <= 0) return error(Fault::storage, "disk");
    return PlainMemory::get(list, kind, key, at);
  }
  Result<void> put(ListId list, Kind kind, std::string_view key, std::string_view value,
                   Instant at) override {
    if (left_-- <= 0) return error(Fault::storage, "disk");
    return PlainMemory::put(list, kind, key, value, at);
  }

 private:
  int left_;
};

TEST_F(Guard, ErrorsOfMemoryComeThrough) {
  for (int calls = 0;; ++calls) {
    ASSERT_LT(calls, 100);
    FailingMemory failing(calls);
    const auto judgement = judge(reply(200), policy, options, failing, now);
    if (judgement) break;
    EXPECT_EQ(judgement.error().fault, Fault::storage);
  }
}

TEST_F(Guard, AnyFactsGiveAReasonedVerdict) {
  EXPECT_TRUE(rc::check([] {
    PlainMemory memory;
    Policy policy;
    policy.drift_percent = *rc::gen::inRange(0, 200);
    Instant now = kStart;
    for (int at = 0; at < 20; ++at) {
      Facts facts;
      facts.list = kList;
      facts.sender = *rc::gen::element<std::string>("a@b.example", "c@b.example", "");
      facts.message_id = *rc::gen::arbitrary<std::string>();
      facts.in_reply_to = *rc::gen::arbitrary<std::string>();
      facts.subject = *rc::gen::arbitrary<std::string>();
      facts.body = *rc::gen::arbitrary<std::string>();
      facts.audience = *rc::gen::element<std::int64_t>(-1, 0, 1, 700, 5000, 850'000, std::int64_t{1} << 62);
      facts.trusted = *rc::gen::arbitrary<bool>();
      facts.confirmed = *rc::gen::arbitrary<bool>();
      facts.suspect = *rc::gen::element<std::string>("", "it reads so");
      now += Duration(*rc::gen::inRange(-4'000'000, 4'000'000));
      const auto judgement = judge(facts, policy, {}, memory, now);
      RC_ASSERT(judgement.has_value());
      RC_ASSERT(!judgement->reason.empty());
      RC_ASSERT((judgement->verdict == Verdict::defer) <= judgement->until.has_value());
      RC_ASSERT((judgement->approvals > 0) <= (judgement->verdict == Verdict::hold));
    }
  }));
}

TEST(Names, GoBothWays) {
  for (int at = 0; at <= static_cast<int>(Verdict::discard); ++at) {
    EXPECT_EQ(verdict_of(name_of(static_cast<Verdict>(at))), static_cast<Verdict>(at));
  }
  EXPECT_EQ(verdict_of("Distribute"), std::nullopt);
  EXPECT_EQ(name_of(Defence::limiter), "limiter");
}

}  // namespace
}  // namespace breakwater::storm
