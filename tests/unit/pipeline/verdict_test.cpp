#include "pipeline/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "town.h"

namespace breakwater::pipeline {
namespace {

using storm::Verdict;

const Instant kNow = from_ms(1'700'000'000'000);
constexpr const char* kList = "tech@lists.example";

class VerdictTest : public testing::Test {
 protected:
  VerdictTest() {
    facts_.sender = "ann@example.org";
    facts_.message_id = "<1@example.org>";
    facts_.subject = "Next week";
    facts_.body =
        "The first floor will be painted next week; please move what you can into the hall by Friday.";
    reach(30);
  }
  void reach(int people) {
    for (int number = 0; number < people; ++number) {
      town_.members[kList].insert("p" + std::to_string(number) + "@example.org");
    }
  }
  Disposition give(bool confirmed = false) {
    const Candidate posting{&list_, *mail::parse_address("ann@example.org"), reachable_, confirmed};
    auto disposition = give_verdict(facts_, posting, {}, town_, kNow);
    EXPECT_TRUE(disposition.has_value());
    return disposition ? *disposition : Disposition{};
  }
  static std::vector<LetterKind> kinds(const Disposition& disposition) {
    std::vector<LetterKind> out;
    for (const Letter& letter : disposition.letters) out.push_back(letter.kind);
    return out;
  }

