#include "cli/print.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/object.hpp>

#include "cli/progress.h"

namespace breakwater::cli {
namespace {

std::string printed(const std::vector<boost::json::object>& rows) {
  std::FILE* file = std::tmpfile();
  Table table({{"NAME", "name"}, {"COUNT", "count", true}}, file);
  for (const auto& row : rows) table.row(row);
  table.end();
  std::string text(1 << 16, '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

TEST(Table, columns_line_up_by_characters_not_bytes) {
  EXPECT_EQ(printed({{{"name", "jörg"}, {"count", 5}}, {{"name", "ann-marie"}, {"count", 1234}}}),
            "NAME       COUNT\njörg           5\nann-marie   1234\n");
  EXPECT_EQ(printed({}), "");
}

TEST(Table, long_listings_stream) {
  std::vector<boost::json::object> rows(1200, boost::json::object{{"name", "a"}, {"count", 1}});
  const std::string text = printed(rows);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1201);
}

TEST(Print, what_a_shell_would_take_apart_is_quoted) {
  EXPECT_EQ(shell_word("build/release/breakwater"), "build/release/breakwater");
  EXPECT_EQ(shell_word("/my tools/b"), "'/my tools/b'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
}

TEST(Print, the_terminal_gets_no_control_character) {
  EXPECT_EQ(terminal_text("a\033[2Jb\177\tc\302\233d\ne"), "a?[2Jb??c?d\ne");
  EXPECT_EQ(terminal_text("jörg ß"), "jörg ß");
  EXPECT_EQ(shown(boost::json::value("two\nlines")), "two lines");
}

TEST(Print, numbers_are_readable) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(850'000), "850,000");
  EXPECT_EQ(with_commas(1'234'567), "1,234,567");
  EXPECT_EQ(counted(1, "row"), "1 row");
  EXPECT_EQ(counted(2, "row"), "2 rows");
}

TEST(Progress, shows_rate_and_time_left) {
  EXPECT_EQ(progress_line(0.5, 425'000, 85'000, "rows"),
            "[===============>              ]  50% 425,000 rows  85,000/s  ETA 0:05");
  EXPECT_EQ(progress_line(1, 850'000, 85'000, "rows"),
            "[==============================] 100% 850,000 rows  85,000/s");
  EXPECT_EQ(progress_line(-1, 10, 5, "rows"), "10 rows  5/s");
}

}  // namespace
}  // namespace breakwater::cli
