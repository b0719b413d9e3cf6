#include "mail/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <cstdint>
#include <string>

#include "mail/domain.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

std::string key_of(std::string_view text) {
  const auto address = parse_address(text);
  return address ? address->key : "refused: " + address.error().what;
}

std::string mailbox_of(std::string_view text) {
  const auto address = parse_address(text);
  return address ? address->mailbox : "refused: " + address.error().what;
}

TEST(Address, KeepsTheLocalPartAsWrittenAndLowersTheDomain) {
  const auto address = parse_address("Ann.Lee+x@Example.ORG");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->mailbox, "Ann.Lee+x@example.org");
  EXPECT_EQ(address->key, "ann.lee+x@example.org");
  EXPECT_EQ(address->domain, "example.org");
}

TEST(Address, NeedlessQuotesAreNoOtherMember) {
  EXPECT_EQ(mailbox_of(R"("ann"@example.org)"), "ann@example.org");
  EXPECT_EQ(mailbox_of(R"("a\nn"@example.org)"), "ann@example.org");
  EXPECT_EQ(mailbox_of(R"("a b"@example.org)"), R"("a b"@example.org)");
  EXPECT_EQ(mailbox_of(R"("a\ b"@example.org)"), R"("a b"@example.org)");
  EXPECT_EQ(mailbox_of(R"("a\"\\b"@example.org)"), R"("a\"\\b"@example.org)");
  EXPECT_EQ(mailbox_of(R"("a..b"@example.org)"), R"("a..b"@example.org)");
}

TEST(Address, Smtputf8TwinsAreOneMember) {
  EXPECT_EQ(key_of("J\xC3\xB6rg@example.org"), key_of("jo\xCC\x88rg@example.org"));  // NFC and NFD
  EXPECT_EQ(key_of("J\xC3\x96RG@b\xC3\xBC"
                   "cher.example"),
            "j\xC3\xB6rg@xn--bcher-kva.example");
  EXPECT_EQ(key_of("stra\xC3\x9F"
                   "e@example.org"),
            key_of("STRASSE@example.org"));
  EXPECT_EQ(key_of("a\xCD\xBE"
                   "b@example.org"),
            R"("a;b"@example.org)");  // U+037E is ';' in NFC
}

TEST(Address, DomainsAreALabels) {
  EXPECT_EQ(mailbox_of("a@B\xC3\x9C"
                       "CHER.example"),
            "a@xn--bcher-kva.example");
  EXPECT_EQ(mailbox_of("a@bu\xCC\x88"
                       "cher.example"),
            "a@xn--bcher-kva.example");
  EXPECT_EQ(mailbox_of("a@XN--BCHER-KVA.example"), "a@xn--bcher-kva.example");
  EXPECT_EQ(mailbox_of("a@fa\xC3\x9F.example"), "a@xn--fa-hia.example");  // non-transitional
  EXPECT_EQ(mailbox_of("a@r3---sn.example"), "a@r3---sn.example");
  EXPECT_EQ(mailbox_of("a@localhost"), "a@localhost");
}

class RefusedAddress : public testing::TestWithParam<std::string> {};

TEST_P(RefusedAddress, SaysWhyOnOneLine) {
  const auto address = parse_address(GetParam());
  ASSERT_FALSE(address) << address->mailbox;
  EXPECT_EQ(address.error().fault, Fault::invalid);
  EXPECT_FALSE(address.error().what.empty());
  for (const char c : address.error().what)
    EXPECT_GE(static_cast<unsigned char>(c), 0x20) << address.error().what;
}

INSTANTIATE_TEST_SUITE_P(Syntax, RefusedAddress,
                         testing::Values("", "ann", "@example.org", "ann@", "ann@@example.org",
                                         ".ann@example.org", "ann.@example.org", "a..b@example.org",
                                         " ann@example.org", "ann@example.org ", "ann @example.org",
                                         "ann@ example.org", "Ann <ann@example.org>", "<ann@example.org>",
                                         R"(""@example.org)", R"("ann@example.org)", R"("ann\"@example.org)",
                                         R"("ann"x@example.org)", R"("ann)", R"("ann\)", R"("ann"@)",
                                         "ann@example..org", "ann@.example.org", "ann@example.org.",
                                         "ann@-a.example", "ann@a-.example", "ann@a_b.example",
                                         "ann@[192.0.2.1]", "ann@192.0.2.1", "ann@example.123"));

// security.md, address differentials: what is checked is what is used, or it is refused.
INSTANTIATE_TEST_SUITE_P(
    Differentials, RefusedAddress,
    testing::Values(R"("a@evil x"@good)", R"("a@evil"@good)", "u@o@here", "@here:u@o", "@a,@b:u@here",
                    "user@good(x)evil", "user(x)@good", R"("a> ORCPT=x"@good)", R"("<a"@good)",
                    "=?utf-8?q?ann=40evil.example=3E?=@good.example", R"("=?utf-8?q?x?="@good.example)",
                    "ann@good.example\xEF\xBC\xA0"
                    "evil.example",
                    "ann@good\xE2\x84\x80.example", "ann@xn--bcher-.example", "ann@xn--example-.org",
                    "ann@xn--zz--zz.example", "ann@xn--BCHER-KVA\xC3\xBC.example"));

// security.md, SMTPUTF8 and odd bytes.
INSTANTIATE_TEST_SUITE_P(OddBytes, RefusedAddress,
                         testing::Values(std::string("a\0b@example.org", 15),
                                         std::string("ann@exa\0mple.org", 16), "a\rb@example.org",
                                         "a\nb@example.org", "a\tb@example.org",
                                         "\"a\r\nRCPT TO:<x>\"@example.org", "a\x7F@example.org",
                                         "a\xC2\x85@example.org", "a\xE2\x80\xA8@example.org",
                                         "a\xE2\x80\xAE"
                                         "b@example.org",
                                         "a\xE2\x81\xA6@example.org", "a\xD8\x9C@example.org",
                                         "ann@ex\xE2\x80\x8F"
                                         "ample.org",
                                         "a\xC0\x80@example.org", "a\xC0\xAF@example.org",
                                         "a\xFF@example.org", "a\xED\xA0\x80@example.org", "ann@\xFF.example",
                                         "a\xF4\x90\x80\x80@example.org"));

TEST(Address, LimitsAreThoseOfRfc5321) {
  const std::string label(63, 'a');
  EXPECT_TRUE(parse_address(std::string(64, 'a') + "@example.org"));
  EXPECT_FALSE(parse_address(std::string(65, 'a') + "@example.org"));
  EXPECT_TRUE(parse_address("a@" + label + ".example"));
  EXPECT_FALSE(parse_address("a@" + label + "a.example"));
  const std::string longest = label + "." + label + "." + label + "." + std::string(60, 'b');  // 252
  EXPECT_TRUE(parse_address("a@" + longest));
  EXPECT_FALSE(parse_address("aa@" + longest)) << "a path is 256 bytes with its brackets";
  EXPECT_TRUE(ascii_domain(longest + "b"));
  EXPECT_FALSE(ascii_domain(longest + "bb"));
  EXPECT_FALSE(parse_address(std::string(10'000'000, 'a')));
  EXPECT_FALSE(parse_address("a@" + std::string(10'000'000, '\xC3')));
}

TEST(Address, LegalButOddLocalPartsAreNotRelayed) {
  // '%' and '!' routes are ordinary letters here: the domain behind the '@' counts.
  EXPECT_EQ(parse_address("u%o@here.example")->domain, "here.example");
  EXPECT_EQ(parse_address("o!u@here.example")->domain, "here.example");
}

TEST(Address, NoCharacterFoldsIntoSyntax) {
  for (std::uint32_t character = 0x80; character <= 0x10FFFF; ++character) {
    const std::string text = utf8_of(character);
    if (text.empty()) continue;
    const std::string fold = folded(text);
    ASSERT_EQ(fold.find_first_of("@<>\"\\() \r\n"), std::string::npos) << std::hex << character;
    ASSERT_TRUE(valid_utf8(fold)) << std::hex << character;
    ASSERT_EQ(folded(fold), fold) << std::hex << character;
  }
}

TEST(Address, MailboxAndKeyAreFixedPoints) {
  EXPECT_TRUE(rc::check("a mailbox parses to itself, and to the key of what it came from", [] {
    const auto piece =
        rc::gen::element<std::string>("a", "B", "7", ".", "-", "\"", "\\", " ", "@", "=?", "?=", "\xC3\xB6",
                                      "o\xCC\x88", "\xC3\x9F", "\xCD\xBE", "\xC4\xB0", "%", "<", "xn--");
    const auto pieces = *rc::gen::container<std::vector<std::string>>(piece);
    std::string text;
    for (const auto& one : pieces) text += one;
    const auto domain = *rc::gen::element<std::string>("example.org",
                                                       "B\xC3\xBC"
                                                       "cher.example",
                                                       "XN--BCHER-KVA.example");
    for (const std::string& written : {text + "@" + domain, "\"" + text + "\"@" + domain, text}) {
      const auto address = parse_address(written);
      if (!address) continue;
      const auto again = parse_address(address->mailbox);
      RC_ASSERT(again.has_value());
      RC_ASSERT(again->mailbox == address->mailbox);
      RC_ASSERT(again->key == address->key);
      RC_ASSERT(again->domain == address->domain);
      const auto by_key = parse_address(address->key);
      RC_ASSERT(by_key.has_value());
      RC_ASSERT(by_key->key == address->key);
    }
  }));
}

}  // namespace
}  // namespace breakwater::mail
