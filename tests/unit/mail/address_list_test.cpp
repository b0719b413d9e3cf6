#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <string>
#include <vector>

#include "mail/address.h"

namespace breakwater::mail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "name|mailbox" of each, or one "refused: why".
std::vector<std::string> read(std::string_view body) {
  const auto found = parse_address_list(body);
  if (!found) return {"refused: " + found.error().what};
  std::vector<std::string> out;
  for (const NamedAddress& one : *found) out.push_back(one.name + "|" + one.address.mailbox);
  return out;
}

TEST(AddressList, ReadsWhatMailProgramsWrite) {
  EXPECT_THAT(read(" ann@Example.org"), ElementsAre("|ann@example.org"));
  EXPECT_THAT(read("Ann Lee <ann@example.org>"), ElementsAre("Ann Lee|ann@example.org"));
  EXPECT_THAT(read("\"Lee, Ann\" <ann@example.org>, b@example.org"),
              ElementsAre("Lee, Ann|ann@example.org", "|b@example.org"));
  EXPECT_THAT(read("ann@example.org (Ann Lee)"), ElementsAre("Ann Lee|ann@example.org"));
  EXPECT_THAT(read("John Q. Public <j@example.org>"), ElementsAre("John Q. Public|j@example.org"));
  EXPECT_THAT(read("\"ann@example.org\" <ann@example.org>"), ElementsAre("ann@example.org|ann@example.org"));
  EXPECT_THAT(read("\"say \\\"hi\\\"\" <a@example.org>"), ElementsAre("say \"hi\"|a@example.org"));
  EXPECT_THAT(read("<ann@example.org>"), ElementsAre("|ann@example.org"));
  EXPECT_THAT(read("[list] Ann < ann@example.org >"), ElementsAre("[list] Ann|ann@example.org"));
  EXPECT_THAT(read("\"a b\"@example.org"), ElementsAre("|\"a b\"@example.org"));
}

TEST(AddressList, UnfoldsAndDecodesNames) {
  EXPECT_THAT(read(" =?utf-8?q?J=C3=B6rg?=\r\n =?utf-8?q?_M=C3=BCller?= <j@example.org>\r\n"),
              ElementsAre("J\xC3\xB6rg M\xC3\xBCller|j@example.org"));
  EXPECT_THAT(read("=?iso-8859-1?Q?J=F6rg?= <j@example.org>"), ElementsAre("J\xC3\xB6rg|j@example.org"));
  EXPECT_THAT(read("J\xC3\xB6rg <j\xC3\xB6rg@b\xC3\xBC"
                   "cher.example>"),
              ElementsAre("J\xC3\xB6rg|j\xC3\xB6rg@xn--bcher-kva.example"));
  // A name never brings a second line or a direction control with it.
  EXPECT_THAT(read("=?utf-8?q?x=0D=0ABcc=3A_y=E2=80=AE?= <j@example.org>"),
              ElementsAre("x  Bcc: y|j@example.org"));
}

TEST(AddressList, Groups) {
  EXPECT_THAT(read("undisclosed-recipients:;"), IsEmpty());
  EXPECT_THAT(read("Friends: a@x.example, B <b@y.example>;, c@z.example"),
              ElementsAre("|a@x.example", "B|b@y.example", "|c@z.example"));
}

TEST(AddressList, EmptyElementsAreNothing) {
  EXPECT_THAT(read(""), IsEmpty());
  EXPECT_THAT(read(", a@x.example,, b@x.example ,"), ElementsAre("|a@x.example", "|b@x.example"));
}

class RefusedList : public testing::TestWithParam<std::string> {};

TEST_P(RefusedList, WhereReadersCouldDiffer) {
  const auto found = parse_address_list(GetParam());
  ASSERT_FALSE(found) << found->size() << " " << (found->empty() ? "" : found->front().address.mailbox);
  EXPECT_EQ(found.error().fault, Fault::invalid);
}

// security.md, address differentials.
INSTANTIATE_TEST_SUITE_P(Differentials, RefusedList,
                         testing::Values("ann@evil.example <ann@good.example>", "ann@evil <b@good>, c@d",
                                         "<a@evil> <b@good>", "<a@evil><b@good>", "a@evil b@good",
                                         "a@evil\r\n b@good", "user@good(x)evil", "user@good (x) evil",
                                         "user(x)@good", "ann @good.example", "ann@ good.example",
                                         "a@good (<b@evil>)", "a@good (b@evil)", "(b@evil) a@good",
                                         "<@evil:ann@good>", "<@a,@b:ann@good>", "<ann@good(x)evil>", "<>",
                                         "Ann <>", "Ann <<ann@evil>ann@good>", "Ann <ann@good",
                                         "Ann ann@good>", "\"Ann <ann@good>", "a@good; b@evil", "G: a@x",
                                         "G: H: a@x;;", "a@evil: b@good;", "G: a@x; b@y", ": a@x;", ";",
                                         "=?utf-8?q?ann=40evil=3E?=@good", "Ann", "Ann Lee", "a@good)",
                                         "(a@good", "a\\@evil@good", "\"a@evil x\"@good", "<\"a> \"@good>"));
INSTANTIATE_TEST_SUITE_P(OddBytes, RefusedList,
                         testing::Values(std::string("a@x.example\0, b@y.example", 25),
                                         "a@x.example\r, b@y.example\x01", "\x1B[2J <a@x.example>",
                                         "J\xFF <j\xFF@x.example>"));

TEST(AddressList, BoundedAndLinear) {
  std::string many;
  for (int i = 0; i < 10'001; ++i) many += "a@x.example,";
  EXPECT_FALSE(parse_address_list(many));
  EXPECT_FALSE(parse_address_list(std::string(10'000'000, '(')));
  EXPECT_FALSE(parse_address_list(std::string(10'000'000, '<')));
  EXPECT_FALSE(parse_address_list(std::string(10'000'000, '"')));
  EXPECT_TRUE(parse_address_list(std::string(10'000'000, ',')));
  std::string words;
  for (int i = 0; i < 300'000; ++i) words += "=?x-none?q?a?= ";
  EXPECT_TRUE(parse_address_list(words + "<a@x.example>"));
}

TEST(AddressList, AnyBytes) {
  EXPECT_TRUE(rc::check("a list is read or refused, and what is read can be read again",
                        [](const std::string& bytes) {
                          const auto found = parse_address_list(bytes);
                          if (!found) return;
                          for (const NamedAddress& one : *found)
                            RC_ASSERT(parse_address(one.address.mailbox).has_value());
                        }));
}

}  // namespace
}  // namespace breakwater::mail
