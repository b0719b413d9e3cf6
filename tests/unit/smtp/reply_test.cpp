#include "smtp/reply.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace breakwater::smtp {
namespace {

TEST(Reply, one_line) {
  EXPECT_EQ((Reply{250, "2.1.0", "OK"}.wire()), "250 2.1.0 OK\r\n");
  EXPECT_EQ((Reply{354, "", "go on"}.wire()), "354 go on\r\n");
  EXPECT_EQ((Reply{250, "", ""}.wire()), "250 \r\n");
  EXPECT_EQ((Reply{250, "2.0.0", ""}.wire()), "250 2.0.0 \r\n");
}

// RFC 5321 4.2.1; RFC 2034 4: the enhanced code is repeated.
TEST(Reply, several_lines) {
  EXPECT_EQ((Reply{550, "5.7.1", "no\nreally\nno"}.wire()),
            "550-5.7.1 no\r\n550-5.7.1 really\r\n550 5.7.1 no\r\n");
  EXPECT_EQ((Reply{250, "", "a\n"}.wire()), "250-a\r\n250 \r\n");
}

TEST(Reply, what_is_not_printable_ascii_never_reaches_the_wire) {
  EXPECT_EQ((Reply{550, "5.1.1", std::string("a\r250 b\0\x1b\xc3\xa9\x7f\t", 13)}.wire()),
            "550 5.1.1 a?250 b??????\r\n");
  EXPECT_EQ((Reply{550, "5.1.1\r\n250", "x"}.wire()), "550 5.1.1??250 x\r\n");
}

TEST(Reply, no_line_over_512_bytes) {
  for (const char filler : {'x', ' '}) {
    for (std::size_t length = 0; length < 2200; ++length) {
      std::string text(length, 'x');
      for (std::size_t i = 60; i < length && filler == ' '; i += 61) text[i] = ' ';
      const std::string wire = Reply{450, "4.2.0", text}.wire();
      std::string back;
      for (std::size_t at = 0; at < wire.size();) {
        const std::size_t end = wire.find("\r\n", at);
        ASSERT_NE(end, std::string::npos);
        ASSERT_LE(end + 2 - at, 512U);
        const bool last = end + 2 == wire.size();
        ASSERT_EQ(wire.substr(at, 10), last ? "450 4.2.0 " : "450-4.2.0 ");
        if (!back.empty() && filler == ' ') back += ' ';  // broken at a space, which the break replaces
        back += wire.substr(at + 10, end - at - 10);
        at = end + 2;
      }
      ASSERT_EQ(back, text);
    }
  }
}

TEST(Reply, classes) {
  EXPECT_TRUE((Reply{250, "", ""}.positive()));
  EXPECT_TRUE((Reply{354, "", ""}.positive()));
  EXPECT_TRUE((Reply{452, "", ""}.transient()));
  EXPECT_FALSE((Reply{452, "", ""}.positive()));
  EXPECT_FALSE((Reply{550, "", ""}.transient()));
}

}  // namespace
}  // namespace breakwater::smtp
