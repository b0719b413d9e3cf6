#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <string>

#include "mail/encoded_word.h"
#include "mail/message.h"

namespace breakwater::mail {
namespace {

std::string prefixed(std::string_view body) { return prefixed_subject(body, "[list] "); }

TEST(Subject, GetsThePrefixOnce) {
  EXPECT_EQ(prefixed(" Hello"), "[list] Hello");
  EXPECT_EQ(prefixed("Hello [list] you"), "[list] Hello [list] you");
  EXPECT_EQ(prefixed(""), "[list]");
  EXPECT_EQ(prefixed(" [list] Hello"), "[list] Hello");
  EXPECT_EQ(prefixed("[LIST] Hello"), "[LIST] Hello");
  EXPECT_EQ(prefixed("[list] [list] Hello"), "[list] Hello");
  EXPECT_EQ(prefixed("[list]Hello"), "[list]Hello");
  EXPECT_EQ(prefixed_subject(" Hello", ""), "Hello");
}

TEST(Subject, BehindRepliesOfAllLanguages) {
  EXPECT_EQ(prefixed("Re: Hello"), "Re: [list] Hello");
  EXPECT_EQ(prefixed("AW: Hello"), "AW: [list] Hello");
  EXPECT_EQ(prefixed("RE : Hello"), "RE : [list] Hello");
  EXPECT_EQ(prefixed("Re[2]:Hello"), "Re[2]: [list] Hello");
  EXPECT_EQ(prefixed("Fwd: AW: SV: Hello"), "Fwd: AW: SV: [list] Hello");
  EXPECT_EQ(prefixed("Re: [list] Hello"), "Re: [list] Hello");
  EXPECT_EQ(prefixed("[list] Re: Hello"), "Re: [list] Hello");
  EXPECT_EQ(prefixed("AW: [list] Re: [list] Hello"), "AW: Re: [list] Hello");
  EXPECT_EQ(prefixed("Re:"), "Re: [list]");
  EXPECT_EQ(prefixed("Release: 1.0"), "[list] Release: 1.0");
  EXPECT_EQ(prefixed("Regarding x: y"), "[list] Regarding x: y");
}

TEST(Subject, KeepsEncodedWords) {
  EXPECT_EQ(prefixed("=?iso-8859-1?Q?Gr=FC=DFe?="), "[list] =?iso-8859-1?Q?Gr=FC=DFe?=");
  EXPECT_EQ(prefixed("Re: =?iso-8859-1?Q?Gr=FC=DFe?=\r\n =?iso-8859-1?Q?_2?="),
            "Re: [list] =?iso-8859-1?Q?Gr=FC=DFe?= =?iso-8859-1?Q?_2?=");
  // The reply keeps what an answering program encoded, prefix and all.
  EXPECT_EQ(prefixed("=?iso-8859-1?Q?AW:_[list]_Gr=FC=DFe?="), "=?iso-8859-1?Q?AW:_[list]_Gr=FC=DFe?=");
  EXPECT_EQ(prefixed("AW: =?iso-8859-1?Q?[list]_Gr=FC=DFe?="), "AW: =?iso-8859-1?Q?[list]_Gr=FC=DFe?=");
}

TEST(Subject, PartsAWordThatHoldsTheReply) {
  EXPECT_EQ(prefixed("=?iso-8859-1?Q?AW:_Gr=FC=DFe?="), "AW: [list] =?utf-8?Q?Gr=C3=BC=C3=9Fe?=");
  EXPECT_EQ(prefixed("=?utf-8?Q?Re:_plain?= and more"), "Re: [list] plain and more");
  EXPECT_EQ(prefixed("=?utf-8?Q?Re:?= [list] x"), "=?utf-8?Q?Re:?= [list] x");
  EXPECT_EQ(decode_text(prefixed("=?utf-8?B?5Zue5aSN77ya5L2g5aW9?=")), "回复： [list] 你好");
}

TEST(Subject, APrefixBeyondAsciiIsEncoded) {
  const std::string tag =
      "[K\xC3\xBC"
      "che] ";
  EXPECT_EQ(prefixed_subject("Hello", tag), "=?utf-8?Q?=5BK=C3=BCche=5D?= Hello");
  const std::string both = prefixed_subject("Re: =?utf-8?Q?J=C3=B6rg?=", tag);
  EXPECT_EQ(both, "Re: =?utf-8?Q?=5BK=C3=BCche=5D_?= =?utf-8?Q?J=C3=B6rg?=");
  EXPECT_EQ(decode_text(both),
            "Re: [K\xC3\xBC"
            "che] J\xC3\xB6rg");
  EXPECT_EQ(prefixed_subject(both, tag), both);
}

// security.md, injection: the prefix and the subject come from outside.
TEST(Subject, NeverASecondLine) {
  EXPECT_EQ(prefixed_subject("x", "[a]\r\nBcc: y"), "[a]  Bcc: y x");
  EXPECT_EQ(prefixed("x\r\nBcc: y"), "[list] x  Bcc: y");
  const std::string parted = prefixed("=?utf-8?Q?Re:_x=0D=0ABcc:_y?=");
  EXPECT_EQ(parted.find_first_of("\r\n"), std::string::npos) << parted;
}

// security.md, slow regex.
TEST(Subject, AThousandRepliesDeepTakeNoTime) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "Re: ";
  EXPECT_EQ(prefixed(deep + "x"), deep + "[list] x");
  std::string encoded;
  for (int i = 0; i < 10'000; ++i) encoded += "=?utf-8?q?Re:?= ";
  EXPECT_TRUE(prefixed(encoded + "x").ends_with("[list] x"));
  EXPECT_EQ(prefixed(std::string(100'000, 'R')), "[list] " + std::string(100'000, 'R'));
  EXPECT_EQ(prefixed("Re" + std::string(100'000, ' ') + "!"), "[list] Re" + std::string(100'000, ' ') + "!");
  EXPECT_TRUE(prefixed("Re[" + std::string(100'000, '1')).starts_with("[list] Re["));
}

TEST(Subject, ASecondTimeChangesNothing) {
  EXPECT_TRUE(rc::check("prefixing is idempotent and one line", [] {
    const auto piece = rc::gen::element<std::string>(
        "Re:", "re: ", "AW: ", "[list]", "[list] ", " ", "x", "\r\n ", "\xFF",
        "=?utf-8?q?Re:_?=", "=?utf-8?q?[list]_x?=", "=?utf-8?q?J=C3=B6?= ", "=?", "=?x?q?y?=", "[k\xC3\xBC]",
        "回复：");
    std::string body;
    for (const auto& one : *rc::gen::container<std::vector<std::string>>(piece)) body += one;
    const std::string tag = *rc::gen::element<std::string>("[list] ", "[k\xC3\xBC] ");
    const std::string once = prefixed_subject(body, tag);
    RC_ASSERT(prefixed_subject(once, tag) == once);
    RC_ASSERT(once.find_first_of("\r\n") == std::string::npos);
  }));
}

}  // namespace
}  // namespace breakwater::mail
