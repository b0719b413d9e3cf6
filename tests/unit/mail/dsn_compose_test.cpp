#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <string>

#include "mail/dsn.h"
#include "mail/message.h"
#include "mail/multipart.h"
#include "mail/text_part.h"
#include "mail/transfer_encoding.h"

namespace breakwater::mail {
namespace {

DeliveryReport sample() {
  DeliveryReport report;
  report.reporting_mta = "mx.lists.example";
  report.to = "ann@example.org";
  report.envid = "QQ+2B314";
  report.arrived = from_ms(0);
  report.recipients = {{"bob@example.net", "rfc822;bob+2Btag@example.net", "5.1.1", "550 5.1.1 no such user",
                        "mx.example.net"},
                       {"eve@example.com", "", "what", "", ""}};
  report.original_head = "From: ann@example.org\r\nSubject: hi\r\n";
  report.subject = "Undelivered mail returned to sender";
  report.text = "Your message could not be delivered to\n\n<bob@example.net>\n    mx.example.net said no\n";
  return report;
}

TEST(ComposeDsn, IsTheReportOfRfc3464) {
  const std::string message = compose_dsn(sample(), from_ms(1000), 0xABCD);
  std::string shown;
  for (const char c : message) {
    if (c != '\r') shown += c;
  }
  EXPECT_EQ(shown, R"(Date: Thu, 1 Jan 1970 00:00:01 +0000
From: Mail Delivery System <MAILER-DAEMON@mx.lists.example>
To: ann@example.org
Subject: Undelivered mail returned to sender
Message-ID: <rs.xxp@mx.lists.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="=_CDAB"

--=_CDAB
Content-Type: text/plain; charset=us-ascii
Content-Transfer-Encoding: 7bit

Your message could not be delivered to

<bob@example.net>
    mx.example.net said no

--=_CDAB
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.lists.example
Original-Envelope-Id: QQ+314
Arrival-Date: Thu, 1 Jan 1970 00:00:00 +0000

Original-Recipient: rfc822; bob+tag@example.net
Final-Recipient: rfc822; bob@example.net
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550 5.1.1 no such user

Final-Recipient: rfc822; eve@example.com
Action: failed
Status: 5.0.0

--=_CDAB
Content-Type: text/rfc822-headers
Content-Transfer-Encoding: 7bit

From: ann@example.org
Subject: hi

--=_CDAB--
)");
  EXPECT_EQ(with_crlf(shown), message);
}

TEST(ComposeDsn, IsReadAgain) {
  const auto found = parse_dsn(compose_dsn(sample(), from_ms(1000), 7));
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ((*found)[0].recipient, "bob+tag@example.net");
  EXPECT_EQ((*found)[0].action, "failed");
  EXPECT_EQ((*found)[0].status, "5.1.1");
  EXPECT_EQ((*found)[0].diagnostic, "550 5.1.1 no such user");
  EXPECT_EQ((*found)[1].recipient, "eve@example.com");
  EXPECT_EQ((*found)[1].status, "5.0.0");
}

TEST(ComposeDsn, AddressesAndHeadersBeyondAsciiTravelInSevenBits) {
  DeliveryReport report = sample();
  report.recipients = {
      {"j\xC3\xB6rg@example.net", "utf-8;j\\x{F6}rg@example.net", "5.1.1", "550 unbekannt: J\xC3\xB6rg", ""}};
  report.original_head =
      "Subject: Gr\xC3\xBC\xC3\x9F"
      "e\r\nX: \xFF\r\n";
  const std::string message = compose_dsn(report, from_ms(0), 1);
  EXPECT_FALSE(has_eight_bit(message));
  const auto found = parse_dsn(message);
  ASSERT_TRUE(found && found->size() == 1U);
  EXPECT_EQ(found->front().recipient, "j\xC3\xB6rg@example.net");
  const auto block = HeaderBlock::parse(message);
  const Layout layout = split_multipart(block.body(), content_type_of(block).parameter("boundary"), 10);
  ASSERT_EQ(layout.parts.size(), 3U);
  EXPECT_EQ(decode_quoted_printable(HeaderBlock::parse(layout.parts[2]).body()),
            std::string(report.original_head) + "\r\n");
}

TEST(ComposeDsn, ReturnsAllOfTheOriginalWhereThatWasAskedFor) {
  struct Case {
    std::string original;
    bool whole;
    const char* encoding;
  };
  const std::string head = "Subject: hi\r\n\r\n";
  const std::string line = std::string(78, 'x') + "\r\n";
  std::string large = head;
  while (large.size() <= std::size_t{100} * 1024) large += line;
  for (const auto& [original, whole, encoding] :
       {Case{head + "Good morning.\r\n--=_07--\r\n", true, "7bit"},
        Case{head + "Gr\xC3\xBC\xC3\x9F Gott.\r\n", true, "8bit"}, Case{large, false, "7bit"},
        Case{"Subject: Gr\xC3\xBC\r\n\r\nhi\r\n", false, "quoted-printable"}}) {
    DeliveryReport report = sample();
    report.original = original;
    report.original_head = HeaderBlock::parse(original).head();
    const std::string message = compose_dsn(report, from_ms(0), 7);
    const auto block = HeaderBlock::parse(message);
    const Layout layout = split_multipart(block.body(), content_type_of(block).parameter("boundary"), 10);
    ASSERT_EQ(layout.parts.size(), 3U);
    const auto last = HeaderBlock::parse(layout.parts[2]);
    EXPECT_EQ(content_type_of(last).type, whole ? "message/rfc822" : "text/rfc822-headers");
    EXPECT_THAT(std::string(last.head()), testing::HasSubstr(encoding));
    if (whole) EXPECT_EQ(std::string(last.body()) + "\r\n", original + "\r\n");
    // RFC 2045 6.4: what holds 8bit parts says so.
    const bool says = std::string(block.head()).find("Transfer-Encoding: 8bit") != std::string::npos;
    EXPECT_EQ(says, has_eight_bit(message));
    EXPECT_EQ(parse_dsn(message)->size(), 2U);
  }
}

// security.md, injection: DSN text.
TEST(ComposeDsn, KeepsItsShapeWhateverItIsGiven) {
  EXPECT_TRUE(rc::check("three parts, one group a recipient", [](const std::string& a, const std::string& b,
                                                                 const std::string& c) {
    const std::string evil = a + "\r\n\r\n--=_01\r\nX-Evil: " + b;
    DeliveryReport report = sample();
    report.envid = evil;
    report.to = report.subject = report.text = evil;
    report.reporting_mta = "mx\r\nX-Evil: 1";
    report.recipients = {{"bob@example.net", "rfc822;" + evil, "5.1.1\r\nX", evil, evil},
                         {"eve@example.net", c, evil, evil, evil}};
    const std::string head = evil + "\r\n--=_01--\r\n";
    report.original_head = head;
    const std::string message = compose_dsn(report, from_ms(0), 1);
    const auto block = HeaderBlock::parse(message);
    RC_ASSERT(!block.malformed());
    RC_ASSERT(block.fields().size() == 8U);
    const Layout layout = split_multipart(block.body(), content_type_of(block).parameter("boundary"), 10);
    RC_ASSERT(layout.parts.size() == 3U);
    RC_ASSERT(layout.closing != std::string_view::npos);
    const auto found = parse_dsn(message);
    RC_ASSERT(found.has_value());
    RC_ASSERT(found->size() == 2U);
    RC_ASSERT(found->front().action == "failed");
  }));
}

TEST(ComposeDsn, ReturnsABoundedHeader) {
  std::string head;
  for (int i = 0; i < 100'000; ++i) head += "X-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
  DeliveryReport report = sample();
  report.original_head = head;
  EXPECT_LT(compose_dsn(report, from_ms(0), 1).size(), 70'000U);
}

TEST(ComposeDsn, ASuccessIsNamedAsOneAndReadsBackAsOne) {
  for (const auto& [action, name] :
       {std::pair(Action::delivered, "delivered"), std::pair(Action::expanded, "expanded")}) {
    DeliveryReport report;
    report.action = action;
    report.reporting_mta = "mail.example";
    report.to = "ann@example.org";
    report.recipients.push_back({"tech@lists.example", "", "5.1.1", "", ""});
    const auto read = parse_dsn(compose_dsn(report, from_ms(1'700'000'000'000), 7));
    ASSERT_TRUE(read);
    ASSERT_EQ(read->size(), 1U);
    EXPECT_EQ(read->front().action, name);
    EXPECT_EQ(read->front().status, "2.0.0");
    EXPECT_EQ(read->front().recipient, "tech@lists.example");
  }
}

}  // namespace
}  // namespace breakwater::mail
