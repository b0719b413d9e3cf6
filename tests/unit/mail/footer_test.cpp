#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <string>

#include "footer_flaw.h"
#include "mail/charset.h"
#include "mail/message.h"
#include "mail/multipart.h"
#include "mail/transfer_encoding.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

const std::string kFooter = "_____\nlist footer\n";
const std::string kUtf8Footer =
    "K\xC3\xBC"
    "che\n";

std::string with(const std::string& message, std::string_view footer = kFooter) {
  const auto block = HeaderBlock::parse(message);
  HeaderEdit edit(block);
  const auto out = with_footer(block, footer, edit);
  if (!out) EXPECT_EQ(edit.render(), HeaderEdit(block).render());
  return out.value_or("(none)");
}

// With the header.
std::string whole(const std::string& message, std::string_view footer = kUtf8Footer) {
  const auto block = HeaderBlock::parse(message);
  HeaderEdit edit(block);
  const auto out = with_footer(block, footer, edit);
  return out ? edit.render() + *out : "(none)";
}

// A message as a reader takes it: its text in UTF-8, of a multipart the parts' with "|" between.
std::string read(const std::string& entity) {
  const auto block = HeaderBlock::parse(entity);
  const ContentType type = content_type_of(block);
  if (type.is_multipart()) {
    std::string out;
    for (const auto part : split_multipart(block.body(), type.parameter("boundary"), 10).parts)
      out += (out.empty() ? "" : "|") + read(std::string(part));
    return out;
  }
  return to_utf8(decoded_body(block), charset_of(type)).value_or("(no text)");
}

std::string text_message(const std::string& charset, const std::string& encoding, const std::string& body) {
  return "MIME-Version: 1.0\r\nContent-Type: text/plain" + (charset.empty() ? "" : "; charset=" + charset) +
         "\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n" + body;
}

TEST(Footer, PlainText) {
  EXPECT_EQ(with("Subject: x\r\n\r\nHello\r\n"), "Hello\r\n\r\n_____\r\nlist footer\r\n");
  EXPECT_EQ(with("Subject: x\r\n\r\nHello"), "Hello\r\n\r\n_____\r\nlist footer\r\n");
  EXPECT_EQ(with("Subject: x\r\n\r\n"), "_____\r\nlist footer\r\n");
  EXPECT_EQ(with("Content-Type: TEXT/Plain; charset=\"UTF-8\"\r\nContent-Transfer-Encoding: "
                 "8bit\r\n\r\nJ\xC3\xB6\r\n",
                 kUtf8Footer),
            "J\xC3\xB6\r\n\r\nK\xC3\xBC"
            "che\r\n");
  EXPECT_EQ(
      with("Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nJ\xF6\r\n",
           "f"),
      "J\xF6\r\n\r\nf\r\n");
  EXPECT_EQ(with("Content-Type: text/plain (c); charset=us-ascii (d)\r\n\r\nHi\r\n", "f"), "Hi\r\n\r\nf\r\n");
}

TEST(Footer, QuotedPrintable) {
  const std::string head =
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\n";
  EXPECT_EQ(with(head + "J=C3=B6rg\r\n", kUtf8Footer), "J=C3=B6rg\r\n\r\nK=C3=BCche\r\n");
  EXPECT_EQ(read(whole(head + "soft=\r\n", "f")), "soft|f\r\n");  // would go on in the footer
}