  lists::List list_ = list_named("tech");
  Town town_;
  storm::Facts facts_;
  bool reachable_ = true;
};

TEST_F(VerdictTest, AnOrdinaryPostingReachesEverybodyAndNobodyIsWrittenTo) {
  const Disposition disposition = give();
  EXPECT_EQ(disposition.judgement.verdict, Verdict::distribute);
  EXPECT_EQ(disposition.audience.recipients, 30);
  EXPECT_TRUE(disposition.letters.empty());
}

TEST_F(VerdictTest, AboveTheFirstTierItsSenderIsAskedAndTheAudienceIsKept) {
  list_.guard.confirm_above = 10;
  const Disposition disposition = give();
  EXPECT_EQ(disposition.judgement.verdict, Verdict::confirm);
  EXPECT_EQ(disposition.audience.recipients, 30);
  ASSERT_EQ(kinds(disposition), std::vector{LetterKind::confirm});
  EXPECT_EQ(disposition.letters[0].to.key, "ann@example.org");
  EXPECT_EQ(give(true).judgement.verdict, Verdict::distribute);
}

// Limits count what this posting costs, which is copies; whoever decides is told of all who will read it.
TEST_F(VerdictTest, WhoReadsDigestsIsNamedButCountsForNoLimit) {
  town_.read_digests = 5'000;
  list_.guard.confirm_above = 30;
  list_.guard.list_deliveries = 30;
  EXPECT_EQ(give().judgement.reason, "it reaches 30 people; 5,000 more get it by digest");
  facts_.message_id = "<second@example.org>";
  const Disposition late = give();
  EXPECT_EQ(late.judgement.verdict, Verdict::defer);
  EXPECT_THAT(late.judgement.reason, testing::EndsWith("; 5,000 more get it by digest"));
  list_.guard.confirm_above = 29;
  const Disposition asked = give();
  EXPECT_EQ(asked.judgement.verdict, Verdict::confirm);
  EXPECT_EQ(asked.judgement.reason,
            "it would reach 30 people; above 29 its sender confirms it first; 5,000 more get it by digest");
  list_.guard.expect_members = 20;
  EXPECT_THAT(give().judgement.reason, testing::EndsWith("; 5,000 more get it by digest"));
}

TEST_F(VerdictTest, WhoMayBeSomebodyElseIsNotWrittenToAModeratorIs) {
  list_.guard.confirm_above = 10;
  reachable_ = false;
  const Disposition disposition = give();
  EXPECT_EQ(disposition.judgement.verdict, Verdict::hold);
  EXPECT_EQ(disposition.judgement.approvals, 1);
  ASSERT_EQ(kinds(disposition), std::vector{LetterKind::moderation});
  EXPECT_EQ(disposition.letters[0].to.key, "mod@example.org");
}

TEST_F(VerdictTest, AfterTheSendersWordTheModeratorsAreAsked) {
  list_.guard.confirm_above = 10;
  list_.guard.moderator_above = 20;
  EXPECT_EQ(give().judgement.verdict, Verdict::confirm);
  const Disposition second = give(true);
  EXPECT_EQ(second.judgement.verdict, Verdict::hold);
  EXPECT_EQ(second.judgement.approvals, 1);
  EXPECT_EQ(kinds(second), std::vector{LetterKind::moderation});
}

// In a flood not each posting has a letter, but once an hour one says how many wait.
TEST_F(VerdictTest, ModeratorsHearOfAFloodAllTheSame) {
  list_.guard.moderator_above = 1;
  list_.guard.confirm_above = 0;
  const auto letters_of = [&](int from, int to) {
    std::size_t letters = 0;
    for (int number = from; number < to; ++number) {
      facts_.message_id = "<" + std::to_string(number) + "@example.org>";
      facts_.sender = "forged" + std::to_string(number) + "@example.org";
      letters += give().letters.size();
    }
    return letters;
  };
  EXPECT_EQ(letters_of(0, 100), 100U);
  EXPECT_EQ(letters_of(100, 300), 1U) << "the hour's letter about the rest";
}

TEST_F(VerdictTest, AReplyToALargeListGoesToTheAuthorOfTheParent) {
  list_.guard.large_audience = 10;
  facts_.in_reply_to = "<0@example.org>";
  town_.authors["<0@example.org>"] = "p7@example.org";
  const Disposition disposition = give();
  EXPECT_EQ(disposition.judgement.verdict, Verdict::divert);
  EXPECT_EQ(disposition.audience.recipients, 1);
}

TEST_F(VerdictTest, NobodyIsWrittenToWhoDoesNotBelongToTheList) {
  list_.guard.large_audience = 10;
  facts_.in_reply_to = "<0@example.org>";
  town_.authors["<0@example.org>"] = "victim@elsewhere.example";
  EXPECT_EQ(give().judgement.verdict, Verdict::hold);
}

TEST_F(VerdictTest, WhoForgesTheFromFieldNeedsNoFewerModerators) {
  list_.guard.confirm_above = 5;
  list_.guard.moderator_above = 10;
  list_.guard.two_moderators_above = 20;
  reachable_ = false;
  EXPECT_EQ(give().judgement.approvals, 2);
}

TEST_F(VerdictTest, WhereThatAuthorIsNotKnownItWaits) {
  list_.guard.large_audience = 10;
  facts_.references = {"<unknown@example.org>"};
  const Disposition disposition = give();
  EXPECT_EQ(disposition.judgement.verdict, Verdict::hold);
  EXPECT_EQ(disposition.audience.recipients, 30);
  EXPECT_TRUE(disposition.audience.slices.empty());
  EXPECT_EQ(kinds(disposition), std::vector{LetterKind::held});
}

TEST_F(VerdictTest, AFrozenListHoldsAndTellsItsSenderOnce) {
  town_.freeze = "frozen by carl: a storm";
  EXPECT_EQ(kinds(give()), std::vector{LetterKind::held});
  facts_.message_id = "<2@example.org>";
  EXPECT_TRUE(give().letters.empty());
}

// The file's reason is written for the sender; what the list's own moderation holds says nothing of them.
TEST_F(VerdictTest, TheSenderReadsTheReasonOfARuleOnceADayWhereTheyCanBeReached) {
  const auto held_by = [&](std::size_t rule) {
    Candidate posting{&list_, *mail::parse_address("ann@example.org"), reachable_, false};
    posting.moderated = lists::RuleMatch{lists::RuleAction::hold, "too long", rule};
    facts_.message_id += "x";
    return kinds(give_verdict(facts_, posting, {}, town_, kNow).value());
  };
  lists::RuleText text;
  text.larger_than = 1;
  text.action = "hold";
  list_.rules = {*lists::Rule::compile(text), *lists::Rule::compile(text)};
  EXPECT_EQ(held_by(2), (std::vector{LetterKind::moderation})) << "no rule";
  reachable_ = false;
  EXPECT_EQ(held_by(0), (std::vector{LetterKind::moderation})) << "anybody may have written it";
  reachable_ = true;
  facts_.suspect = "it reads like an automatic answer";
  EXPECT_EQ(held_by(0), (std::vector{LetterKind::moderation})) << "a robot";
  facts_.suspect.clear();
  EXPECT_EQ(held_by(0), (std::vector{LetterKind::moderation, LetterKind::held}));
  EXPECT_EQ(held_by(0), (std::vector{LetterKind::moderation}));
  EXPECT_EQ(held_by(1), (std::vector{LetterKind::moderation, LetterKind::held})) << "another reason";
}

TEST_F(VerdictTest, RobotsAreToldNothing) {
  town_.freeze = "frozen by carl: a storm";
  facts_.suspect = "it reads like an automatic answer";
  EXPECT_TRUE(give().letters.empty());
}

TEST_F(VerdictTest, TheModeratorsHearOnceThatTheBreakerOpened) {
  list_.guard.large_reply = storm::LargeReply::distribute;
  reach(2000);
  list_.guard.confirm_above = 0;
  give();
  facts_.in_reply_to = facts_.message_id;
  int told = 0, held = 0;
  for (int number = 0; number < 20; ++number) {
    facts_.sender = "p" + std::to_string(number) + "@example.org";
    facts_.message_id = "<r" + std::to_string(number) + "@example.org>";
    facts_.subject = "Re: Next week";
    facts_.body = "Me too " + std::to_string(number);
    const Disposition disposition = give();
    held += disposition.judgement.verdict == Verdict::hold ? 1 : 0;
    const auto letters = kinds(disposition);
    told += static_cast<int>(std::count(letters.begin(), letters.end(), LetterKind::storm));
  }
  EXPECT_GE(held, 16);
  EXPECT_GE(told, 1);
  EXPECT_LE(told, 2);  // the thread's breaker and the list's
}

TEST_F(VerdictTest, AnErrorOfTheStoreIsNoVerdict) {
  const Candidate posting{&list_, *mail::parse_address("ann@example.org"), true, false};
  town_.unreadable = true;
  EXPECT_EQ(give_verdict(facts_, posting, {}, town_, kNow).error().fault, Fault::full);
}

}  // namespace
}  // namespace breakwater::pipeline
