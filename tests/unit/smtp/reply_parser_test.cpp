#include "smtp/reply_parser.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace breakwater::smtp {
namespace {

using Status = ReplyParser::Status;

std::string text_of(const ReplyParser& parser) {
  std::string out;
  parser.append_text(out);
  return out;
}

TEST(ReplyParser, Replies) {
  struct Case {
    const char* bytes;
    int code;
    const char* enhanced;
    const char* text;
  };
  const Case cases[] = {
      {"250 2.0.0 Ok: queued\r\n", 250, "2.0.0", "250 2.0.0 Ok: queued"},
      {"250\r\n", 250, "", "250"},
      {"250 \r\n", 250, "", "250 "},
      {"354 go\n", 354, "", "354 go"},
      {"550-5.7.1 one\r\n550-5.7.1 two\r\n550 5.7.1\r\n", 550, "5.7.1", "550 5.7.1 one; two"},
      {"550-no code\r\n550 two\r\n", 550, "", "550 no code; two"},
      {"250-\r\n250 x\r\n", 250, "", "250 ; x"},
      {"450 5.1.1 contradiction\r\n", 450, "", "450 5.1.1 contradiction"},
      {"450 4.1.1x\r\n", 450, "", "450 4.1.1x"},
      {"450 4.1.1234 x\r\n", 450, "", "450 4.1.1234 x"},
      {"450 4.999.999\r\n", 450, "4.999.999", "450 4.999.999"},
      {"450 4..1 x\r\n", 450, "", "450 4..1 x"},
  };
  for (const Case& one : cases) {
    ReplyParser parser;
    std::string_view input = one.bytes;
    ASSERT_EQ(parser.next(input), Status::reply) << one.bytes;
    EXPECT_TRUE(input.empty());
    EXPECT_EQ(parser.code(), one.code);
    EXPECT_EQ(parser.enhanced(), one.enhanced) << one.bytes;
    EXPECT_EQ(text_of(parser), one.text);
  }
}

TEST(ReplyParser, Garbage) {
  for (const char* bytes : {"\r\n", "25\r\n", "hello there\r\n", "150 no\r\n", "650 no\r\n", "25x no\r\n",
                            "250_no\r\n", "250-one\r\n251 two\r\n", "250-one\r\nQUIT\r\n", "-50 x\r\n"}) {
    ReplyParser parser;
    std::string_view input = bytes;
    EXPECT_EQ(parser.next(input), Status::garbage) << bytes;
  }
}

TEST(ReplyParser, IsBounded) {
  ReplyParser parser;
  const std::string endless(1000, 'x');
  Status status = Status::more;
  std::size_t fed = 0;
  while (status == Status::more && fed < 100'000) {
    std::string_view input = endless;
    status = parser.next(input);
    fed += endless.size();
  }
  EXPECT_EQ(status, Status::garbage);
  EXPECT_LE(fed, ReplyParser::kMaxLine + 1000);

  ReplyParser lines;
  status = Status::more;
  for (fed = 0; status == Status::more && fed < 10'000'000; fed += 104) {
    const std::string line = "250-" + std::string(98, 'x') + "\r\n";
    std::string_view input = line;
    status = lines.next(input);
  }
  EXPECT_EQ(status, Status::garbage);
  EXPECT_LE(fed, ReplyParser::kMaxReply + 2000);
}

// However the bytes are cut, the same replies come out.
RC_GTEST_PROP(ReplyParser, SplitsDoNotMatter, ()) {
  const auto lines = *rc::gen::container<std::vector<std::string>>(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab 2.0-\r5"))));
  std::string stream;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    stream += (at % 3 == 1 ? "250-" : "250 ") + lines[at] + "\r\n";
  }
  const auto replies = [&](std::size_t cut) {
    ReplyParser parser;
    std::vector<std::string> found;
    for (std::size_t at = 0; at < stream.size(); at += cut) {
      const std::string piece = stream.substr(at, cut);
      std::string_view input = piece;
      while (!input.empty()) {
        const Status status = parser.next(input);
        if (status == Status::garbage) found.emplace_back("garbage");
        if (status == Status::reply) found.push_back(text_of(parser));
      }
    }
    return found;
  };
  const auto whole = replies(stream.size() + 1);
  RC_ASSERT(replies(*rc::gen::inRange<std::size_t>(1, 9)) == whole);
}

}  // namespace
}  // namespace breakwater::smtp