TEST(Footer, FlowedTextDoesNotFlowIntoIt) {
  const std::string head = "Content-Type: text/plain; format=flowed\r\n\r\n";
  EXPECT_EQ(with(head + "flows \r\n", "> f"), "flows \r\n\r\n\r\n > f\r\n");
  EXPECT_EQ(with(head + "stands\r\n", "f"), "stands\r\n\r\nf\r\n");
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

TEST(Footer, AnEmptyLineStandsBeforeItOnce) {
  EXPECT_EQ(with("Subject: x\r\n\r\n-- \r\nBob\r\n", "f"), "-- \r\nBob\r\n\r\nf\r\n");
  EXPECT_EQ(with("Subject: x\r\n\r\nHi\r\n\r\n", "f"), "Hi\r\n\r\nf\r\n");
  EXPECT_EQ(with("Subject: x\r\n\r\nHi", "\nf"), "Hi\r\n\r\nf\r\n");
  EXPECT_EQ(with("Subject: x\r\n\r\n\r\n", "f"), "\r\nf\r\n");
}

TEST(Footer, AnUmlautReachesAsciiText) {
  const std::string shown =
      "Hi = you\r\n-- \r\nBob\r\n\r\nK\xC3\xBC"
      "che\r\n";
  const std::string body = "Hi = you\r\n-- \r\nBob\r\n";
  for (const std::string charset : {"", "us-ascii", "utf-8", "iso-8859-1", "Windows-1252", "iso-8859-15"}) {
    for (const std::string encoding : {"7bit", "8bit"}) {
      const std::string out = whole(text_message(charset, encoding, body));
      EXPECT_EQ(read(out), shown) << charset << ' ' << encoding;
      EXPECT_FALSE(has_eight_bit(out)) << out;  // goes to a server without 8BITMIME
      EXPECT_FALSE(content_type_of(HeaderBlock::parse(out)).is_multipart());
    }
  }
  EXPECT_EQ(
      whole("Subject: x\r\n\r\nHi\r\n"),
      "Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\nMIME-Version: 1.0\r\n\r\nHi\r\n\r\nK=C3=BCche\r\n");
  EXPECT_EQ(whole("Content-Type: text/plain; format=flowed; x=\"a \\\" b\"\r\nMIME-Version: 1.0\r\n"
                  "Content-Transfer-Encoding: quoted-printable\r\n\r\nHi\r\n"),
            "Content-Type: text/plain; charset=utf-8; format=flowed; x=\"a \\\" b\"\r\nMIME-Version: 1.0\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\n\r\nHi\r\n\r\nK=C3=BCche\r\n");
}

TEST(Footer, AnUmlautReachesTextInItsOwnCharset) {
  const std::string shown =
      "J\xC3\xB6\r\n\r\nK\xC3\xBC"
      "che\r\n";
  EXPECT_EQ(with(text_message("iso-8859-1", "8bit", "J\xF6\r\n"), kUtf8Footer),
            "J\xF6\r\n\r\nK\xFC"
            "che\r\n");
  EXPECT_EQ(read(whole(text_message("windows-1252", "8bit", "J\xF6\r\n"))), shown);
  EXPECT_EQ(read(whole(text_message("iso-8859-15", "quoted-printable", "J=F6\r\n"))), shown);
  EXPECT_EQ(read(whole(text_message("iso-8859-15", "base64", "SvYNCg==\r\n"))), shown);
  EXPECT_EQ(read(whole(text_message("utf-8", "base64", "SsO2DQo=\r\n"))), shown);
  EXPECT_EQ(with(text_message("utf-8", "base64", "SsO2Cg==\r\n"), "f"), "SsO2CgpmCg==\r\n");  // lone LF
  EXPECT_EQ(read(whole(text_message("", "base64", "SGkNCg==\r\n"))),
            "Hi\r\n\r\nK\xC3\xBC"
            "che\r\n");
}

TEST(Footer, AroundWhatCannotTakeIt) {
  const std::string lambda = "\xCE\xBB\r\n";
  const auto wraps = [](const std::string& message, std::string_view footer, const std::string& shown) {
    const std::string out = whole(message, footer);
    const auto block = HeaderBlock::parse(out);
    EXPECT_EQ(content_type_of(block).type, "multipart/mixed") << out;
    EXPECT_EQ(block.count("Content-Type"), 1U);
    EXPECT_EQ(block.count("MIME-Version"), 1U);
    EXPECT_EQ(read(out), shown);
    const Layout layout = split_multipart(block.body(), content_type_of(block).parameter("boundary"), 10);
    EXPECT_EQ(layout.parts.size(), 2U);
    EXPECT_TRUE(layout.parts.front().ends_with(HeaderBlock::parse(message).body()));
    EXPECT_EQ(out, whole(message, footer));  // copies are made anew after a restart
  };
  wraps(text_message("iso-8859-1", "8bit", "J\xF6\r\n"), lambda, "J\xC3\xB6\r\n|\xCE\xBB\r\n");
  wraps(text_message("iso-8859-1", "quoted-printable", "J=F6\r\n"), lambda, "J\xC3\xB6\r\n|\xCE\xBB\r\n");
  wraps(text_message("utf-16le", "base64", "eAA="), "f", "x|f\r\n");
  wraps(text_message("iso-2022-jp", "7bit", "x"), "f", "x|f\r\n");
  wraps(text_message("utf-8", "base64", "eA==eA=="), "f", "x|f\r\n");  // readers differ on what is behind "="
  wraps(text_message("", "8bit", "J\xF6\r\n"), kUtf8Footer,
        "(no text)|K\xC3\xBC"
        "che\r\n");
  wraps("Subject: x\r\n\r\ny", std::string(1000, 'l'), "y|" + std::string(1000, 'l') + "\r\n");
  wraps("Content-Type: text/html\r\nContent-Language: de\r\n\r\n<p>x", "f", "<p>x|f\r\n");
  wraps("Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--\r\n",
        "f", "x|y|f\r\n");
  const std::string html = whole(
      "Content-Type: text/html\r\nSubject: x\r\nContent-Transfer-Encoding: 8bit\r\n"
      "\r\nJ\xC3\xB6\r\n",
      "f");
  EXPECT_NE(
      html.find("\"\r\nSubject: x\r\nContent-Transfer-Encoding: 8bit\r\nMIME-Version: 1.0\r\n\r\n--=_f"),
      std::string::npos)
      << html;
  EXPECT_NE(
      html.find("\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: 8bit\r\n\r\nJ\xC3\xB6\r\n\r\n--"),
      std::string::npos)
      << html;
}

TEST(Footer, ABoundaryThatTheBodyHasIsNotTaken) {
  const std::string head = "Content-Type: text/html\r\nMessage-ID: <1@a.example>\r\n\r\n";
  std::string body = "x";
  for (int tries = 0; tries < 8; ++tries) {
    const std::string out = with(head + body, "f");
    ASSERT_TRUE(out.starts_with("--=_f")) << tries;
    const std::string boundary = out.substr(2, out.find("\r\n") - 2);
    ASSERT_EQ(body.find(boundary), std::string::npos);
    body += "\r\n--" + boundary;
  }
  EXPECT_EQ(with(head + body, "f"), "(none)");
}

TEST(Footer, ASignedPartWithinMixedKeepsItsBytes) {
  const std::string inner =
      "Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\ntext\r\n--s\r\n\r\nsig\r\n--s--";
  const std::string message =
      "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n" + inner + "\r\n--m--\r\n";
  const std::string out = with(message);
  const Layout layout = split_multipart(out, "m", 10);
  ASSERT_EQ(layout.parts.size(), 2U);
  EXPECT_EQ(layout.parts[0], inner);
}

TEST(Footer, NotWhereItWouldBreakTheMessage) {
  const auto none = [](const std::string& head, const std::string& body, std::string_view footer = kFooter) {
    EXPECT_EQ(with(head + "\r\n\r\n" + body, footer), "(none)") << head;
  };
  none("Content-Type: multipart/signed; boundary=b", "--b\r\n\r\nx\r\n--b--\r\n");
  none("Content-Type: multipart/encrypted; boundary=b", "--b\r\n\r\nx\r\n--b--\r\n");
  none("Content-Type: multipart/alternative; boundary=b", "--b\r\n\r\nx\r\n");  // not closed
  none("Content-Type: multipart/report; boundary=b", "--b\r\n\r\nx\r\n--b--\r\n");
  none("Content-Type: text/calendar", "x");
  none("Content-Type: text/html\r\nContent-Transfer-Encoding: x-uuencode", "x");
  none("Content-Type: text/html; name=\"\xC3\xB6\"", "x");
  none("Content-Type: multipart/mixed; boundary=b", "--b\r\n\r\nx\r\n");  // not closed
  none("Content-Type: multipart/mixed; boundary=b", "x\r\n--b--\r\n");    // no part
  none("Content-Type: multipart/mixed", "--b\r\n\r\nx\r\n--b--\r\n");
  none("Content-Type: multipart/mixed; boundary=b; boundary=c", "--b\r\n\r\nx\r\n--b--\r\n");
  none("Content-Type: multipart/mixed; boundary=\"b\"x", "--b\r\n\r\nx\r\n--b--\r\n");
  none("Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64",
       "--b\r\n\r\nx\r\n--b--\r\n");
  none("Content-Type: multipart/mixed; boundary=f", "--f\r\n\r\nx\r\n--f--\r\n", "a\n--f\n");
  none("Content-Type: application/pkcs7-mime", "x");
  none("Content-Type: text/plain\r\nContent-Type: text/html", "x");
  none("Content-Type: text/plain\r\nContent-Transfer-Encoding: x-uuencode", "x");
  none("Content-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\nContent-Transfer-Encoding: base64",
       "x");
  none("Content-Type: text/plain\r\nContent-Disposition: attachment; filename=x", "x");
  none("Content-Type: text", "x");
  none("Subject: x", "y", "");
  none("Subject: x", "y", "\xFF");
  none("Subject: x\nBcc: y", "z");
  EXPECT_EQ(with("Subject: x\r\nno field\r\n\r\nbody"), "(none)");
}

TEST(Footer, TheTextBeforeItStays) {
  EXPECT_TRUE(rc::check("what was there is read as before, and the footer once", [] {
    const auto piece =
        rc::gen::element<std::string>("--b", "--b--", "--b-", "--", "\r\n", "\r\n--b\r\n", "\r\n--b--\r\n",
                                      "x", " ", "\r", "\n", "=", "\xC3\xB6", "-", "--bb\r\n", "\t", "eA==");
    std::string body;
    for (const auto& one : *rc::gen::container<std::vector<std::string>>(piece)) body += one;
    const std::string type = *rc::gen::element<std::string>(
        "text/plain", "text/plain; format=flowed", "text/plain; charset=utf-8",
        "text/plain; charset=iso-8859-1", "text/html", "text/plain; charset=utf-16",
        "multipart/alternative; boundary=b", "multipart/mixed; boundary=b", "multipart/mixed; boundary=\"-\"",
        "multipart/mixed; boundary=bb");
    const std::string encoding = *rc::gen::element<std::string>("7bit", "8bit", "base64", "quoted-printable");
    const std::string footer = *rc::gen::element(kFooter, kUtf8Footer, std::string("\xCE\xBB list footer"));
    const std::string message =
        "Content-Type: " + type + "\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n" + body;
    if (const auto flaw = flaw_of_footer(message, footer); !flaw.empty())
      RC_FAIL(std::string(flaw) + " in " + message);
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
