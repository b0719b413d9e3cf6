#include "pipeline/intake.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "mail/header_block.h"
#include "town.h"

namespace breakwater::pipeline {
namespace {

const Instant kNow = from_ms(1'700'000'000'000);
const Mac kMac = [](std::string_view text) { return text.size() * 7919; };
const Instant kSentOn = kNow - std::chrono::hours{48};

class IntakeTest : public testing::Test {
 protected:
  IntakeTest() {
    for (const char* name : {"tech", "news"})
      lists_.emplace(std::string(name) + "@lists.example", list_named(name));
    town_.members["tech@lists.example"] = {"ann@example.org", "bob@example.org"};
    message_.peer = {"192.0.2.7", "client.example", true, false, "", "", ""};
    message_.envelope.reverse_path = smtp::Mailbox{"ann", "example.org"};
    message_.bytes =
        "From: Ann <ann@example.org>\r\nTo: tech@lists.example\r\nSubject: hi\r\n"
        "Message-ID: <1@example.org>\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\n\r\nHello.\r\n";
    to("tech");
  }
  void to(const std::string& local) {
    message_.envelope.recipients.push_back({smtp::Mailbox{local, "lists.example"}, {}});
  }
  Decision decide_it() {
    IntakeOptions options{"mail.example", &lists_, 50, kMac, {}};
    auto decided = decide(message_, preview_of(message_), options, town_, kNow, entropy_);
    EXPECT_TRUE(decided.has_value());
    return decided ? *decided : Decision{};
  }
  void replace(const std::string& from, const std::string& with) {
    message_.bytes.replace(message_.bytes.find(from), from.size(), with);
  }

