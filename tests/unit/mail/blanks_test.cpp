#include "mail/blanks.h"

#include <gtest/gtest.h>

namespace breakwater::mail {
namespace {

TEST(Blanks, blanks_of_all_sorts_are_spaces_and_controls_are_seen) {
  EXPECT_EQ(plain_blanks("\u00a0join\u202f\u3000x\u2007\ty\r\n"), " join  x  y\r\n");
  EXPECT_EQ(plain_blanks("\ufeffjo\u00adin\u200b"), "join");
  EXPECT_EQ(plain_blanks("\"a\x0b"
                         "b\"@x \u202eleave\u2028\x7f"),
            "\"a\ufffdb\"@x \ufffdleave\ufffd\ufffd");
  EXPECT_EQ(plain_blanks("hinzuf\u00fcgen \xff"), "hinzuf\u00fcgen \xff") << "what is no UTF-8 is not ours";
  EXPECT_EQ(plain_blanks(""), "");
}

}  // namespace
}  // namespace breakwater::mail
