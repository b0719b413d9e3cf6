#include "smtp/command.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace breakwater::smtp {
namespace {

TEST(Command, verbs_in_any_case) {
  EXPECT_EQ(parse_command("EHLO c.example").verb, Verb::ehlo);
  EXPECT_EQ(parse_command("eHlO c.example").argument, "c.example");
  EXPECT_EQ(parse_command("QUIT").verb, Verb::quit);
  EXPECT_EQ(parse_command("StartTls").verb, Verb::starttls);
  EXPECT_EQ(parse_command("turn").verb, Verb::unimplemented);
  for (const char* line : {"", " ", "QUITE", "QUI", " QUIT", "MAIL:", "DATA\t", "MAIL\tFROM:<a@b>"}) {
    const Verb verb = parse_command(line).verb;
    EXPECT_EQ(verb, std::string(line) == "DATA\t" ? Verb::data : Verb::unknown) << line;
  }
}

// RFC 5321 4.1.1: white space before the CRLF is tolerated.
TEST(Command, spaces) {
  const Command command = parse_command("NOOP   a b \t ");
  EXPECT_EQ(command.verb, Verb::noop);
  EXPECT_EQ(command.argument, "a b");
  EXPECT_EQ(parse_command("RSET  ").argument, "");
}

TEST(Command, path_and_parameters) {
  const auto got = parse_path_argument("from:<a@b> SIZE=10  body=8BITMIME SMTPUTF8", "FROM");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->path, "a@b");
  ASSERT_EQ(got->parameters.size(), 3U);
  EXPECT_EQ(got->parameters[0].keyword, "SIZE");
  EXPECT_EQ(got->parameters[0].value, "10");
  EXPECT_EQ(got->parameters[1].keyword, "body");
  EXPECT_EQ(got->parameters[2].keyword, "SMTPUTF8");
  EXPECT_FALSE(got->parameters[2].value);
  EXPECT_EQ(parse_path_argument("FROM:<>", "FROM")->path, "");
  EXPECT_EQ(parse_path_argument("TO: <a@b>", "TO")->path, "a@b");
}

// "> ORCPT=" in a quoted local part must not become a parameter.
TEST(Command, a_bracket_in_quotes_does_not_end_the_path) {
  const auto got = parse_path_argument("TO:<\"a> ORCPT=rfc822;x\"@b> NOTIFY=NEVER", "TO");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->path, "\"a> ORCPT=rfc822;x\"@b");
  ASSERT_EQ(got->parameters.size(), 1U);
  EXPECT_EQ(parse_path_argument("TO:<\"a\\\"> X=1\"@b>", "TO")->path, "\"a\\\"> X=1\"@b");
  EXPECT_FALSE(parse_path_argument("TO:<\"a> X=1", "TO"));
}

TEST(Command, malformed_paths_and_parameters) {
  for (const char* argument :
       {"", "FROM", "FROM:", "FROM:a@b", "FROM <a@b>", "FROM :<a@b>", "TO:<a@b>", "FROM:<a@b",
        "FROM:<a@b>SIZE=1", "FROM:<a@b> SIZE=", "FROM:<a@b> =1", "FROM:<a@b> -X=1", "FROM:<a@b> A=B=C",
        "FROM:<a@b> A_B=1", "FROM:<a@b> \x01", "FROM:<a@b> X=\x7f", "FROM:<a@b>\tSIZE=1",
        "FROM:<a@b> A B C D E F G H I J K L M N O P Q"}) {
    EXPECT_FALSE(parse_path_argument(argument, "FROM")) << argument;
  }
}

TEST(Command, limits_grow_with_the_extensions) {
  EXPECT_EQ(max_command_line(Verb::noop), 512U);
  EXPECT_EQ(max_command_line(Verb::unknown), 512U);
  EXPECT_GE(max_command_line(Verb::mail), 512U + 26 + 17 + 10 + 500);
  EXPECT_GE(max_command_line(Verb::rcpt), 512U + 500);
  EXPECT_EQ(max_command_line(Verb::auth), 12288U);
}

RC_GTEST_PROP(Command, any_line_is_taken_apart_within_its_bounds, (const std::string& line)) {
  const Command command = parse_command(line);
  RC_ASSERT(command.argument.size() <= line.size());
  for (const char* keyword : {"FROM", "TO"}) {
    const auto got = parse_path_argument(std::string(keyword) + ":<" + line, keyword);
    if (got) RC_ASSERT(got->path.size() <= line.size());
  }
}

}  // namespace
}  // namespace breakwater::smtp
