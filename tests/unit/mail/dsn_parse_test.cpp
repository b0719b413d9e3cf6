#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <string>
#include <vector>

#include "mail/dsn.h"
#include "mail/transfer_encoding.h"

namespace breakwater::mail {
namespace {

using testing::ElementsAre;

std::string crlf(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

// "recipient action status diagnostic" of each; the message is written with '\n'.
std::vector<std::string> read(const std::string& message) {
  const auto found = parse_dsn(crlf(message));
  if (!found) return {"no DSN"};
  std::vector<std::string> out;
  for (const auto& one : *found) {
    out.push_back(one.recipient + " " + one.action + " " + one.status + " " + one.diagnostic);
  }
  return out;
}

TEST(ParseDsn, Postfix) {
  EXPECT_THAT(
      read(R"(Return-Path: <>
Date: Sun, 22 Nov 2026 10:00:00 +0100 (CET)
From: MAILER-DAEMON@mail.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: list-bounces@lists.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="3C1F24012B.1795338000/mail.example.net"
Message-Id: <20261122090000.1A2B3C@mail.example.net>

This is a MIME-encapsulated message.

--3C1F24012B.1795338000/mail.example.net
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mail.example.net.

<bob@example.net>: unknown user: "bob"

--3C1F24012B.1795338000/mail.example.net
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.net
X-Postfix-Queue-ID: 3C1F24012B
X-Postfix-Sender: rfc822; list-bounces@lists.example
Arrival-Date: Sun, 22 Nov 2026 10:00:00 +0100 (CET)

Final-Recipient: rfc822; bob@example.net
Original-Recipient: rfc822;Bob@example.net
Action: failed
Status: 5.1.1
Diagnostic-Code: X-Postfix; unknown user: "bob"

Final-Recipient: rfc822; carol@example.net
Action: delayed
Status: 4.4.1
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 450 4.2.0 <carol@example.net>: try
    again later

--3C1F24012B.1795338000/mail.example.net
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Final-Recipient: rfc822; not@me.example

--3C1F24012B.1795338000/mail.example.net--
)"),
      ElementsAre("Bob@example.net failed 5.1.1 unknown user: \"bob\"",
                  "carol@example.net delayed 4.4.1 450 4.2.0 <carol@example.net>: try    again later"));
}

TEST(ParseDsn, Exchange) {
  EXPECT_THAT(
      read(R"(From: <postmaster@example.com>
To: <list-bounces@lists.example>
Subject: Undeliverable: hi
Content-Type: multipart/report; report-type=delivery-status;
	boundary="9B095B5ADSN=_01DC5B7A00000000EX01.example.com"
MIME-Version: 1.0

--9B095B5ADSN=_01DC5B7A00000000EX01.example.com
Content-Type: multipart/alternative; differences=Content-Type;
	boundary="fc2b8f2a-2b5e-4b8a"

--fc2b8f2a-2b5e-4b8a
Content-Type: text/plain; charset="us-ascii"

Delivery has failed to these recipients.

--fc2b8f2a-2b5e-4b8a--

--9B095B5ADSN=_01DC5B7A00000000EX01.example.com
Content-Type: message/delivery-status

Reporting-MTA: dns;EX01.example.com
Received-From-MTA: dns;mx.lists.example
Arrival-Date: Sun, 22 Nov 2026 09:00:00 +0000

Original-Recipient: RFC822;<bob@example.com>
Final-Recipient: RFC822;Bob@example.com
Action: Failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
X-Display-Name: Bob

--9B095B5ADSN=_01DC5B7A00000000EX01.example.com
Content-Type: message/rfc822

Subject: hi

--9B095B5ADSN=_01DC5B7A00000000EX01.example.com--
)"),
      ElementsAre(
          "bob@example.com failed 5.1.10 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found "
          "by SMTP address lookup"));
}

TEST(ParseDsn, Exim) {
  EXPECT_THAT(read(R"(X-Failed-Recipients: bob@example.org
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@exim.example>
Content-Type: multipart/report; report-type=delivery-status; boundary=1795338000-eximdsn-1738485420
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender

--1795338000-eximdsn-1738485420
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

--1795338000-eximdsn-1738485420
Content-type: message/delivery-status

Reporting-MTA: dns; exim.example

Action: failed
Final-Recipient: rfc822;bob@example.org
Status: 5.0.0
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 No such user here

--1795338000-eximdsn-1738485420
Content-type: message/rfc822

Return-path: <list-bounces@lists.example>
Subject: hi

--1795338000-eximdsn-1738485420--
)"),
              ElementsAre("bob@example.org failed 5.0.0 550 No such user here"));
}

// What is written on the status part, in a report with nothing else.
std::string report(const std::string& head, const std::string& status) {
  return "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n" + head +
         "\n" + status + "\n--b--\n";
}

TEST(ParseDsn, WhatServersGetWrong) {
  EXPECT_THAT(read(report("", "Final-Recipient: a@x.example\nAction: failed")),
              ElementsAre("a@x.example failed  "));
  EXPECT_THAT(
      read(report("",
                  "Reporting-MTA: dns; x\nFinal-Recipient: rfc822; a@x.example\nStatus: 5.1.1 (bad user)\n"
                  "Final-Recipient: rfc822; b@x.example\nStatus: 550")),
      ElementsAre("a@x.example  5.1.1 ", "b@x.example   "));
  EXPECT_THAT(
      read(report("", "\n\n\nReporting-MTA: dns; x\n\n\n \nFinal-Recipient : rfc822 ; a@x.example\n\n")),
      ElementsAre("a@x.example   "));
  EXPECT_THAT(read(report("Content-Transfer-Encoding: base64\n",
                          encode_base64("A: b\n\nFinal-Recipient: rfc822; a@x.example\nAction: failed\n"))),
              ElementsAre("a@x.example failed  "));
  EXPECT_THAT(read(report("Content-Transfer-Encoding: quoted-printable\n",
                          "Final-Recipient: rfc822; a=40x.exa=\nmple\n")),
              ElementsAre("a@x.example   "));
  EXPECT_THAT(
      read(report("", "Final-Recipient: utf-8; j\\x{F6}rg@x.example\nDiagnostic-Code: 550 no: you; really")),
      ElementsAre("j\xC3\xB6rg@x.example   550 no: you; really"));
  EXPECT_THAT(read(report("", "Final-Recipient: utf-8; \\x{D800}\\x{}\\x{0A}\\x{12345678}\\x{zz}@x")),
              ElementsAre("\\x{D800}\\x{} \\x{12345678}\\x{zz}@x   "));
  EXPECT_THAT(read(report("", "Reporting-MTA: dns; x")), ElementsAre());
}

TEST(ParseDsn, WhatIsNone) {
  EXPECT_THAT(read("Subject: hi\n\nFinal-Recipient: rfc822; a@x\n"), ElementsAre("no DSN"));
  EXPECT_THAT(read(""), ElementsAre("no DSN"));
  EXPECT_THAT(read("Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n"
                   "Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; a@x\n--b--\n"),
              ElementsAre("no DSN"));
  // A report that somebody forwards is not about our members.
  EXPECT_THAT(read("Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: message/rfc822\n\n" +
                   report("", "Final-Recipient: rfc822; a@x\nAction: failed") + "--o--\n"),
              ElementsAre("no DSN"));
}

// security.md, exhaustion and odd bytes.
TEST(ParseDsn, IsBounded) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n";
  EXPECT_FALSE(parse_dsn(deep + "Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: a@x\r\n"));
  std::string nested = "Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: a@x\r\n";
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(parse_dsn(nested).has_value(), i <= 10) << i;
    const std::string boundary = "b" + std::to_string(i);
    nested = "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n" +
             nested + "\r\n--" + boundary + "--\r\n";
  }
  std::string parts = "Content-Type: multipart/report; boundary=b\r\n\r\n";
  for (int i = 0; i < 1'000'000; ++i) parts += "--b\r\n\r\n";
  EXPECT_FALSE(
      parse_dsn(parts + "--b\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: a@x\r\n"));
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "Final-Recipient: rfc822; a@x.example\n\n";
  EXPECT_EQ(read(report("", many)).size(), 1000U);
  const auto odd = read(report("", "Final-Recipient: rfc822; a\x1B[2J@x\nDiagnostic-Code: smtp; \x01\xFF" +
                                       std::string(100'000, 'd') + "\n " + std::string(100'000, 'e')));
  ASSERT_EQ(odd.size(), 1U);
  EXPECT_LT(odd[0].size(), 2200U);
  EXPECT_THAT(odd[0], testing::StartsWith("a [2J@x    \xEF\xBF\xBD"
                                          "ddd"));
}

TEST(ParseDsn, AnyBytes) {
  EXPECT_TRUE(rc::check("what is found is one line each, within the limits", [] {
    const auto piece = rc::gen::element<std::string>(
        "Content-Type: multipart/report; boundary=b\r\n", "Content-Type: message/delivery-status\r\n", "\r\n",
        "--b\r\n", "--b--\r\n", "Final-Recipient: rfc822; a@x\r\n", "Original-Recipient: utf-8;\\x{", "}",
        "Status: 5.", "1.1", ":", "Action: f\r\n", "\n", " ", "\xFF", "Diagnostic-Code: ", ";",
        "Content-Transfer-Encoding: base64\r\n");
    std::string message =
        *rc::gen::element<std::string>("", "Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n");
    for (const auto& one : *rc::gen::container<std::vector<std::string>>(piece)) message += one;
    const auto found = parse_dsn(message);
    if (!found) return;
    for (const auto& one : *found) {
      RC_ASSERT(!one.recipient.empty());
      RC_ASSERT((one.recipient + one.action + one.status + one.diagnostic).find_first_of("\r\n") ==
                std::string::npos);
    }
  }));
}

}  // namespace
}  // namespace breakwater::mail