  lists::ListsByAddress lists_;
  Town town_;
  smtp::ReceivedMessage message_;
  std::uint64_t entropy_ = 1;
};

TEST_F(IntakeTest, AMembersMessageIsPostedBelowOurReceivedField) {
  const Decision decision = decide_it();
  ASSERT_EQ(decision.replies.size(), 1U);
  EXPECT_EQ(decision.replies[0].code, 250);
  ASSERT_EQ(decision.postings.size(), 1U);
  EXPECT_EQ(decision.replies[0].text, "Ok: queued as " + format_id(decision.postings[0].id));
  EXPECT_TRUE(decision.bytes.starts_with(
      "Received: from client.example ([192.0.2.7])\r\n\tby mail.example with ESMTP id "));
  EXPECT_TRUE(decision.bytes.ends_with(message_.bytes));
  EXPECT_EQ(decision.message_id, "<1@example.org>");
  EXPECT_EQ(decision.subject, "hi");
}

TEST_F(IntakeTest, WhoMayNotPostHearsWhyInTheSessionWithAReference) {
  replace("ann@example.org>\r\nTo", "eve@example.org>\r\nTo");
  message_.envelope.reverse_path = smtp::Mailbox{"eve", "example.org"};
  const Decision decision = decide_it();
  EXPECT_EQ(decision.replies[0].code, 550);
  EXPECT_EQ(decision.replies[0].enhanced, "5.7.1");
  ASSERT_EQ(decision.refused.size(), 1U);
  EXPECT_NE(decision.replies[0].text.find("[" + format_id(decision.refused[0].id) + "]"), std::string::npos);
  EXPECT_NE(decision.replies[0].text.find("only its members may post"), std::string::npos);
  EXPECT_TRUE(decision.postings.empty());
}

// Whatever the list's file says of who may post; who is on the list all the same, or another's provider, is
// not kept off.
TEST_F(IntakeTest, WhoIsBannedMayNotPostUnlessTheyAreOnTheList) {
  lists_.at("tech@lists.example").post = lists::PostPolicy::anyone;
  town_.banned = {"eve@example.org", "ann@example.org"};
  EXPECT_EQ(decide_it().replies[0].code, 250) << "a member";
  replace("ann@example.org>\r\nTo", "eve@example.org>\r\nTo");
  const Decision decision = decide_it();
  EXPECT_EQ(decision.replies[0].code, 550);
  EXPECT_NE(decision.replies[0].text.find("banned"), std::string::npos);
  ASSERT_EQ(decision.refused.size(), 1U);
  town_.banned = {"ann@example.org"};
  EXPECT_EQ(decide_it().replies[0].code, 250) << "the envelope sender";
  lists_.at("tech@lists.example").post = lists::PostPolicy::nobody;
  town_.banned = {"eve@example.org"};
  const Decision both = decide_it();
  EXPECT_EQ(both.replies[0].text.find("banned"), std::string::npos) << "who may not post hears that";
  ASSERT_EQ(both.refused.size(), 1U);
  EXPECT_EQ(both.refused[0].reason, "eve@example.org is banned from tech@lists.example") << "for `why`";
}

TEST_F(IntakeTest, TheAuthorMayPostThroughAnotherReversePath) {
  message_.envelope.reverse_path = smtp::Mailbox{"srs0=x", "forwarder.example"};
  EXPECT_EQ(decide_it().replies[0].code, 250);
}

TEST_F(IntakeTest, OneRefusalRefusesTheWholeTransactionSoThatNoBounceIsNeeded) {
  to("news");
  const Decision decision = decide_it();
  ASSERT_EQ(decision.replies.size(), 1U);
  EXPECT_EQ(decision.replies[0].code, 550);
  EXPECT_TRUE(decision.postings.empty());
  EXPECT_TRUE(decision.bytes.empty());
  EXPECT_NE(decision.replies[0].text.find("Nothing was sent to any of the 2 recipients"), std::string::npos);
}

TEST_F(IntakeTest, LmtpAnswersEachRecipientForItself) {
  message_.protocol = smtp::Protocol::lmtp;
  to("news");
  const Decision decision = decide_it();
  ASSERT_EQ(decision.replies.size(), 2U);
  EXPECT_EQ(decision.replies[0].code, 250);
  EXPECT_EQ(decision.replies[1].code, 550);
  EXPECT_EQ(decision.postings.size(), 1U);
}

TEST_F(IntakeTest, AListNamedTwiceIsPostedToOnce) {
  to("TECH");
  const Decision decision = decide_it();
  EXPECT_EQ(decision.replies[0].code, 250);
  EXPECT_EQ(decision.postings.size(), 1U);
}

TEST_F(IntakeTest, WithoutRulesNothingIsLookedUpForThem) {
  EXPECT_EQ(decide_it().postings.size(), 1U);
  EXPECT_EQ(town_.asked_for_posted, 0);
}

TEST_F(IntakeTest, ARuleRefusesInTheSessionDiscardsInSilenceOrHolds) {
  lists::RuleText rule;
  rule.first_post = true;
  rule.reason = "say hello first";
  const auto with = [&](const char* action) {
    rule.action = action;
    lists_.at("tech@lists.example").rules = {*lists::Rule::compile(rule)};
    return decide_it();
  };
  const Decision refused = with("refuse");
  EXPECT_EQ(refused.replies[0].code, 550);
  EXPECT_NE(refused.replies[0].text.find("say hello first"), std::string::npos);
  ASSERT_EQ(refused.refused.size(), 1U);
  EXPECT_FALSE(refused.refused[0].discarded);

  const Decision discarded = with("discard");
  EXPECT_EQ(discarded.replies[0].code, 250);
  ASSERT_EQ(discarded.refused.size(), 1U);
  EXPECT_TRUE(discarded.refused[0].discarded);
  EXPECT_EQ(discarded.replies[0].text, "Ok: queued as " + format_id(discarded.refused[0].id));
  EXPECT_EQ(discarded.refused[0].reason, "rule 1 of tech@lists.example: say hello first");
  EXPECT_TRUE(discarded.postings.empty());
  EXPECT_EQ(discarded.discarded, 1);

  const Decision held = with("hold");
  ASSERT_EQ(held.postings.size(), 1U);
  EXPECT_EQ(held.postings[0].verdict, "rule");
  EXPECT_EQ(held.postings[0].reason, "say hello first");
  EXPECT_EQ(held.replies[0].text,
            "Ok: held for a moderator as " + format_id(held.postings[0].id) + ": say hello first");
  ASSERT_EQ(held.postings[0].letters.size(), 2U);
  EXPECT_EQ(held.postings[0].letters[0].kind, LetterKind::moderation);
  EXPECT_EQ(held.postings[0].letters[1].kind, LetterKind::held);
  EXPECT_EQ(held.postings[0].letters[1].to.key, "ann@example.org");

  town_.posted = {"ann@example.org"};
  EXPECT_FALSE(with("refuse").postings.empty());
}

TEST_F(IntakeTest, WhatADiscardingRuleMeetsRefusesNoOtherRecipientAndIsForgottenWhereOneRefuses) {
  lists::RuleText rule;
  rule.larger_than = 1;
  rule.action = "discard";
  lists_.at("tech@lists.example").rules = {*lists::Rule::compile(rule)};
  to("news");
  const Decision decision = decide_it();
  EXPECT_EQ(decision.replies[0].code, 550);
  ASSERT_EQ(decision.refused.size(), 1U);
  EXPECT_FALSE(decision.refused[0].discarded);
}

TEST_F(IntakeTest, EverythingWaitsInAnEmergencyAndAMemberAsIsSaidOfThem) {
  town_.everything_held = true;
  EXPECT_EQ(decide_it().postings.at(0).verdict, "moderate");
  town_.everything_held = false;
  town_.moderated["ann@example.org"] = lists::SenderModeration::always;
  EXPECT_EQ(decide_it().postings.at(0).verdict, "moderate");
  town_.moderated["ann@example.org"] = lists::SenderModeration::never;
  lists_.at("tech@lists.example").moderate = lists::Moderate::everybody;
  EXPECT_EQ(decide_it().postings.at(0).verdict, "distribute");
}

TEST_F(IntakeTest, LoopsStop) {
  const std::string clean = message_.bytes;
  message_.bytes = "X-Loop: tech@lists.example\r\n" + clean;
  EXPECT_EQ(decide_it().replies[0].enhanced, "5.4.6");
  message_.bytes = clean;
  for (int hop = 0; hop < 51; ++hop) message_.bytes = "Received: from a by b; now\r\n" + message_.bytes;
  EXPECT_EQ(decide_it().replies[0].enhanced, "5.4.6");
}

TEST_F(IntakeTest, AHeaderThatCannotBeReadToItsEndIsRefused) {
  std::string fields;
  for (int at = 0; at < 10'001; ++at) fields += "X: y\r\n";
  message_.bytes = fields + message_.bytes;
  EXPECT_EQ(decide_it().replies[0].enhanced, "5.6.0");
}

TEST_F(IntakeTest, AMessageIdThatWasDistributedIsAnsweredWellAndNotPostedAgain) {
  town_.distributed.insert("<1@example.org>");
  const Decision decision = decide_it();
  EXPECT_EQ(decision.replies[0].code, 250);
  EXPECT_TRUE(decision.postings.empty());
}

TEST_F(IntakeTest, AFromThatReadersCouldReadDifferentlyIsRefused) {
  const std::string clean = message_.bytes;
  for (const char* from :
       {"From: ann@example.org, eve@example.org\r\n", "From: ann@example.org\r\nFrom: eve@example.org\r\n",
        "", "From: \"ann@example.org\" <eve@example.net> x\r\n"}) {
    message_.bytes = from + clean.substr(clean.find("To:"));
    EXPECT_EQ(decide_it().replies[0].code, 550) << from;
  }
}

TEST_F(IntakeTest, WhoIsLoggedInWritesUnderTheirOwnAddressOnly) {
  message_.submission = true;
  message_.peer.login = "ann@example.org";
  EXPECT_EQ(decide_it().replies[0].code, 250);
  message_.peer.login = "bob@example.org";
  EXPECT_EQ(decide_it().replies[0].code, 550);
}

TEST_F(IntakeTest, AMessageLargerThanTheListTakesIsRefused) {
  lists_.at("tech@lists.example").max_message_bytes = 100;
  EXPECT_EQ(decide_it().replies[0].code, 552);
}

TEST_F(IntakeTest, MissingMessageIdAndDateAreAdded) {
  message_.bytes = "From: ann@example.org\r\n\r\nHello.\r\n";
  const Decision decision = decide_it();
  const auto block = mail::HeaderBlock::parse(decision.bytes);
  EXPECT_EQ(block.count("Message-ID"), 1U);
  EXPECT_EQ(block.count("Date"), 1U);
  EXPECT_EQ(decision.message_id, block.find("Message-ID")->unfolded());
}

TEST_F(IntakeTest, OwnerAndPostmasterGoToPeople) {
  for (const char* local : {"tech-owner", "postmaster"}) {
    message_.envelope.recipients.clear();
    to(local);
    const Decision decision = decide_it();
    ASSERT_EQ(decision.postings.size(), 1U) << local;
    EXPECT_NE(decision.postings[0].kind, lists::SubAddress::posting);
  }
  town_.owners_behind = 0;
  EXPECT_EQ(decide_it().replies[0].enhanced, "5.1.1");
}

const char* const kDsn =
    "From: MAILER-DAEMON@example.net\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain\r\n\r\nno\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    "Reporting-MTA: dns; mx.example.net\r\n\r\nFinal-Recipient: rfc822; bob@example.org\r\n"
    "Action: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n";

TEST_F(IntakeTest, ABounceNamesItsMemberByTokenOrByItsText) {
  town_.postings[PostingId{77}] = "tech@lists.example";
  town_.addresses["bob@example.org"] = make_address_id(DomainId{1}, 2);
  const Mac mac = kMac;
  const lists::List& tech = lists_.at("tech@lists.example");
  std::string verp;
  append_verp(tech, PostingId{77}, make_address_id(DomainId{1}, 9), mac, kSentOn, verp);
  message_.envelope.reverse_path.reset();
  message_.bytes = kDsn;
  for (const auto& [address, who] :
       {std::pair(bounce_address(tech, PostingId{77}, mac, kSentOn), 2U), std::pair(verp, 9U)}) {
    message_.envelope.recipients.clear();
    to(address.substr(0, address.find('@')));
    const Decision decision = decide_it();
    EXPECT_EQ(decision.replies[0].code, 250);
    ASSERT_EQ(decision.bounces.size(), 1U) << address;
    EXPECT_EQ(decision.bounces[0].recipient, make_address_id(DomainId{1}, who));
    EXPECT_EQ(decision.bounces[0].status, "5.1.1");
  }
}

TEST_F(IntakeTest, ABounceOfAnyFormCountsWhereItIsForGood) {
  town_.postings[PostingId{77}] = "tech@lists.example";
  town_.addresses["bob@example.org"] = make_address_id(DomainId{1}, 2);
  const std::string address = bounce_address(lists_.at("tech@lists.example"), PostingId{77}, kMac, kSentOn);
  message_.envelope.reverse_path.reset();
  const std::string said =
      "From: MAILER-DAEMON@mx.example.net\r\nSubject: failure notice\r\n\r\n"
      "I wasn't able to deliver your message.\r\n\r\n<bob@example.org>:\r\n";
  for (const auto& [why, count] : {std::pair("no mailbox here by that name. (#5.1.1)\r\n", 1U),
                                   std::pair("mailbox full (#4.2.2)\r\n", 0U)}) {
    message_.bytes = said + why;
    message_.envelope.recipients.clear();
    to(address.substr(0, address.find('@')));
    const Decision decision = decide_it();
    EXPECT_EQ(decision.replies[0].code, 250);
    ASSERT_EQ(decision.bounces.size(), count) << why;
    if (count == 1) EXPECT_EQ(decision.bounces[0].status, "5.1.1");
  }
}

TEST_F(IntakeTest, ABounceNamesOnlyWhoWasSentThePosting) {
  const AddressId bob = make_address_id(DomainId{1}, 2);
  town_.postings[PostingId{77}] = "tech@lists.example";
  town_.addresses["bob@example.org"] = bob;
  message_.envelope.reverse_path.reset();
  message_.bytes = kDsn;
  message_.envelope.recipients.clear();
  const auto address = bounce_address(lists_.at("tech@lists.example"), PostingId{77}, kMac, kSentOn);
  to(address.substr(0, address.find('@')));
  ASSERT_EQ(decide_it().bounces.size(), 1U);
  EXPECT_TRUE(decide_it().bounces[0].is_signed);
  town_.strangers = {bob};
  EXPECT_TRUE(decide_it().bounces.empty()) << "whatever a forger says of a member who was not sent it";
}

TEST_F(IntakeTest, ABounceToAnAddressWithoutItsSignatureIsNotBelieved) {
  town_.postings[PostingId{77}] = "tech@lists.example";
  town_.addresses["bob@example.org"] = make_address_id(DomainId{1}, 2);
  message_.envelope.reverse_path.reset();
  message_.bytes = kDsn;
  message_.envelope.recipients.clear();
  const auto address = bounce_address(lists_.at("tech@lists.example"), PostingId{77}, kMac, kSentOn);
  to(address.substr(0, std::string_view("tech-bounces+").size() + 13));
  const Decision decision = decide_it();
  EXPECT_EQ(decision.replies[0].code, 250);
  EXPECT_TRUE(decision.bounces.empty()) << "the id of a posting is no secret";
}

TEST_F(IntakeTest, ABounceToManyAddressesCountsForAFew) {
  town_.addresses["bob@example.org"] = make_address_id(DomainId{1}, 2);
  message_.envelope.reverse_path.reset();
  message_.bytes = kDsn;
  message_.envelope.recipients.clear();
  for (int at = 1; at <= 100; ++at) {
    town_.postings[PostingId{at}] = "tech@lists.example";
    const auto address = bounce_address(lists_.at("tech@lists.example"), PostingId{at}, kMac, kSentOn);
    to(address.substr(0, address.find('@')));
  }
  EXPECT_EQ(decide_it().bounces.size(), 5U);
}

TEST_F(IntakeTest, ABounceOfAnOldCopyIsNotBelieved) {
  const AddressId bob = make_address_id(DomainId{1}, 2);
  lists::List& tech = lists_.at("tech@lists.example");
  town_.postings[PostingId{77}] = "tech@lists.example";
  town_.addresses["bob@example.org"] = bob;
  message_.envelope.reverse_path.reset();
  message_.bytes = kDsn;
  tech.bounces.accept_for = std::chrono::hours{24 * 3};
  for (const auto& [days, count] :
       {std::pair(0, 1U), std::pair(3, 1U), std::pair(5, 0U), std::pair(400, 0U)}) {
    std::string verp;
    append_verp(tech, PostingId{77}, bob, kMac, kNow - std::chrono::days{days}, verp);
    for (const auto& address :
         {verp, bounce_address(tech, PostingId{77}, kMac, kNow - std::chrono::days{days})}) {
      message_.envelope.recipients.clear();
      to(address.substr(0, address.find('@')));
      const Decision decision = decide_it();
      EXPECT_EQ(decision.replies[0].code, 250);
      EXPECT_EQ(decision.bounces.size(), count) << days << " " << address;
    }
  }
}

TEST_F(IntakeTest, AForgedBounceTokenChangesNothing) {
  town_.postings[PostingId{77}] = "tech@lists.example";
  const Mac other = [](std::string_view text) { return text.size() * 104729 + 1; };
  std::string verp;
  append_verp(lists_.at("tech@lists.example"), PostingId{77}, make_address_id(DomainId{1}, 9), other, kSentOn,
              verp);
  message_.envelope.reverse_path.reset();
  message_.bytes = kDsn;
  message_.envelope.recipients.clear();
  to(verp.substr(0, verp.find('@')));
  EXPECT_TRUE(decide_it().bounces.empty());
}

TEST_F(IntakeTest, WhatHasToBeConfirmedIsKeptAndSoSaid) {
  lists_.at("tech@lists.example").guard.confirm_above = 1;
  const Decision decision = decide_it();
  ASSERT_EQ(decision.postings.size(), 1U);
  EXPECT_TRUE(decision.postings[0].waits());
  EXPECT_EQ(decision.postings[0].verdict, "confirm");
  EXPECT_NE(decision.replies[0].text.find("until its sender confirms"), std::string::npos);
}

TEST_F(IntakeTest, NobodysMailboxIsFilledWithQuestions) {
  lists_.at("tech@lists.example").guard.confirm_above = 1;
  town_.waiting = 5;
  EXPECT_EQ(decide_it().replies[0].code, 550);
  town_.waiting = 4;
  EXPECT_EQ(decide_it().replies[0].code, 250);
}

TEST_F(IntakeTest, OneMessageToManyListsAsksNoMoreThanManyMessages) {
  for (const char* name : {"l1", "l2", "l3", "l4", "l5", "l6"}) {
    lists_.emplace(std::string(name) + "@lists.example", list_named(name));
    town_.members[std::string(name) + "@lists.example"] = {"ann@example.org", "bob@example.org"};
    to(name);
  }
  for (auto& [address, list] : lists_) list.guard.confirm_above = 1;
  EXPECT_EQ(decide_it().replies[0].code, 550);
  message_.envelope.recipients.resize(5);
  EXPECT_EQ(decide_it().postings.size(), 5U);
}

TEST_F(IntakeTest, BeyondADaysQuestionsItsSenderComesAgainOrLogsIn) {
  lists_.at("tech@lists.example").guard.confirm_above = 1;
  for (int at = 0; at < 10; ++at) EXPECT_EQ(decide_it().replies[0].code, 250);
  const smtp::Reply reply = decide_it().replies[0];
  EXPECT_EQ(reply.code, 450);
  EXPECT_EQ(reply.enhanced, "4.7.1");
  town_.waiting = 5;
  message_.submission = true;
  message_.peer.login = "ann@example.org";
  EXPECT_EQ(decide_it().replies[0].code, 250) << "who has logged in does not suffer from it";
}

TEST_F(IntakeTest, WhatIsHeldHasALimit) {
  town_.freeze = "frozen by somebody";
  const auto code = [&](Held held) {
    town_.already_held = held;
    const smtp::Reply reply = decide_it().replies[0];
    if (reply.code == 452) EXPECT_EQ(reply.enhanced, "4.3.1");
    return reply.code;
  };
  EXPECT_EQ(code({9'999, 1'000'000'000, 199}), 250);
  EXPECT_EQ(code({10'000, 10, 0}), 452);
  EXPECT_EQ(code({100, (std::int64_t{1} << 30) - 10, 0}), 452);
  EXPECT_EQ(code({200, 10, 200}), 452);
  EXPECT_NE(decide_it().replies[0].text.find("ann@example.org are held for tech@lists.example"),
            std::string::npos);
  town_.freeze.clear();
  EXPECT_EQ(code({10'000, 10, 200}), 250) << "what goes out is not held";
}

TEST_F(IntakeTest, OneAddressInAHundredSpellingsIsWrittenToOnce) {
  message_.envelope.recipients.clear();
  for (int number = 0; number < 100; ++number) to("tech-owner+" + std::to_string(number));
  for (const char* local : {"tech-request", "Tech-Request", "news-owner", "postmaster", "POSTMASTER"})
    to(local);
  const Decision decision = decide_it();
  EXPECT_EQ(decision.postings.size(), 3U);
  EXPECT_EQ(decision.requests.size(), 1U);
  EXPECT_EQ(decision.replies[0].code, 250);
  message_.envelope.recipients.clear();
  for (const char* token : {"tech-request+a", "tech-request+b"}) to(token);
  EXPECT_EQ(decide_it().orders.size(), 2U) << "each token is another recipient";
  message_.envelope.recipients.clear();
  for (const char* local : {"tech-confirm+a", "tech-confirm+b", "tech-join", "tech-subscribe", "tech-join+x"})
    to(local);
  EXPECT_EQ(decide_it().requests.size(), 3U) << "two tokens, and one wish";
}

TEST_F(IntakeTest, AWishToJoinIsAClaimOfItsAuthorAndARobotHasNone) {
  message_.envelope.recipients.clear();
  for (const char* local : {"tech-leave", "tech-confirm+ABC", "tech-request"}) to(local);
  replace("Hello.", "reject: not here");
  Decision decision = decide_it();
  ASSERT_EQ(decision.requests.size(), 3U);
  EXPECT_EQ(decision.requests[0].to, lists::SubAddress::leave);
  EXPECT_EQ(decision.requests[0].sender.key, "ann@example.org");
  EXPECT_EQ(decision.requests[0].sender_name, "Ann");
  EXPECT_FALSE(decision.requests[0].proved);
  EXPECT_EQ(decision.requests[1].token, "abc");
  EXPECT_EQ(decision.requests[1].reply.word, TokenWord::reject);
  EXPECT_EQ(decision.requests[1].reply.text, "not here");
  EXPECT_EQ(decision.requests[2].commands.unread.at(0).line, "reject: not here");
  EXPECT_TRUE(decision.postings.empty());
  message_.submission = true;
  message_.peer.login = "ann@example.org";
  EXPECT_TRUE(decide_it().requests[0].proved);
  EXPECT_TRUE(decide_it().requests[0].backed);
  message_.submission = false;
  replace("Subject:", "Auto-Submitted: auto-generated\r\nSubject:");
  decision = decide_it();
  EXPECT_TRUE(decision.requests.empty());
  EXPECT_EQ(decision.replies[0].code, 250);
}

// A reverse-path that no mail can be sent to speaks for nobody.
TEST_F(IntakeTest, AnAuthorIsBackedByTheReversePathOrALogin) {
  message_.envelope.recipients.clear();
  to("tech-join");
  const auto backed = [&] { return decide_it().requests.at(0).backed; };
  EXPECT_TRUE(backed());
  for (const smtp::Mailbox& path : {smtp::Mailbox{"ann", "evil.example"}, smtp::Mailbox{"", "example.org"},
                                    smtp::Mailbox{"ann", "a..b"}}) {
    message_.envelope.reverse_path = path;
    EXPECT_FALSE(backed()) << path.text();
  }
  message_.submission = true;
  message_.peer.login = "ann@example.org";
  EXPECT_TRUE(backed()) << "who logged in";
}

TEST_F(IntakeTest, ATokenIsNotKeptNorLoggedWithARefusal) {
  replace("From: Ann <ann@example.org>", "From: ann@example.org, bob@example.org");
  for (const auto& [local, kept] : std::map<std::string, std::string>{{"tech-confirm+abc", "tech-confirm@"},
                                                                      {"Tech-Confirm+ABC", "tech-confirm@"},
                                                                      {"tech-join+a", "tech-join+a@"}}) {
    message_.envelope.recipients.clear();
    to(local);
    const Decision decision = decide_it();
    ASSERT_EQ(decision.refused.size(), 1U) << local;
    EXPECT_TRUE(decision.refused[0].recipient.starts_with(kept)) << decision.refused[0].recipient;
    EXPECT_EQ(decision.refused[0].reply.find("abc"), std::string::npos);
    EXPECT_EQ(decision.refused[0].reason.find("abc"), std::string::npos);
  }
}

TEST_F(IntakeTest, AMachineIsRefusedInTheSession) {
  replace("Subject:", "Auto-Submitted: auto-replied\r\nSubject:");
  const Decision decision = decide_it();
  EXPECT_EQ(decision.replies[0].code, 550);
  ASSERT_EQ(decision.refused.size(), 1U);
  EXPECT_TRUE(decision.refused[0].by_machine_barrier);
}

TEST_F(IntakeTest, OnlyWhoHasLoggedInIsTakenForAModerator) {
  lists_.at("tech@lists.example").guard.confirm_above = 0;
  lists_.at("tech@lists.example").guard.moderator_above = 1;
  town_.moderators_of["tech@lists.example"] = {"ann@example.org"};
  EXPECT_EQ(decide_it().postings[0].verdict, "moderate");
  message_.submission = true;
  message_.peer.login = "ann@example.org";
  EXPECT_EQ(decide_it().postings[0].verdict, "distribute");
}

TEST_F(IntakeTest, ACommandMailIsAnOrderAndARobotsIsNone) {
  message_.envelope.recipients.clear();
  to("tech-request+abcdefghijklmnopqrstuvwxyz");
  replace("Hello.", "Confirm");
  Decision decision = decide_it();
  ASSERT_EQ(decision.orders.size(), 1U);
  EXPECT_EQ(decision.orders[0].token, "abcdefghijklmnopqrstuvwxyz");
  EXPECT_EQ(decision.orders[0].command, Command{Word::confirm});
  EXPECT_TRUE(decision.postings.empty());
  replace("Subject:", "X-Autoreply: yes\r\nSubject:");
  decision = decide_it();
  EXPECT_TRUE(decision.orders.empty());
  EXPECT_EQ(decision.replies[0].code, 250);
}

TEST_F(IntakeTest, AnErrorOfTheStoreIsNoVerdict) {
  town_.broken = true;
  IntakeOptions options{"mail.example", &lists_, 50, [](std::string_view) { return 0ULL; }, {}};
  const auto decided = decide(message_, preview_of(message_), options, town_, kNow, entropy_);
  ASSERT_TRUE(decided.has_error());
  EXPECT_EQ(decided.error().fault, Fault::full);
}

}  // namespace
}  // namespace breakwater::pipeline
