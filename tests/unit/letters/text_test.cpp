#include "letters/text.h"

#include <gtest/gtest.h>

#include <string>

#include "letters/language.h"

namespace breakwater::letters {
namespace {

TEST(Wrapping, breaks_between_words_and_nowhere_else) {
  EXPECT_EQ(wrapped("", "  "), "");
  EXPECT_EQ(wrapped("a  b ", "  "), "  a b\n");
  EXPECT_EQ(wrapped(std::string(100, 'x') + " y", ""), std::string(100, 'x') + "\ny\n");
  EXPECT_EQ(wrapped(std::string(36, 'x') + ' ' + std::string(35, 'y'), ""),
            std::string(36, 'x') + ' ' + std::string(35, 'y') + "\n");
  EXPECT_EQ(wrapped(std::string(36, 'x') + ' ' + std::string(36, 'y'), ""),
            std::string(36, 'x') + "\n" + std::string(36, 'y') + "\n");
}

TEST(OneLine, cuts_between_characters_and_says_so) {
  EXPECT_EQ(one_line("  a\nb ", 10), "a b");
  EXPECT_EQ(one_line("äöüäöü", 6), "äöüäöü");
  EXPECT_EQ(one_line("äöüäöüä", 6), "äöü...");
  EXPECT_EQ(one_line("\xff", 6), "\xEF\xBF\xBD");
}

TEST(AMailtoLink, is_encoded) {
  EXPECT_EQ(mailto_link("all-request+A1@lists.example", "confirm"),
            "<mailto:all-request+A1@lists.example?subject=confirm>");
  EXPECT_EQ(mailto_link("a?b&\"ü@lists.example", "x y"),
            "<mailto:a%3Fb%26%22%C3%BC@lists.example?subject=x%20y>");
}

TEST(AFilledText, joins_the_lines_of_a_paragraph_and_parts_paragraphs_by_one_line) {
  EXPECT_EQ(filled("\n\na\nb\n \n\n\nc"), "a b\n\nc\n");
  EXPECT_EQ(filled(""), "");
  EXPECT_EQ(filled(std::string(40, 'x') + "\n" + std::string(40, 'y')),
            std::string(40, 'x') + "\n" + std::string(40, 'y') + "\n");
}

TEST(AFilledText, keeps_lines_that_begin_with_a_blank_apart) {
  EXPECT_EQ(filled("a\n    b\n    c\nd\n"), "a\n    b\n    c\nd\n");
  const std::string long_words = std::string(40, 'x') + " " + std::string(40, 'y');
  EXPECT_EQ(filled("  " + long_words), "  " + std::string(40, 'x') + "\n  " + std::string(40, 'y') + "\n");
  EXPECT_EQ(filled("  | " + long_words),
            "  | " + std::string(40, 'x') + "\n  | " + std::string(40, 'y') + "\n");
  EXPECT_EQ(filled(std::string(500, ' ') + "x"), std::string(24, ' ') + "x\n");
}

TEST(AnExcerpt, is_five_lines_that_say_something) {
  EXPECT_EQ(excerpt_lines("\r\na\n\n b\nc\x1b[31m\nd\ne\nf"),
            (std::vector<std::string>{"a", "b", "c [31m", "d", "e"}));
  EXPECT_TRUE(excerpt_lines(" \n\n").empty());
}

TEST(ADateOfAMessage, is_in_the_language_of_the_digest) {
  const auto german = [](std::string_view date) { return message_date_text(date, "de"); };
  EXPECT_EQ(german("Sun, 22 Nov 2026 17:01:10 +0100"), "Sonntag, 22. November 2026, 17:01 Uhr (UTC+01:00)");
  EXPECT_EQ(german("1 Mar 2027 06:30 +0000"), "Montag, 1. März 2027, 06:30 Uhr (UTC)");
  EXPECT_EQ(message_date_text("Sun, 22 Nov 2026 17:01:10 +0100", "en"), "Sun, 22 Nov 2026 17:01:10 +0100");
  // What has another form stays as its sender wrote it.
  for (const char* own :
       {"", ",", "yesterday", "Sun, 22 Nov 2026", "31 Feb 2026 10:00 +0000", "22 Nov 26 10:00 +0000",
        "22 Nov 2026 1:00 +0000", "22 Nov 2026 10:00 CET", "-2 Nov 2026 10:00 +0000"})
    EXPECT_EQ(german(own), own);
}

}  // namespace
}  // namespace breakwater::letters
