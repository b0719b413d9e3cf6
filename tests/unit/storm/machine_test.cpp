// The machine barrier, on mail as clients and programs really write it.
#include "storm/machine.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "mail/message.h"
#include "mail/own_text.h"

namespace breakwater::storm {
namespace {

std::string crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

std::optional<MachineSign> sign_of(std::string_view text, bool announcer = false) {
  const std::string message = crlf(text);
  const auto block = mail::HeaderBlock::parse(message);
  const auto* subject = block.find("Subject");
  return machine_sign(block, false, announcer, subject ? mail::readable(subject->body, 200) : "",
                      mail::own_text(message, 1000));
}

bool is_certain(std::string_view text, bool announcer = false) {
  const auto sign = sign_of(text, announcer);
  return sign && sign->certain;
}

bool is_soft(std::string_view text) {
  const auto sign = sign_of(text);
  return sign && !sign->certain;
}

TEST(MachineSign, OrdinaryMailHasNone) {
  EXPECT_FALSE(
      sign_of("From: Ann <ann@b.example>\nSubject: Lunch\nAuto-Submitted: no\nX-Mailer: Microsoft Outlook "
              "16.0\nThread-Index: Adx\nX-MS-Has-Attach: \nContent-Type: multipart/mixed; boundary=b\n"
              "Precedence: first-class\n\n--b\n\nIs it served?\n--b--\n"));
  EXPECT_FALSE(sign_of(""));
}

TEST(MachineSign, NullReversePath) {
  const auto block = mail::HeaderBlock::parse("From: a@b.example\r\n\r\nx");
  const auto sign = machine_sign(block, true, true, "", "x");
  ASSERT_TRUE(sign);
  EXPECT_TRUE(sign->certain);
}

// Answers, bounces and loops: whoever posts them.
TEST(MachineSign, AnswersAreCertainForAnnouncersToo) {
  for (const char* text : {
           // Exchange: out of office
           "Subject: Automatic reply: Test\nX-Auto-Response-Suppress: All\nX-MS-Exchange-Inbox-Rules-Loop: "
           "ann@b.example\nauto-submitted: auto-generated\n\nI am away.\n",
           // Exchange, a mailbox's rule
           "Subject: Test\nX-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\n\nx\n",
           // Gmail
           "Subject: On vacation Re: Test\nIn-Reply-To: <x@b.example>\nAuto-Submitted: "
           "auto-replied\nPrecedence: "
           "bulk\nX-Autoreply: yes\n\nBack on Monday.\n",
           // Zimbra
           "Subject: Out of Office\nAuto-Submitted: auto-replied (zimbra; vacation)\nPrecedence: bulk\n\nx\n",
           // Sieve
           "Subject: Auto: Test\nAuto-Submitted: auto-replied (vacation)\n\nx\n",
           // vacation(1)
           "Subject: away from my mail\nDelivered-By-The-Graces-Of: The Vacation program\nPrecedence: bulk\n"
           "Auto-Submitted: auto-replied; owner-email=\"ann@b.example\"\n\nx\n",
           // a mailbox with a return path that a front server wrote down
           "Return-Path: <>\nSubject: x\n\nx\n",
           // Postfix
           "From: MAILER-DAEMON@b.example (Mail Delivery System)\nSubject: Undelivered Mail Returned to "
           "Sender\n"
           "Content-Type: multipart/report; report-type=delivery-status; boundary=\"x\"\n\n--x--\n",
           // Exim
           "From: Mail Delivery System <Mailer-Daemon@b.example>\nSubject: Mail delivery failed\n"
           "X-Failed-Recipients: c@d.example\n\nx\n",
           // a read receipt
           "Subject: Read: Test\nContent-Type: multipart/report; report-type=disposition-notification; "
           "boundary=\"x\"\n\n--x--\n",
           "Subject: Read: Test\nContent-Type: message/disposition-notification\n\nx\n",
           // Outlook, old
           "Subject: Recall: Test\nContent-Class: urn:content-classes:recallmessage\n\nx\n",
           "Subject: x\nPrecedence: auto_reply\n\nx\n",
           "Subject: x\nX-Autorespond: Test\n\nx\n",
       }) {
    EXPECT_TRUE(is_certain(text)) << text;
    EXPECT_TRUE(is_certain(text, true)) << text;
  }
}

// What a program says of all its mail: refused, unless the list's file lets it post.
TEST(MachineSign, ProgramsMayPostWhereTheFileSaysSo) {
  for (const char* text :
       {"Subject: x\nAuto-Submitted: auto-generated\n\nx\n", "Subject: x\nAuto-Submitted: fancy\n\nx\n",
        "Subject: x\nX-Auto-Response-Suppress: OOF, AutoReply\n\nx\n", "Subject: x\nPrecedence: Bulk\n\nx\n",
        "Subject: x\nPrecedence: list\n\nx\n", "Subject: x\nList-Id: Other <other.b.example>\n\nx\n",
        "Subject: Cron <root@b>\nX-Cron-Env: <SHELL=/bin/sh>\n\nx\n"}) {
    EXPECT_TRUE(is_certain(text)) << text;
    EXPECT_FALSE(is_certain(text, true)) << text;
  }
}

TEST(MachineSign, ReasonsShowTheFieldInOneLine) {
  const auto sign = sign_of("Subject: x\nAuto-Submitted: auto-replied\n (rejected)\x01\x1b[2J\n\nx\n");
  ASSERT_TRUE(sign);
  EXPECT_EQ(sign->reason,
            "it is an automatic answer (Auto-Submitted: auto-replied (rejected)  [2J, RFC 3834)");
}

TEST(MachineSign, AbsenceNotesInTheirSubjects) {
  for (const char* subject : {"Automatic reply: Test",
                              "Out of Office: Test",
                              "OUT OF OFFICE",
                              "AUTO: Ann Meyer is out of the office",
                              "Automatische Antwort: Test",
                              "Abwesenheitsnotiz: Test",
                              "Réponse automatique : Test",
                              "Absence du bureau : Test",
                              "Respuesta automática: Test",
                              "Fuera de la oficina: Test",
                              "Resposta automática: Test",
                              "Risposta automatica: Test",
                              "Fuori ufficio",
                              "Automatisch antwoord: Test",
                              "Afwezig: Test",
                              "Automatiskt svar: Test",
                              "Automatisk svar: Test",
                              "Automaattinen vastaus: Test",
                              "Odpowiedź automatyczna: Test",
                              "Automatická odpověď: Test",
                              "Automatikus válasz: Test",
                              "Автоматический ответ: Test",
                              "Otomatik yanıt: Test",
                              "Αυτόματη απάντηση: Test",
                              "自动答复: Test",
                              "自動応答: Test",
                              "자동 회신: Test",
                              "رد تلقائي: Test",
                              "תשובה אוטומטית: Test",
                              "Re: Out of office: Test",
                              "[all] Automatic reply: Test"}) {
    EXPECT_TRUE(is_soft(std::string("Subject: ") + subject + "\n\nBack on Monday.\n")) << subject;
  }
}

TEST(MachineSign, AbsenceNotesInTheirFirstLines) {
  for (const char* text : {"Hello,\nI am out of the office until Monday.",
                           "Thank you for your mail. I'm out of the office.",
                           "Vielen Dank. Ich bin im Urlaub bis 21.11.",
                           "Ihre Nachricht wird nicht weitergeleitet.",
                           "Je suis actuellement absente.",
                           "Estoy de vacaciones hasta el lunes.",
                           "Estou de férias.",
                           "Sono in ferie fino al 21.",
                           "Ik ben afwezig tot maandag.",
                           "Jag har semester till måndag.",
                           "Jeg er på ferie.",
                           "Olen lomalla maanantaihin.",
                           "Jestem na urlopie.",
                           "Jsem na dovolené.",
                           "Я в отпуске до понедельника.",
                           "Yıllık izindeyim.",
                           "我目前不在办公室。",
                           "休暇中のため、不在にしております。",
                           "휴가 중입니다.",
                           "Απουσιάζω έως Δευτέρα.",
                           "Szabadságon vagyok."}) {
    EXPECT_TRUE(is_soft(std::string("Subject: Re: Test\n\n") + text + "\n")) << text;
  }
}

TEST(MachineSign, RecallsAndReceipts) {
  EXPECT_TRUE(is_soft("Subject: Recall: Budget\nThread-Index: Adx\n\nx\n"));
  EXPECT_TRUE(is_soft("Subject: x\n\nAnn Meyer would like to recall the message, \"Budget\".\n"));
  EXPECT_FALSE(sign_of("Subject: Recall: Toaster 2000\nX-Mailer: Mutt\n\nThe vendor takes them back.\n"));
  EXPECT_FALSE(sign_of("Subject: Recall of the toaster\nThread-Index: Adx\n\nx\n"));
  EXPECT_TRUE(is_soft("Subject: Gelesen: Budget\n\nx\n"));
  EXPECT_TRUE(is_soft("Subject: Accepted: Budget meeting\n\nx\n"));
  EXPECT_TRUE(is_soft("Subject: Budget\nContent-Type: text/calendar; method=REPLY\n\nx\n"));
  EXPECT_FALSE(sign_of("Subject: Read the manual\n\nx\n"));
}

TEST(MachineSign, PeopleWhoWriteAboutAbsenceFurtherDown) {
  EXPECT_FALSE(
      sign_of("Subject: Calendar server\n\nWe look for a server that shows absences.\nIt must run on "
              "Debian.\nWhich one do you use?\nThanks for all hints.\nAt present people write \"I am on "
              "vacation\" by hand.\n"));
  EXPECT_FALSE(sign_of("Subject: Office chairs\n\nHow are we to sit?\n"));
}

}  // namespace
}  // namespace breakwater::storm
