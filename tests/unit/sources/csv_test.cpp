#include "sources/csv.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace breakwater::sources {
namespace {

using Fields = std::vector<std::string>;

std::vector<CsvRecord> read(std::string_view text, std::size_t piece = 1 << 20) {
  CsvReader reader;
  std::vector<CsvRecord> records;
  const auto each = [&](const CsvRecord& record) { records.push_back(record); };
  while (!text.empty()) {
    reader.feed(text.substr(0, piece), each);
    text.remove_prefix(std::min(piece, text.size()));
  }
  reader.finish(each);
  return records;
}

TEST(Csv, reads_what_rfc_4180_shows) {
  const auto records = read("a,b,c\r\n\"x, \"\"y\"\"\",,\"two\r\nlines\"\r\nlast,1,2");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].fields, (Fields{"a", "b", "c"}));
  EXPECT_EQ(records[1].fields, (Fields{"x, \"y\"", "", "two\r\nlines"}));
  EXPECT_EQ(records[2].fields, (Fields{"last", "1", "2"}));
  EXPECT_EQ(records[1].line, 2U);
  EXPECT_EQ(records[2].line, 4U);
}

TEST(Csv, byte_order_mark_blank_lines_and_lf_are_no_matter) {
  const auto records = read(
      "\xEF\xBB\xBF"
      "a\n\n\r\nb\n");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].fields, Fields{"a"});
  EXPECT_EQ(records[1].line, 4U);
  EXPECT_EQ(read("\xEF\xBB").at(0).fields, Fields{"\xEF\xBB"});  // half a mark is text
}

TEST(Csv, the_first_separator_outside_quotes_decides) {
  EXPECT_EQ(read("a;b,c\n").at(0).fields, (Fields{"a", "b,c"}));
  EXPECT_EQ(read("\"a;b\"\tc\n").at(0).fields, (Fields{"a;b", "c"}));
  EXPECT_EQ(read("a\nb;c\n").at(1).fields, (Fields{"b", "c"}));
}

TEST(Csv, a_quote_that_is_never_closed_costs_its_own_line) {
  const auto records = read("a,1\n\"b,2\nc,3\nd,4\n");
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(records[1].line, 2U);
  EXPECT_EQ(records[1].trouble, "a quote is opened and not closed");
  EXPECT_EQ(records[2].fields, (Fields{"c", "3"}));
  EXPECT_EQ(records[2].line, 3U);
  EXPECT_EQ(records[3].line, 4U);
}

TEST(Csv, a_quote_closed_by_another_lines_quote_costs_its_own_line) {
  const auto records = read("\"a,1\n\"b\",2\nc,3\n");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_FALSE(records[0].trouble.empty());
  EXPECT_EQ(records[1].fields, (Fields{"b", "2"}));
  EXPECT_EQ(records[2].fields, (Fields{"c", "3"}));
}

TEST(Csv, memory_is_bounded_and_reading_goes_on) {
  const std::string long_line(100'000, 'x');
  auto records = read(long_line + "\nb,2\n");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].trouble, "the line is longer than 8192 bytes");
  EXPECT_EQ(records[1].fields, (Fields{"b", "2"}));
  records = read("\"" + long_line + "\nb,2\n");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].line, 1U);
  EXPECT_EQ(records[1].fields, (Fields{"b", "2"}));
  EXPECT_EQ(records[1].line, 2U);
  EXPECT_EQ(read("\"a\"b,1\nc\n").at(0).trouble, "text behind a closing quote");
}

TEST(Csv, of_utf_16_it_says_what_it_is) {
  const std::string plain = "a@b.example,Ann\r\nc@d.example,Cid\r\n";
  std::string little, big;
  for (const char c : plain) little += {c, '\0'}, big += {'\0', c};
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{1000}}) {
    for (const std::string& text : {"\xFF\xFE" + little, "\xFE\xFF" + big, std::string("\xFF\xFE")}) {
      const auto records = read(text, piece);
      ASSERT_EQ(records.size(), 1U);
      EXPECT_EQ(records[0].line, 1U);
      EXPECT_EQ(records[0].trouble.substr(0, 21), "the file is in UTF-16");
    }
    for (const std::string& text : {little, big}) {
      EXPECT_EQ(read(text, piece).at(0).trouble.substr(0, 22), "a NUL byte is in it; i");
    }
    for (const std::string text : {"\xFF", "\xFF,b\n", "\xEF\xBB", "\xEF\xBBx\n", "\xFE\xFE\n"}) {
      const auto records = read(text, piece);
      ASSERT_EQ(records.size(), 1U);
      EXPECT_EQ(records[0].trouble, "");
      EXPECT_EQ(records[0].fields[0], text.substr(0, text.find_first_of(",\n")));
    }
  }
}

std::string written(const std::vector<Fields>& rows, bool crlf) {
  std::string text;
  for (const Fields& row : rows) {
    for (std::size_t at = 0; at < row.size(); ++at) {
      text += at == 0 ? "\"" : ",\"";
      for (const char c : row[at]) text.append(c == '"' ? 2 : 1, c);
      text += "\"";
    }
    text += crlf ? "\r\n" : "\n";
  }
  return text;
}

TEST(Csv, what_was_written_is_read_however_it_is_split) {
  EXPECT_TRUE(rc::check("round trip", [](std::vector<std::pair<std::string, std::string>> pairs, bool crlf) {
    std::vector<Fields> rows;
    for (auto& [a, b] : pairs) rows.push_back({a, b});
    const auto records = read(written(rows, crlf), *rc::gen::inRange<std::size_t>(1, 20));
    RC_ASSERT(records.size() == rows.size());
    for (std::size_t at = 0; at < rows.size(); ++at) RC_ASSERT(records[at].fields == rows[at]);
  }));
}

TEST(Csv, any_bytes_end) {
  EXPECT_TRUE(rc::check("garbage", [](const std::vector<std::uint8_t>& bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes) text.push_back("\",\n\r;ab\xEF"[byte % 8]);
    RC_ASSERT(read(text).size() <= text.size());
    const auto whole = read(text), split = read(text, 1);
    RC_ASSERT(whole.size() == split.size());
  }));
}

}  // namespace
}  // namespace breakwater::sources
