#include "mail/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <set>
#include <string>

#include "mail/address.h"
#include "mail/encoded_word.h"
#include "mail/transfer_encoding.h"

namespace breakwater::mail {
namespace {

TEST(Date, IsRfc5322InUtc) {
  EXPECT_EQ(format_date(from_ms(0)), "Thu, 1 Jan 1970 00:00:00 +0000");
  EXPECT_EQ(format_date(from_ms(951'868'799'999)), "Tue, 29 Feb 2000 23:59:59 +0000");
  EXPECT_EQ(format_date(from_ms(1'795'352'286'000)), "Sun, 22 Nov 2026 12:58:06 +0000");
  EXPECT_EQ(format_date(from_ms(-1)), "Wed, 31 Dec 1969 23:59:59 +0000");
}

TEST(MessageIdField, IsOneWellFormedIdWhateverTheDomain) {
  EXPECT_EQ(make_message_id(from_ms(36), 35, "lists.example"), "<10.z@lists.example>");
  EXPECT_EQ(make_message_id(from_ms(36), 35, "li>\r\nsts.example"), "<10.z@lists.example>");
  std::set<std::string> ids;
  for (std::uint64_t entropy = 0; entropy < 1000; ++entropy)
    ids.insert(make_message_id(from_ms(1), entropy, "x"));
  EXPECT_EQ(ids.size(), 1000U);
}

TEST(EightBit, IsSeenAtEveryPlace) {
  for (std::size_t size = 0; size < 40; ++size) {
    std::string text(size, 'a');
    EXPECT_FALSE(has_eight_bit(text));
    for (std::size_t at = 0; at < size; ++at) {
      text[at] = '\x80';
      EXPECT_TRUE(has_eight_bit(text));
      text[at] = 'a';
    }
  }
}

TEST(ANotice, IsAMessageThatAsksForNoAnswer) {
  Notice notice;
  notice.from = "list-request@lists.example";
  notice.to = "Ann <ann@example.org>";
  notice.subject = "Welcome";
  notice.text = "Hello\nworld";
  const std::string message = compose_notice(notice, from_ms(0), 35, "mx.example");
  EXPECT_EQ(message,
            "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n"
            "From: list-request@lists.example\r\n"
            "To: Ann <ann@example.org>\r\n"
            "Subject: Welcome\r\n"
            "Message-ID: <0.z@mx.example>\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=us-ascii\r\n"
            "Content-Transfer-Encoding: 7bit\r\n"
            "\r\n"
            "Hello\r\nworld\r\n");
}

TEST(ANotice, GoesAnywhereInSevenBits) {
  Notice notice;
  notice.from =
      "K\xC3\xBC"
      "che <list-request@lists.example>";
  notice.to =
      "=?iso-8859-1?Q?J=F6rg?= <j@b\xC3\xBC"
      "cher.example>";
  notice.subject =
      "Gr\xC3\xBC\xC3\x9F"
      "e";
  notice.text = "Hallo J\xC3\xB6rg,\n.\nFrom here\n" + std::string(2000, 'x');
  notice.auto_submitted = "auto-replied";
  notice.in_reply_to = "<1@example.org>";
  const std::string message = compose_notice(notice, from_ms(0), 1, "mx.example");
  EXPECT_FALSE(has_eight_bit(message));
  const auto block = HeaderBlock::parse(message);
  EXPECT_FALSE(block.malformed());
  EXPECT_EQ(block.find("To")->unfolded(), "=?utf-8?Q?J=C3=B6rg?= <j@xn--bcher-kva.example>");
  EXPECT_EQ(readable(block.find("Subject")->body, 100), notice.subject);
  EXPECT_EQ(block.find("In-Reply-To")->unfolded(), "<1@example.org>");
  EXPECT_EQ(block.find("Content-Transfer-Encoding")->unfolded(), "quoted-printable");
  EXPECT_EQ(decode_quoted_printable(block.body()),
            "Hallo J\xC3\xB6rg,\r\n.\r\nFrom here\r\n" + std::string(2000, 'x') + "\r\n");
  notice.text = "こんにちは\n";
  const std::string japanese = compose_notice(notice, from_ms(0), 1, "mx.example");
  EXPECT_EQ(decode_base64(HeaderBlock::parse(japanese).body()), "こんにちは\r\n");
}

// security.md, injection: one header at the sink.
TEST(ANotice, KeepsItsShapeWhateverItIsGiven) {
  EXPECT_TRUE(
      rc::check("any strings", [](const std::string& from, const std::string& to, const std::string& subject,
                                  const std::string& text, const std::string& id) {
        Notice notice{"\r\nX-A: 1\r\n\r\n" + from,
                      to + "\r\nX-B: 1",
                      subject + "\r\nX-C: 1",
                      text,
                      "auto-generated",
                      "<\r\n" + id};
        const std::string message = compose_notice(notice, from_ms(0), 1, "mx.example");
        const auto block = HeaderBlock::parse(message);
        RC_ASSERT(!block.malformed());
        RC_ASSERT(block.fields().size() == 11U);
        RC_ASSERT(block.count("X-A") + block.count("X-B") + block.count("X-C") == 0U);
      }));
}

}  // namespace
}  // namespace breakwater::mail
