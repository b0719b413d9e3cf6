#include "smtp/path.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "terms/result.h"

namespace breakwater::smtp {
namespace {

std::string label(std::size_t length) { return std::string(length, 'd'); }

TEST(Path, mailboxes) {
  struct Case {
    const char* text;
    const char* local;
    const char* domain;
  };
  for (const Case& c :
       {Case{"a@b.example", "a", "b.example"}, Case{"A.b+c@X-1.Example", "A.b+c", "X-1.Example"},
        Case{"!#$%&'*+-/=?^_`{|}~@b", "!#$%&'*+-/=?^_`{|}~", "b"}, Case{"\"a b\"@c", "a b", "c"},
        Case{"\"a\\\"\\\\b\"@c", "a\"\\b", "c"}, Case{"\"u@o\"@here.example", "u@o", "here.example"},
        Case{"\"a>b\"@c", "a>b", "c"}, Case{"\"\"@c", "", "c"}, Case{"u%o@here", "u%o", "here"},
        Case{"u@[192.0.2.1]", "u", "[192.0.2.1]"}, Case{"u@[IPv6:2001:db8::1]", "u", "[IPv6:2001:db8::1]"},
        Case{"u@[ipv6:::]", "u", "[ipv6:::]"},
        Case{"u@[IPv6:1:2:3:4:5:6:7:8]", "u", "[IPv6:1:2:3:4:5:6:7:8]"},
        Case{"u@[IPv6:1:2:3::6:7:8]", "u", "[IPv6:1:2:3::6:7:8]"},
        Case{"u@[IPv6:::ffff:192.0.2.1]", "u", "[IPv6:::ffff:192.0.2.1]"},
        Case{"postmaster", "postmaster", ""}, Case{"PostMaster", "PostMaster", ""}}) {
    const auto mailbox = parse_mailbox(c.text, false);
    ASSERT_TRUE(mailbox) << c.text;
    EXPECT_EQ(mailbox->local, c.local);
    EXPECT_EQ(mailbox->domain, c.domain);
  }
}

TEST(Path, malformed) {
  for (const std::string text : {"",
                                 "a",
                                 "a@",
                                 "@b",
                                 "a@b@c",
                                 "u@o@here",
                                 ".a@b",
                                 "a.@b",
                                 "a..b@c",
                                 "a b@c",
                                 "a@b c",
                                 "a@.b",
                                 "a@b.",
                                 "a@b..c",
                                 "a@-b",
                                 "a@b-",
                                 "a@b_c",
                                 "\"a@b",
                                 "\"a\"b@c",
                                 "\"a\\\"@b",
                                 "a\"b\"@c",
                                 "(x)a@b",
                                 "user@good(x)evil",
                                 "a,b@c",
                                 "a:b@c",
                                 "a;b@c",
                                 "a<b@c",
                                 "o!u",
                                 "a@[1.2.3]",
                                 "a@[1.2.3.256]",
                                 "a@[1.2.3.4.5]",
                                 "a@[1.2.3.4",
                                 "a@[]",
                                 "a@[0001.2.3.4]",
                                 "a@[IPv6:1:2:3]",
                                 "a@[IPv6:1::2::3]",
                                 "a@[IPv6:12345::]",
                                 "a@[IPv6:1:2:3:4:5:6:7:8:9]",
                                 "a@[IPv6:1:2:3:4::6:7:8]",
                                 "a@[IPv6:::1.2.3]",
                                 "a@[IPv6:1:]",
                                 "a@[tag:x]",
                                 "\"a@evil x\"good",
                                 "a@xn--a_b",
                                 "abuse",
                                 "a@\"b\""}) {
    const auto mailbox = parse_mailbox(text, true);
    ASSERT_FALSE(mailbox) << text;
    EXPECT_TRUE(mailbox.error().fault == Fault::invalid || text == "@b") << text;
    EXPECT_FALSE(mailbox.error().what.empty());
  }
}

TEST(Path, a_source_route_is_refused_not_stripped) {
  for (const char* text : {"@here:u@o", "@a,@b:u@c.example"}) {
    const auto mailbox = parse_mailbox(text, false);
    ASSERT_FALSE(mailbox);
    EXPECT_EQ(mailbox.error().fault, Fault::denied);
  }
}

TEST(Path, odd_bytes) {
  for (const std::string& text :
       {std::string("a\0@b", 4), std::string("a@b\0", 4), std::string("\"a\rb\"@c"),
        std::string("\"a\nb\"@c"), std::string("\"a\tb\"@c"), std::string("\"a\\\x01\"@c"),
        std::string("a\x7f@b"), std::string("a\xc2\x85@b"), std::string("a\xc0\xaf@b"),
        std::string("a\xe2\x80\xae"
                    "b@c"),
        std::string("a@b\xe2\x81\xa6"), std::string("a\xff@b"), std::string("\"\\\xc3\xa9\"@b"),
        std::string("a@\xed\xa0\x80")}) {
    EXPECT_FALSE(parse_mailbox(text, true)) << text;
    EXPECT_FALSE(parse_mailbox(text, false)) << text;
  }
}

TEST(Path, utf8_only_when_the_parameter_was_given) {
  const std::string text =
      "gr\xc3\xbc\xc3\x9f"
      "e@m\xc3\xbcller.example";
  EXPECT_FALSE(parse_mailbox(text, false));
  const auto mailbox = parse_mailbox(text, true);
  ASSERT_TRUE(mailbox);
  EXPECT_EQ(mailbox->text(), text);
  EXPECT_TRUE(parse_mailbox("\"\xc3\xbc x\"@b", true));
}

TEST(Path, lengths) {
  // RFC 5321 4.5.3.1: 64 is what must be taken, not the most that may be.
  EXPECT_TRUE(parse_mailbox(std::string(64, 'a') + "@b", false));
  EXPECT_TRUE(parse_mailbox(std::string(65, 'a') + "@b", false));
  EXPECT_TRUE(parse_mailbox(std::string(252, 'a') + "@b", false));
  EXPECT_FALSE(parse_mailbox(std::string(253, 'a') + "@b", false));
  EXPECT_TRUE(parse_mailbox("a@" + label(63) + ".example", false));
  EXPECT_FALSE(parse_mailbox("a@" + label(64) + ".example", false));
  EXPECT_TRUE(is_domain(label(63) + "." + label(63) + "." + label(63) + "." + label(63), false));
  EXPECT_FALSE(is_domain(label(63) + "." + label(63) + "." + label(63) + "." + label(62) + ".x", false));
}

// What is written is what is read: nothing can hide in the quoting.
RC_GTEST_PROP(Path, text_and_parse_are_inverse, ()) {
  const auto printable = rc::gen::inRange<char>(' ', 127);
  const auto local = *rc::gen::container<std::string>(printable);
  RC_PRE(local.size() < 100);
  const Mailbox mailbox{local, "b.example"};
  const auto back = parse_mailbox(mailbox.text(), false);
  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == mailbox);
}

RC_GTEST_PROP(Path, what_is_accepted_comes_back_the_same, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::element(
      'a', '.', '@', '"', '\\', '>', ' ', '[', '1', ':', '\r', '\n', '\0', '\xc3', '\xa9', '-'));
  const auto mailbox = parse_mailbox(text, true);
  if (!mailbox) return;
  RC_ASSERT(mailbox->text().find_first_of(std::string("\r\n\0", 3)) == std::string::npos);
  const auto again = parse_mailbox(mailbox->text(), true);
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == *mailbox);
}

}  // namespace
}  // namespace breakwater::smtp
