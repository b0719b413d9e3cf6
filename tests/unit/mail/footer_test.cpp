#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <string>

#include "mail/message.h"
#include "mail/multipart.h"

namespace breakwater::mail {
namespace {

const std::string kFooter = "_____\nlist footer\n";
const std::string kUtf8Footer =
    "K\xC3\xBC"
    "che\n";

std::string with(const std::string& message, std::string_view footer = kFooter) {
  return with_footer(HeaderBlock::parse(message), footer).value_or("(none)");
}

TEST(Footer, PlainText) {
  EXPECT_EQ(with("Subject: x\r\n\r\nHello\r\n"), "Hello\r\n_____\r\nlist footer\r\n");
  EXPECT_EQ(with("Subject: x\r\n\r\nHello"), "Hello\r\n_____\r\nlist footer\r\n");
  EXPECT_EQ(with("Subject: x\r\n\r\n"), "_____\r\nlist footer\r\n");
  EXPECT_EQ(with("Content-Type: TEXT/Plain; charset=\"UTF-8\"\r\nContent-Transfer-Encoding: "
                 "8bit\r\n\r\nJ\xC3\xB6\r\n",
                 kUtf8Footer),
            "J\xC3\xB6\r\nK\xC3\xBC"
            "che\r\n");
  EXPECT_EQ(
      with("Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nJ\xF6\r\n",
           "f"),
      "J\xF6\r\nf\r\n");
  EXPECT_EQ(with("Content-Type: text/plain (c); charset=us-ascii (d)\r\n\r\nHi\r\n", "f"), "Hi\r\nf\r\n");
}

TEST(Footer, QuotedPrintable) {
  const std::string head =
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\n";
  EXPECT_EQ(with(head + "J=C3=B6rg\r\n", kUtf8Footer), "J=C3=B6rg\r\nK=C3=BCche\r\n");
  EXPECT_EQ(with(head + "soft=\r\n"), "(none)");
}

TEST(Footer, FlowedTextDoesNotFlowIntoIt) {
  const std::string head = "Content-Type: text/plain; format=flowed\r\n\r\n";
  EXPECT_EQ(with(head + "flows \r\n", "> f"), "flows \r\n\r\n > f\r\n");
  EXPECT_EQ(with(head + "stands\r\n", "f"), "stands\r\nf\r\n");
}

const std::string kMixed =
    "Content-Type: multipart/mixed; boundary=\"b 1\"\r\n\r\n"
    "preamble\r\n--b 1\r\n\r\nfirst\r\n--b 1x\r\n\r\n--b 1 \r\n\r\nlast\r\n--b 1--\r\nepilogue\r\n--b "
    "1--\r\n";

TEST(Footer, LastPartOfMixedBeforeTheClosingBoundary) {
  EXPECT_EQ(with(kMixed, "f"),
            "preamble\r\n--b 1\r\n\r\nfirst\r\n--b 1x\r\n\r\n--b 1 \r\n\r\nlast\r\n"
            "--b 1\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: "
            "7bit\r\n\r\nf\r\n\r\n"
            "--b 1--\r\nepilogue\r\n--b 1--\r\n");
  const std::string utf8 = with(kMixed, kUtf8Footer);
  EXPECT_NE(utf8.find("charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nK=C3=BCche"),
            std::string::npos);
}

TEST(Footer, ASignedPartWithinMixedKeepsItsBytes) {
  const std::string inner =
      "Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\ntext\r\n--s\r\n\r\nsig\r\n--s--";
  const std::string message =
      "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n" + inner + "\r\n--m--\r\n";
  const auto out = with_footer(HeaderBlock::parse(message), kFooter);
  ASSERT_TRUE(out);
  const Layout layout = split_multipart(*out, "m", 10);
  ASSERT_EQ(layout.parts.size(), 2U);
  EXPECT_EQ(layout.parts[0], inner);
}

TEST(Footer, NotWhereItWouldBreakTheMessage) {
  const auto none = [](const std::string& head, const std::string& body, std::string_view footer = kFooter) {
    EXPECT_EQ(with(head + "\r\n\r\n" + body, footer), "(none)") << head;
  };
  none("Content-Type: multipart/signed; boundary=b", "--b\r\n\r\nx\r\n--b--\r\n");
  none("Content-Type: multipart/encrypted; boundary=b", "--b\r\n\r\nx\r\n--b--\r\n");
  none("Content-Type: multipart/alternative; boundary=b", "--b\r\n\r\nx\r\n--b--\r\n");
  none("Content-Type: multipart/mixed; boundary=b", "--b\r\n\r\nx\r\n");  // not closed
  none("Content-Type: multipart/mixed; boundary=b", "x\r\n--b--\r\n");    // no part
  none("Content-Type: multipart/mixed", "--b\r\n\r\nx\r\n--b--\r\n");
  none("Content-Type: multipart/mixed; boundary=b; boundary=c", "--b\r\n\r\nx\r\n--b--\r\n");
  none("Content-Type: multipart/mixed; boundary=\"b\"x", "--b\r\n\r\nx\r\n--b--\r\n");
  none("Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64",
       "--b\r\n\r\nx\r\n--b--\r\n");
  none("Content-Type: multipart/mixed; boundary=f", "--f\r\n\r\nx\r\n--f--\r\n", "a\n--f\n");
  none("Content-Type: text/html", "<p>x");
  none("Content-Type: application/pkcs7-mime", "x");
  none("Content-Type: text/plain\r\nContent-Type: text/html", "x");
  none("Content-Type: text/plain; charset=utf-16", "x");
  none("Content-Type: text/plain; charset=iso-2022-jp", "x");
  none("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64", "eA==");
  none("Content-Type: text/plain\r\nContent-Transfer-Encoding: x-uuencode", "x");
  none("Content-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\nContent-Transfer-Encoding: base64",
       "x");
  none("Content-Type: text/plain\r\nContent-Disposition: attachment; filename=x", "x");
  none("Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 8bit", "x", kUtf8Footer);
  none("Content-Type: text/plain; charset=utf-8", "x", kUtf8Footer);  // 7bit
  none("Content-Type: text", "x");
  none("Subject: x", "y", std::string(1000, 'l'));
  none("Subject: x", "y", "");
  none("Subject: x", "y", "\xFF");
  none("Subject: x\nBcc: y", "z");
  EXPECT_EQ(with("Subject: x\r\nno field\r\n\r\nbody"), "(none)");
}

TEST(Footer, TheBodysOwnBytesStay) {
  EXPECT_TRUE(rc::check("the result is the body with the footer put in at one place", [] {
    const auto piece =
        rc::gen::element<std::string>("--b", "--b--", "--b-", "--", "\r\n", "\r\n--b\r\n", "\r\n--b--\r\n",
                                      "x", " ", "\r", "\n", "=", "\xC3\xB6", "-", "--bb\r\n", "\t");
    std::string body;
    for (const auto& one : *rc::gen::container<std::vector<std::string>>(piece)) body += one;
    const std::string type = *rc::gen::element<std::string>(
        "text/plain", "text/plain; format=flowed",
        "text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable",
        "multipart/mixed; boundary=b", "multipart/mixed; boundary=\"-\"", "multipart/mixed; boundary=bb");
    const std::string message = "Content-Type: " + type + "\r\n\r\n" + body;
    const auto block = HeaderBlock::parse(message);
    const auto out = with_footer(block, kFooter);
    if (!out) return;
    const std::size_t added = out->size() - body.size();
    RC_ASSERT(out->find("list footer") != std::string::npos);
    if (!type.starts_with("multipart")) {
      RC_ASSERT(out->starts_with(body));
      return;
    }
    const auto boundary = content_type_of(block).parameter("boundary");
    const Layout before = split_multipart(body, boundary, 1000);
    const Layout after = split_multipart(*out, boundary, 1000);
    RC_ASSERT(out->substr(0, before.closing) + out->substr(before.closing + added) == body);
    RC_ASSERT(after.parts.size() == before.parts.size() + 1);
    for (std::size_t at = 0; at < before.parts.size(); ++at) RC_ASSERT(after.parts[at] == before.parts[at]);
  }));
}

TEST(Multipart, LinearOnHostileBodies) {
  std::string delimiters;
  for (int i = 0; i < 1'000'000; ++i) delimiters += "--b\r\n";
  EXPECT_EQ(split_multipart(delimiters, "b", 100).parts.size(), 100U);
  const std::string dashes(10'000'000, '-');
  EXPECT_TRUE(split_multipart(dashes, std::string(70, '-'), 100).parts.empty());
  std::string ends;
  for (int i = 0; i < 5'000'000; ++i) ends += "\r\n";
  EXPECT_TRUE(split_multipart(ends, "b", 100).parts.empty());
}

}  // namespace
}  // namespace breakwater::mail
