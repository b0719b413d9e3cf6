// A digest as one text (RFC 1153): as it is written, and parted again by the rule of the RFC.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "mail/digest.h"
#include "mail/header_block.h"
#include "mail/own_text.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

const DigestFacts kFacts{"all-owner@lists.example", "all@lists.example", "All Digest, 22 Nov 2026",
                         "In this mail:\n\n  1. Re: test\n" + std::string(70, '-') + "\n", "mx.example"};

std::string digest(const std::vector<std::string>& messages) {
  return compose_plain_digest(kFacts, messages, from_ms(0), 35);
}

std::string text_of(const std::string& mail) { return whole_text(mail).text; }

// As a program does that bursts it: what stands between two separators.
std::vector<std::string> burst(const std::string& text) {
  const std::string below_contents = "\n\n" + std::string(70, '-') + "\n\n";
  const std::string between = "\n\n" + std::string(30, '-') + "\n\n";
  std::vector<std::string> found;
  std::size_t at = text.find(below_contents);
  if (at == std::string::npos) return found;
  at += below_contents.size();
  for (std::size_t end = 0; (end = text.find(between, at)) != std::string::npos; at = end + between.size()) {
    found.push_back(text.substr(at, end - at));
  }
  found.push_back(text.substr(at));
  return found;
}

TEST(APlainDigest, is_one_text) {
  EXPECT_EQ(digest({"X-Mailer: y\r\nFrom: Ann <ann@example.org>\r\nDate: Sun, 22 Nov 2026 16:01:10 +0000\r\n"
                    "Subject: Re: test\r\nBcc: secret@example.org\r\nMessage-ID: <1@example.org>\r\n\r\n"
                    "Please stop  \r\n\r\n> this\r\n\r\n",
                    "\r\n"}),
            "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n"
            "From: all-owner@lists.example\r\n"
            "To: all@lists.example\r\n"
            "Subject: All Digest, 22 Nov 2026\r\n"
            "Message-ID: <0.z@mx.example>\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=us-ascii\r\n"
            "Content-Transfer-Encoding: 7bit\r\n"
            "\r\n"
            "All Digest, 22 Nov 2026\r\n"
            "Thu, 1 Jan 1970 00:00:00 +0000\r\n"
            "\r\n"
            "In this mail:\r\n"
            "\r\n"
            "  1. Re: test\r\n"
            " ----------------------------------------------------------------------\r\n"
            "\r\n"
            "----------------------------------------------------------------------\r\n"
            "\r\n"
            "Date: Sun, 22 Nov 2026 16:01:10 +0000\r\n"
            "From: Ann <ann@example.org>\r\n"
            "Subject: Re: test\r\n"
            "Message-ID: <1@example.org>\r\n"
            "\r\n"
            "Please stop\r\n"
            "\r\n"
            "> this\r\n"
            "\r\n"
            "------------------------------\r\n"
            "\r\n"
            "\r\n"
            "\r\n"
            "------------------------------\r\n"
            "\r\n"
            "End of All Digest, 22 Nov 2026\r\n"
            "******************************\r\n");
}

TEST(APlainDigest, has_the_text_of_any_charset_and_says_what_it_leaves_out) {
  const std::string text = text_of(
      digest({"Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
              "Content-Transfer-Encoding: quoted-printable\r\n\r\nsch=F6n\r\n",
              "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: "
              "text/html\r\n\r\n<p>Hello<br>you</p>\r\n"
              "--b\r\nContent-Type: application/pdf; name=Plan.pdf\r\n\r\nx\r\n--b--\r\n",
              "Subject: long\r\n\r\n" + std::string(100'000, 'x') + "\r\n"}));
  EXPECT_NE(text.find("Subject: Gr\u00FC\u00DFe\n"), std::string::npos);
  EXPECT_NE(text.find("\nsch\u00F6n\n"), std::string::npos);
  EXPECT_NE(text.find("\nHello\nyou\n"), std::string::npos);
  EXPECT_NE(text.find("\n[left out: application/pdf, plan.pdf]\n"), std::string::npos);
  // The digest's own text is longer than what whole_text() reads of one: looked for in the mail itself.
  EXPECT_NE(digest({"Subject: long\r\n\r\n" + std::string(100'000, 'x') + "\r\n"})
                .find("[left out: the rest of this text]"),
            std::string::npos);
}

TEST(APlainDigest, of_a_text_with_separators_is_parted_where_it_was_joined) {
  const std::string mean = "Subject: mean\r\n\r\none\r\n\r\n" + std::string(30, '-') +
                           "\r\n\r\nFrom: boss@example.org\r\n" + "\r\n" + std::string(70, '-') +
                           "\r\n\r\ntwo\r\n";
  const auto parts = burst(text_of(digest({mean, "Subject: b\r\n\r\nx\r\n"})));
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_TRUE(parts[0].starts_with("Subject: mean\n\none\n\n " + std::string(30, '-')));
  EXPECT_EQ(parts[1], "Subject: b\n\nx");
  EXPECT_TRUE(parts[2].starts_with("End of "));
}

TEST(APlainDigest, has_as_many_parts_as_messages_whatever_they_say) {
  rc::check([](const std::vector<std::string>& drawn) {
    const std::vector<std::string> pieces = {
        "a",  "\r\n", std::string(30, '-'), "\r\n\r\n",          std::string(70, '-'), " ",
        "\r", "\n",   "\xE2\x80\xA8",       std::string(1, '\0')};
    std::vector<std::string> messages;
    for (const std::string& one : drawn) {
      std::string message = "Subject: x\r\n\r\n";
      for (const char c : one) message += pieces[static_cast<unsigned char>(c) % pieces.size()];
      messages.push_back(message);
    }
    const std::string mail = digest(messages);
    RC_ASSERT(valid_utf8(mail));
    const std::string text = text_of(mail);
    if (text.size() < 60'000) RC_ASSERT(burst(text).size() == messages.size() + 1);
  });
}

}  // namespace
}  // namespace breakwater::mail
