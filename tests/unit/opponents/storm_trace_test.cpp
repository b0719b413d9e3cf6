#include "opponents/storm_trace.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <chrono>

namespace breakwater::opponents {
namespace {

std::string wrong(std::string_view line) {
  TraceReader reader;
  const auto row = reader.read(line);
  return row ? "read" : row.error().what;
}

TEST(StormTrace, reads_a_line_as_archives_have_it) {
  TraceReader reader;
  const auto row = reader.read(
      R"({"t": 1046799305, "from": "ann@example.org", "id": "<1@x>", "in_reply_to": "<0@x>",)"
      R"( "references": ["<a@x>", "<0@x>"], "subject": "Größe?", "body": "one\ntwo", "auto": true,)"
      R"( "kind": "stop"})");
  ASSERT_TRUE(row);
  EXPECT_EQ(to_ms(row->at), 1'046'799'305'000);
  EXPECT_EQ(row->from, "ann@example.org");
  EXPECT_EQ(row->id, "<1@x>");
  EXPECT_EQ(row->in_reply_to, "<0@x>");
  EXPECT_EQ(row->references, (std::vector<std::string>{"<a@x>", "<0@x>"}));
  EXPECT_EQ(row->subject, "Größe?");
  EXPECT_EQ(row->body, "one\ntwo");
  EXPECT_TRUE(row->automatic);
}

TEST(StormTrace, needs_a_time_and_an_author_only) {
  TraceReader reader;
  const auto row = reader.read(R"({"t":0.5,"from":"a@b","references":null,"in_reply_to":null})");
  ASSERT_TRUE(row);
  EXPECT_EQ(to_ms(row->at), 500);
  EXPECT_TRUE(row->id.empty());
  EXPECT_FALSE(row->automatic);
}

TEST(StormTrace, says_what_is_wrong_with_a_line) {
  EXPECT_EQ(wrong(R"({"from":"a@b"})"), "there is no 't', the time in seconds since 1970");
  EXPECT_EQ(wrong(R"({"t":"now","from":"a@b"})"), "'t' is no number of seconds since 1970");
  EXPECT_EQ(wrong(R"({"t":1e300,"from":"a@b"})"), "'t' is no time between the years 1970 and 9999");
  EXPECT_EQ(wrong(R"({"t":-1,"from":"a@b"})"), "'t' is no time between the years 1970 and 9999");
  EXPECT_EQ(wrong(R"({"t":1})"), "there is no 'from', the author's address");
  EXPECT_EQ(wrong(R"({"t":1,"from":7})"), "'from' is no text");
  EXPECT_EQ(wrong(R"({"t":1,"from":"a@b","references":"<1@x>"})"), "'references' is no list");
  EXPECT_EQ(wrong(R"({"t":1,"from":"a@b","references":[1]})"), "'references' has an item that is no text");
  EXPECT_EQ(wrong(R"({"t":1,"from":"a@b","auto":"yes"})"), "'auto' is neither true nor false");
  EXPECT_EQ(wrong("[1]"), "it is no JSON object");
  EXPECT_TRUE(wrong(R"({"t":1)").starts_with("it is no JSON: "));
  EXPECT_TRUE(wrong("{\"t\":1,\"from\":\"\xff\"}").starts_with("it is no JSON: "));
  EXPECT_EQ(wrong(std::string(trace_line_bytes + 1, ' ')), "it is longer than 1 MiB");
}

TEST(StormTrace, reads_on_after_a_bad_line) {
  TraceReader reader;
  EXPECT_FALSE(reader.read("{"));
  EXPECT_FALSE(reader.read(R"({"t":1,"from":"a@b","body":")" + std::string(100'000, 'x')));
  EXPECT_TRUE(reader.read(R"({"t":1,"from":"a@b"})"));
}

TEST(StormTrace, what_is_written_is_read_back) {
  EXPECT_TRUE(
      rc::check("a row is the same after its line", [](std::vector<std::string> texts, bool automatic) {
        storm::TraceRow row;
        row.at = from_ms(*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000));
        const auto plain = [](std::string text) {
          for (char& c : text) c = static_cast<char>(c & 0x7F);
          return text;
        };
        texts.resize(6);
        row.from = "x" + plain(texts[0]);
        row.id = plain(texts[1]);
        row.in_reply_to = plain(texts[2]);
        row.references = {plain(texts[3]), "<b@c>"};
        row.subject = plain(texts[4]);
        row.body = plain(texts[5]);
        row.automatic = automatic;
        TraceReader reader;
        const auto back = reader.read(trace_line(row));
        RC_ASSERT(back.has_value());
        RC_ASSERT(back->at == row.at);
        RC_ASSERT(back->from == row.from);
        RC_ASSERT(back->id == row.id);
        RC_ASSERT(back->in_reply_to == row.in_reply_to);
        RC_ASSERT(back->references == row.references);
        RC_ASSERT(back->subject == row.subject);
        RC_ASSERT(back->body == row.body);
        RC_ASSERT(back->automatic == row.automatic);
      }));
}

struct Seen {
  std::size_t number;
  std::string line;
  bool too_long;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> lines_of(const std::string& text, std::size_t piece) {
  TraceLines lines;
  std::vector<Seen> seen;
  const auto each = [&](std::size_t number, std::string_view line, bool too_long) {
    seen.push_back({number, std::string(line), too_long});
  };
  for (std::size_t at = 0; at < text.size(); at += piece)
    lines.feed(std::string_view(text).substr(at, piece), each);
  lines.finish(each);
  return seen;
}

TEST(StormTrace, cuts_lines_wherever_the_pieces_end) {
  const std::string text = "one\n\nthree\nlast";
  const std::vector<Seen> wanted{{1, "one", false}, {2, "", false}, {3, "three", false}, {4, "last", false}};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) EXPECT_EQ(lines_of(text, piece), wanted);
}

TEST(StormTrace, passes_over_a_line_without_end_and_keeps_count) {
  const std::string text = "one\n" + std::string(trace_line_bytes + 1, 'x') + "\nthree\n";
  const std::vector<Seen> wanted{{1, "one", false}, {2, "", true}, {3, "three", false}};
  EXPECT_EQ(lines_of(text, text.size()), wanted);
  EXPECT_EQ(lines_of(text, 65'536), wanted);
}

}  // namespace
}  // namespace breakwater::opponents
