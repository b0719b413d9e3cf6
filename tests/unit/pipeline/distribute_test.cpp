#include "pipeline/distribute.h"

#include <gtest/gtest.h>

#include "mail/encoded_word.h"
#include "mail/header_block.h"

namespace breakwater::pipeline {
namespace {

lists::List tech() {
  lists::List list;
  list.name = "tech";
  list.domain = "lists.example";
  list.description = "The \"technical\" list";
  return list;
}

const std::string kBody = "Hello.\r\n.dots stay\r\n\ttabs \x01 too\r\n";
const std::string kMessage =
    "Return-Path: <ann@example.org>\r\nReceived: from a by b; now\r\nDKIM-Signature: v=1; b=abc\r\n"
    "From:  Ann   <ann@example.org>\r\nSubject: =?utf-8?q?h=C3=A9?=\r\n folded\r\nBcc: secret@example.org\r\n"
    "List-Id: <other.example>\r\nPrecedence: bulk\r\nX-Auto-Response-Suppress: OOF\r\nApproved: "
    "hunter2\r\nDisposition-Notification-To: "
    "ann@example.org\r\n"
    "X-Odd : kept\r\n\r\n" +
    kBody;

TEST(Distribute, ACopyCarriesTheListsFieldsAndKeepsEverythingElse) {
  const auto copy = list_copy(kMessage, tech(), 5);
  EXPECT_EQ(*copy.body, kBody);
  const auto block = mail::HeaderBlock::parse(*copy.head);
  const auto value = [&](std::string_view name) {
    return block.find(name) ? block.find(name)->unfolded() : "none";
  };
  EXPECT_EQ(value("List-Id"), "\"The \\\"technical\\\" list\" <tech.lists.example>");
  EXPECT_EQ(value("List-Post"), "<mailto:tech@lists.example>");
  EXPECT_EQ(value("List-Help"), "<mailto:tech-request@lists.example?subject=help>");
  EXPECT_EQ(value("List-Unsubscribe"), "<mailto:tech-leave@lists.example>");
  EXPECT_EQ(value("List-Subscribe"), "<mailto:tech-join@lists.example>");
  EXPECT_EQ(value("List-Owner"), "<mailto:tech-owner@lists.example>");
  EXPECT_EQ(value("List-Archive"), "none");
  EXPECT_EQ(value("Precedence"), "list");
  EXPECT_EQ(value("X-Auto-Response-Suppress"), "All");
  EXPECT_EQ(block.count("X-Auto-Response-Suppress"), 1U);
  EXPECT_EQ(value("Reply-To"), "none");
  EXPECT_EQ(value("X-Loop"), "tech@lists.example");
  for (const char* gone : {"Return-Path", "Bcc", "Approved", "Disposition-Notification-To"}) {
    EXPECT_EQ(block.count(gone), 0U) << gone;
  }
  EXPECT_EQ(block.count("List-Id"), 1U);
  for (const char* kept :
       {"Received: from a by b; now\r\nDKIM-Signature: v=1; b=abc\r\nFrom:  Ann   <ann@example.org>\r\n"
        "Subject: =?utf-8?q?h=C3=A9?=\r\n folded\r\n",
        "X-Odd : kept\r\n"}) {
    EXPECT_NE(copy.head->find(kept), std::string::npos) << kept;
  }
  EXPECT_TRUE(copy.head->ends_with("\r\n\r\n"));
}

TEST(Distribute, ADescriptionBeyondAsciiStandsInListIdAsEncodedWords) {
  lists::List list = tech();
  const auto list_id = [&] {
    const auto copy = list_copy(kMessage, list, 5);
    EXPECT_FALSE(copy.utf8);
    return mail::HeaderBlock::parse(*copy.head).find("List-Id")->unfolded();
  };
  list.description = "Neues f\xC3\xBCr die \"Mitglieder\"";
  EXPECT_EQ(list_id(), "=?utf-8?Q?Neues_f=C3=BCr_die_=22Mitglieder=22?= <tech.lists.example>");
  EXPECT_EQ(mail::decode_text(list_id()), list.description + " <tech.lists.example>");
  list.description = "=?utf-8?q?more?= <evil.example>";  // none decodes it to what it is not
  EXPECT_EQ(mail::decode_text(list_id()), list.description + " <tech.lists.example>");
  EXPECT_EQ(list_id().find("<evil"), std::string::npos);
  list.description = "";
  EXPECT_EQ(list_id(), "<tech.lists.example>");
}

TEST(Distribute, AFooterMayChangeWhatTheHeaderSaysOfTheBody) {
  lists::List list = tech();
  list.footer = "F\xC3\xBCr alle";
  const auto copy = list_copy("From: a@b.example\r\n\r\nHi\r\n", list, 5);
  EXPECT_EQ(*copy.body, "Hi\r\n\r\nF=C3=BCr alle\r\n");
  EXPECT_FALSE(copy.eight_bit);
  const auto block = mail::HeaderBlock::parse(*copy.head);
  EXPECT_EQ(block.find("Content-Type")->unfolded(), "text/plain; charset=utf-8");
  EXPECT_EQ(block.find("Content-Transfer-Encoding")->unfolded(), "quoted-printable");
}

TEST(Distribute, OneByOneWithPagesForMembersEachCopySaysItselfHowToLeave) {
  lists::List list = tech();
  const auto shared = list_copy(kMessage, list, 5, "https://lists.example/m");  // all in one
  EXPECT_EQ(shared.own, nullptr);
  const auto shared_block = mail::HeaderBlock::parse(*shared.head);
  EXPECT_EQ(shared_block.find("List-Unsubscribe")->unfolded(),
            "<mailto:tech-leave@lists.example>, <https://lists.example/m/l/tech@lists.example>");
  EXPECT_EQ(shared_block.count("List-Unsubscribe-Post"), 0U) << "no program may post to it (RFC 8058 3.1)";
  list.fan_out = lists::FanOut::individual;
  EXPECT_EQ(list_copy(kMessage, list, 5, "").own, nullptr);  // no pages
  for (const std::string& message : {kMessage, std::string(" no field\r\nFrom: a@b.example\r\n\r\nx\r\n"),
                                     std::string("\r\nx\r\n"), std::string()}) {
    const auto copy = list_copy(message, list, 5, "https://lists.example/m");
    ASSERT_NE(copy.own, nullptr);
    EXPECT_EQ(copy.own->before,
              "List-Unsubscribe: <mailto:tech-leave@lists.example>,\r\n"
              " <https://lists.example/m/u/");
    EXPECT_EQ(copy.own->behind, ">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
    const std::string head = copy.own->before + "T" + copy.own->behind + *copy.head;
    const auto block = mail::HeaderBlock::parse(head);
    EXPECT_EQ(block.count("List-Unsubscribe"), 1U);
    ASSERT_EQ(block.count("List-Unsubscribe-Post"), 1U);
    EXPECT_EQ(block.find("List-Unsubscribe-Post")->unfolded(), "List-Unsubscribe=One-Click");
    EXPECT_EQ(block.count("List-Id"), 1U);  // one header block, whatever the message was
  }
}

TEST(Distribute, SubjectPrefixAndReplyToAsConfigured) {
  lists::List list = tech();
  list.subject_prefix = "[tech] ";
  list.reply = lists::ReplyPolicy::list;
  list.post = lists::PostPolicy::nobody;
  list.archive_url = "https://lists.example/archive/tech";
  const auto copy = list_copy(kMessage, list, 5);
  const auto block = mail::HeaderBlock::parse(*copy.head);
  EXPECT_TRUE(block.find("Subject")->unfolded().starts_with("[tech] "));
  EXPECT_EQ(block.find("Reply-To")->unfolded(), "tech@lists.example");
  EXPECT_EQ(block.find("List-Post")->unfolded(), "NO");
  EXPECT_EQ(block.find("List-Archive")->unfolded(), "<https://lists.example/archive/tech>");
}

std::string reply_to(const std::string& message, const lists::List& list, std::int64_t audience) {
  const auto copy = list_copy(message, list, audience);
  const auto block = mail::HeaderBlock::parse(*copy.head);
  EXPECT_LE(block.count("Reply-To"), 1U);
  return block.find("Reply-To") ? block.find("Reply-To")->unfolded() : "none";
}

TEST(Distribute, RepliesToALargeListGoToTheAuthor) {
  lists::List list = tech();
  EXPECT_EQ(reply_to(kMessage, list, 500), "none");
  EXPECT_EQ(reply_to(kMessage, list, 501), "ann@example.org");
  EXPECT_EQ(reply_to("From: ann@example.org\r\nReply-To: desk@example.org\r\n\r\nx\r\n", list, 501),
            "desk@example.org");
  EXPECT_EQ(reply_to("From: ann@example.org, bob@example.org\r\n\r\nx\r\n", list, 501), "none");
  EXPECT_EQ(reply_to("From: \"A,\r\n B\" <\"a b\"@example.org>\r\n\r\nx\r\n", list, 501),
            "\"a b\"@example.org");
  list.guard.large_reply = storm::LargeReply::distribute;
  EXPECT_EQ(reply_to(kMessage, list, 501), "none");
  list.guard.large_reply = storm::LargeReply::hold;
  list.reply = lists::ReplyPolicy::list;
  EXPECT_EQ(reply_to(kMessage, list, 501), "tech@lists.example");
}

TEST(Distribute, EightBitBodiesAndHeadersAreKnown) {
  const lists::List list = tech();
  EXPECT_FALSE(list_copy(kMessage, list, 5).eight_bit);
  EXPECT_TRUE(list_copy("From: a@b.example\r\n\r\n\xc3\xa9\r\n", list, 5).eight_bit);
  EXPECT_FALSE(list_copy("From: a@b.example\r\n\r\n\xc3\xa9\r\n", list, 5).utf8);
  EXPECT_TRUE(list_copy("Subject: \xc3\xa9\r\n\r\nx\r\n", list, 5).utf8);
}

TEST(Distribute, MailForPeopleKeepsItsFields) {
  const auto copy = relayed_copy(kMessage, "tech-owner@lists.example");
  const auto block = mail::HeaderBlock::parse(*copy.head);
  EXPECT_EQ(block.find("List-Id")->unfolded(), "<other.example>");
  EXPECT_EQ(block.find("X-Loop")->unfolded(), "tech-owner@lists.example");
  EXPECT_EQ(*copy.body, kBody);
}

}  // namespace
}  // namespace breakwater::pipeline
