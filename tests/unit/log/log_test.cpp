#include "log/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "log/line.h"

namespace breakwater::log {
namespace {

std::string text_of(std::string_view value) {
  const Field field{"k", value};
  return text_line("e", {&field, 1});
}

std::string json_of(std::string_view value) {
  const Field field{"k", value};
  return "{" + json_line("e", {&field, 1}) + "}";
}

template <class Work>
std::string stderr_of(Work work) {
  testing::internal::CaptureStderr();
  work();
  return testing::internal::GetCapturedStderr();
}

TEST(LogLine, KindsOfValues) {
  const std::string result = "250 2.0.0 ok";
  const std::vector<Field> fields = {
      {"posting", "01HB"}, {"size", 12U}, {"tls", true}, {"result", result}, {"none", ""}};
  EXPECT_EQ(text_line("accepted", fields),
            R"(accepted posting=01HB size=12 tls=true result="250 2.0.0 ok" none="")");
  EXPECT_EQ(json_line("accepted", fields),
            R"("event":"accepted","posting":"01HB","size":12,"tls":true,"result":"250 2.0.0 ok","none":"")");
}

TEST(LogLine, TextEscapesWhatAReaderOrTerminalWouldTakeForMore) {
  EXPECT_EQ(text_of("a=b"), R"(e k="a=b")");
  EXPECT_EQ(text_of("say \"x\" \\"), R"(e k="say \"x\" \\")");
  EXPECT_EQ(text_of("\x1b[2J"), R"(e k="\x1b[2J")");
  EXPECT_EQ(text_of("a\r\n2026 info accepted"), R"(e k="a\r\n2026 info accepted")");
  EXPECT_EQ(text_of(std::string_view("\0\t\x7f", 3)), R"(e k="\x00\t\x7f")");
  EXPECT_EQ(text_of("{} {0} %n %s"), R"(e k="{} {0} %n %s")");
  EXPECT_EQ(text_of("\xc2\x9b"
                    "31m"),
            R"(e k="\u{009b}31m")");  // C1 CSI
  EXPECT_EQ(text_of("\xe2\x80\xae"
                    "txt"),
            R"(e k="\u{202e}txt")");  // right-to-left override
  EXPECT_EQ(text_of("jörg ✓"), R"(e k="jörg ✓")");
}

TEST(LogLine, InvalidUtf8IsShownByteByByte) {
  EXPECT_EQ(text_of("\xff\xfe"), R"(e k="\xff\xfe")");
  EXPECT_EQ(text_of("\xc0\x8a"), R"(e k="\xc0\x8a")");          // overlong LF
  EXPECT_EQ(text_of("\xed\xa0\x80"), R"(e k="\xed\xa0\x80")");  // a surrogate
  EXPECT_EQ(text_of("\xf5\x80\x80\x80"), R"(e k="\xf5\x80\x80\x80")");
  EXPECT_EQ(text_of("\xe2\x82"), R"(e k="\xe2\x82")");  // cut off
  EXPECT_EQ(json_of("a\xff"), R"({"event":"e","k":"a\ufffd"})");
}

TEST(LogLine, JsonEscapes) {
  EXPECT_EQ(json_of("\x1b\n\"\\"), R"({"event":"e","k":"\u001b\u000a\"\\"})");
  EXPECT_EQ(json_of("{} %n"), R"({"event":"e","k":"{} %n"})");
  EXPECT_EQ(json_of("\xf3\xa0\x80\x81"), R"({"event":"e","k":"\udb40\udc01"})");  // a tag character
}

TEST(LogLine, ValuesAreCutAtWholeCharacters) {
  std::string euros;
  for (int i = 0; i < 100'000; ++i) euros += "€";
  const std::string line = text_of(euros);
  EXPECT_LT(line.size(), max_value_bytes + 20);
  EXPECT_THAT(line, testing::EndsWith("€…\""));
  EXPECT_THAT(line, testing::Not(testing::HasSubstr("\\x")));
}

TEST(LogLine, AnyBytesGiveOneSafeLine) {
  EXPECT_TRUE(
      rc::check("text has no control byte, json parses", [](const std::string& bytes, std::int64_t number) {
        const std::vector<Field> fields = {{"k", bytes}, {"n", number}};
        for (const char c : text_line(bytes, fields))
          RC_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
        const auto parsed = boost::json::parse("{" + json_line("e", fields) + "}");
        RC_ASSERT(parsed.at("n").as_int64() == number);
        RC_ASSERT(parsed.at("k").is_string());
      }));
}

TEST(Log, TextOnStderrWithTimeAndLevel) {
  const std::string out = stderr_of([] {
    init({Level::info, Format::text});
    event(Level::info, "accepted", {{"list", "tech@example.org"}, {"result", "{} %n"}});
  });
  EXPECT_THAT(out, testing::MatchesRegex(
                       "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z info accepted "
                       "list=tech@example.org result=\"\\{\\} %n\"\n"));
}

TEST(Log, JsonWhereStderrIsNoTerminal) {
  const std::string out = stderr_of([] {
    init({Level::info, Format::automatic});
    event(Level::warning, "deferred", {{"attempts", 3}, {"peer", "x\ny"}});
  });
  const auto line = boost::json::parse(out);
  EXPECT_EQ(line.at("level").as_string(), "warning");
  EXPECT_EQ(line.at("event").as_string(), "deferred");
  EXPECT_EQ(line.at("attempts").as_int64(), 3);
  EXPECT_EQ(line.at("peer").as_string(), "x\ny");
  EXPECT_TRUE(line.at("time").as_string().ends_with("Z"));
}

TEST(Log, LevelsAreOffUntilSet) {
  const std::string out = stderr_of([] {
    init({Level::warning, Format::text});
    event(Level::info, "hidden");
    EXPECT_FALSE(enabled(Level::info));
    set_level(Level::debug);
    event(Level::debug, "shown");
    init({Level::error, Format::text});
    event(Level::warning, "hidden");
  });
  EXPECT_THAT(
      out, testing::AllOf(testing::HasSubstr(" debug shown\n"), testing::Not(testing::HasSubstr("hidden"))));
}

TEST(Log, WordsOfTheConfiguration) {
  EXPECT_EQ(parse_level("warning"), Level::warning);
  EXPECT_EQ(parse_level("loud"), std::nullopt);
  EXPECT_EQ(parse_format("auto"), Format::automatic);
  EXPECT_EQ(parse_format("xml"), std::nullopt);
}

TEST(Log, LinesThatGoTogetherKeepTheirOrderAndWaitForNoError) {
  testing::internal::CaptureStderr();
  init({Level::info, Format::json});
  {
    const Together lines;
    event(Level::info, "one");
    {
      const Together inner;
      event(Level::info, "two");
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "not before the outer one ends";
    testing::internal::CaptureStderr();
    event(Level::error, "three");
    const std::string out = testing::internal::GetCapturedStderr();
    const auto at = [&](const char* name) { return out.find(name); };
    EXPECT_TRUE(at("one") < at("two") && at("two") < at("three") && at("three") < out.size()) << out;
    testing::internal::CaptureStderr();
    event(Level::info, "four");
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("four"));
  EXPECT_THAT(stderr_of([] { event(Level::info, "five"); }), testing::HasSubstr("five"));
}

TEST(Log, LinesThatGoTogetherAreBounded) {
  const std::string out = stderr_of([] {
    init({Level::info, Format::json});
    const Together lines;
    for (int i = 0; i < 1000; ++i) event(Level::info, "line", {{"text", std::string(200, 'x')}});
    EXPECT_GT(lseek(STDERR_FILENO, 0, SEEK_CUR), 64 * 1024) << "the first are out before the last is in";
  });
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1000);
}

TEST(Log, LinesOfManyThreadsDoNotMix) {
  const std::string out = stderr_of([] {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([t] {
        for (int i = 0; i < 500; ++i) {
          event(Level::error, "line", {{"thread", t}, {"i", i}, {"text", std::string(100, 'x')}});
          if (i % 100 == 0) init({Level::info, i % 200 == 0 ? Format::json : Format::text});
        }
      });
    }
  });
  std::istringstream lines(out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    ASSERT_TRUE(line.ends_with("text=" + std::string(100, 'x')) || line.ends_with("\"}")) << line;
  }
  EXPECT_EQ(count, 2000);
}

}  // namespace
}  // namespace breakwater::log
