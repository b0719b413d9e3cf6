// Bans: what may be written, and whom each keeps out.
#include "lists/ban.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace breakwater::lists {
namespace {

bool bans(const std::string& ban, const std::string& address) {
  const auto key = parse_ban(ban);
  const auto keys = ban_keys(mail::parse_address(address).value());
  return key && std::find(keys.begin(), keys.end(), *key) != keys.end();
}

TEST(ABan, of_an_address_is_of_that_one_in_any_spelling) {
  EXPECT_TRUE(bans("Ann@Example.ORG", "ann@example.org"));
  EXPECT_TRUE(bans(" ann@bücher.example ", "ANN@xn--bcher-kva.example"));
  EXPECT_FALSE(bans("ann@example.org", "ann@mail.example.org"));
  EXPECT_FALSE(bans("ann@example.org", "anna@example.org"));
}

TEST(ABan, of_a_domain_is_of_it_alone_or_of_those_below) {
  EXPECT_TRUE(bans("@Example.ORG", "ann@example.org"));
  EXPECT_FALSE(bans("@example.org", "ann@mail.example.org"));
  EXPECT_FALSE(bans("@example.org", "ann@badexample.org"));
  EXPECT_TRUE(bans("@.example.org", "ann@mail.example.org"));
  EXPECT_TRUE(bans("@.example.org", "ann@a.b.example.org"));
  EXPECT_FALSE(bans("@.example.org", "ann@example.org"));
  EXPECT_FALSE(bans("@.example.org", "ann@badexample.org"));
  EXPECT_TRUE(bans("@bücher.example", "ann@xn--bcher-kva.example"));
}

TEST(ABan, of_what_is_none_says_so) {
  for (const char* text :
       {"", "@", "@.", "ann", "@org", "@.org", "@exa mple.org", "@*.example.org", "ann@"}) {
    const auto ban = parse_ban(text);
    ASSERT_FALSE(ban) << text;
    EXPECT_FALSE(ban.error().what.empty());
  }
}

}  // namespace
}  // namespace breakwater::lists
