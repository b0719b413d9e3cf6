// What is tried from outside, as far as the dialogue is concerned.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "session_talk.h"
#include "smtp/session.h"

namespace breakwater::smtp::test {
namespace {

// CVE-2023-51764, -51765, -51766: a second message behind what some servers take for the end of the first.
TEST(SessionAttack, smuggling_in) {
  using namespace std::string_view_literals;
  const std::string second =
      "MAIL FROM:<forged@bank.example>\r\nRCPT TO:<l@example.org>\r\nDATA\r\nforged\r\n.\r\nQUIT\r\n";
  for (const std::string_view end :
       {"\n.\n"sv, "\n.\r\n"sv, "\r\n.\n"sv, "\r.\r"sv, "\r.\r\n"sv, "\r.\n"sv, "\n.\r"sv, "\r\n.\r"sv,
        "\r\n\0.\r\n"sv, "\r\n.\0\r\n"sv, "\n\n.\r\n"sv, "\r\r\n.\r\r\n"sv, "\n\r.\r\n"sv}) {
    for (const std::size_t chunk : {1UL, 7UL, 100'000UL}) {
      Talk talk;
      talk.open_data();
      const std::string got =
          talk.say_in_chunks("first" + std::string(end) + second, [chunk] { return chunk; });
      EXPECT_TRUE(got.starts_with("550 5.")) << got;
      EXPECT_EQ(std::count(got.begin(), got.end(), '\n'), 1) << got;  // nothing behind it was answered
      EXPECT_TRUE(talk.closed);
      EXPECT_EQ(talk.messages.size(), 0U);
    }
  }
}

TEST(SessionAttack, the_reason_is_named) {
  const std::pair<std::string, const char*> cases[] = {
      {"a\nb\r\n.\r\n", "550 5.5.2 bare LF in message: lines must end in CRLF (RFC 5321 2.3.8)\r\n"},
      {"a\rb\r\n.\r\n", "550 5.5.2 bare CR in message: lines must end in CRLF (RFC 5321 2.3.8)\r\n"},
      {std::string("a\0b\r\n.\r\n", 8), "550 5.6.0 NUL in message\r\n"}};
  for (const auto& [data, reply] : cases) {
    Talk talk;
    talk.open_data();
    EXPECT_EQ(talk.say(data), reply);
    EXPECT_TRUE(talk.closed);
  }
}

// 8-bit bytes of any kind are content, not an attack.
TEST(SessionAttack, eight_bit_content_is_kept) {
  std::string body;
  for (int c = 1; c < 256; ++c) {
    if (c != '\r' && c != '\n') body += static_cast<char>(c);
  }
  Talk talk;
  talk.open_data();
  talk.say(body + "\r\n.\r\n");
  ASSERT_EQ(talk.messages.size(), 1U);
  EXPECT_EQ(talk.messages[0].bytes, body + "\r\n");
}

TEST(SessionAttack, bare_line_ends_in_commands) {
  for (const char* line : {"NOOP\n", "\n", "NOOP\nRSET\r\n", "NOOP \nMAIL FROM:<a@b>\r\n"}) {
    Talk talk;
    EXPECT_EQ(talk.say(line), "500 5.5.2 lines must end in CRLF: bare LF received\r\n");
    EXPECT_TRUE(talk.closed);
  }
  Talk talk;
  EXPECT_EQ(talk.say("NOOP\rRSET\r\n"), "500 5.5.2 control character in a command\r\n");
  EXPECT_EQ(talk.say("NOOP x\rRSET\r\n"), "501 5.5.2 control character in a command\r\n");
  EXPECT_EQ(talk.say("NOOP\r\r\n"), "500 5.5.2 control character in a command\r\n");
  EXPECT_FALSE(talk.closed);
}

TEST(SessionAttack, odd_bytes_in_every_argument) {
  using namespace std::string_view_literals;
  for (const std::string_view odd :
       {"\0"sv, "\x01"sv, "\x1b[2J"sv, "\x7f"sv, "\x80"sv, "\xff"sv, "\xc0\xaf"sv, "\xc2\x9b"sv,
        "\xed\xa0\x80"sv, "\xe2\x80\xae"sv, "\xe2\x80\xa8"sv}) {
    for (const char* line : {"EHLO a%b",
                             "HELO a%b",
                             "MAIL FROM:<a%b@c>",
                             "MAIL FROM:<a@c> ENVID=%",
                             "MAIL FROM:<a@c> X%=1",
                             "RCPT TO:<a%b@c>",
                             "RCPT TO:<a@c> ORCPT=rfc822;a%",
                             "RCPT TO:<a@c> ORCPT=utf-8;a%",
                             "NOOP a%b",
                             "VRFY a%b",
                             "EXPN a%b",
                             "HELP a%b",
                             "RSET %",
                             "QUIT %",
                             "DATA %",
                             "AUTH a%b",
                             "STARTTLS %",
                             "BDAT %",
                             "%",
                             "X%"}) {
      std::string text(line);
      const std::size_t at = text.find('%');
      text.replace(at, 1, odd);
      Talk talk;
      talk.say("EHLO c\r\nMAIL FROM:<a@b> SMTPUTF8\r\n");
      const std::string got = talk.say(text + "\r\n");
      EXPECT_TRUE(got.starts_with("501 5.5.2 ") || got.starts_with("500 5.5.2 ")) << line << ": " << got;
      EXPECT_TRUE(std::all_of(got.begin(), got.end(),
                              [](char c) { return c == '\r' || c == '\n' || (c >= ' ' && c <= '~'); }));
    }
  }
}

// What follows BDAT is a message; nothing of it is taken for a command.
TEST(SessionAttack, bdat_closes) {
  for (const char* line : {"BDAT 0 LAST", "BDAT 18446744073709551615", "BDAT -1", "BDAT 10", "BDAT"}) {
    Talk talk;
    talk.say("EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<a@b>\r\n");
    EXPECT_EQ(talk.say(std::string(line) + "\r\nMAIL FROM:<x@y>\r\nDATA\r\n"),
              "502 5.5.1 BDAT is not offered, closing\r\n");
    EXPECT_TRUE(talk.closed);
  }
}

TEST(SessionAttack, nothing_of_a_rejected_message_is_left) {
  Talk talk;
  talk.verdict = {550, "5.7.1", "no"};
  talk.open_data();
  talk.say("x\r\n.\r\n");
  EXPECT_TRUE(talk.say("RCPT TO:<a@b>\r\n").starts_with("503 "));
  EXPECT_TRUE(talk.say("DATA\r\n").starts_with("503 "));
  EXPECT_EQ(talk.messages.size(), 1U);
}

// MAIL, RCPT, broken UTF-8, DATA: the broken line changes nothing.
TEST(SessionAttack, a_broken_line_amid_a_transaction) {
  Talk talk;
  talk.say("EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<a@b>\r\n");
  EXPECT_TRUE(talk.say("RCPT TO:<\xc3\x28@b>\r\n").starts_with("501 5.5.2 "));
  EXPECT_TRUE(talk.say("DATA\r\n").starts_with("354 "));
  talk.say("x\r\n.\r\n");
  EXPECT_EQ(talk.messages.at(0).envelope.recipients.size(), 1U);
}

// The message was pipelined before the 354 that never came: each line is a command, the count ends it.
TEST(SessionAttack, a_body_behind_a_refused_data) {
  Talk talk;
  std::string body;
  for (int i = 0; i < 100; ++i) body += "line of text\r\n";
  const std::string got = talk.say("EHLO c\r\nDATA\r\n" + body);
  EXPECT_NE(got.find("503 5.5.1 Bad sequence of commands: MAIL first\r\n500 5.5.2 "), std::string::npos);
  EXPECT_TRUE(talk.closed);
}

TEST(SessionAttack, nothing_is_disclosed) {
  Talk talk;
  EXPECT_EQ(talk.greeting.find(BREAKWATER_VERSION), std::string::npos);
  const std::string there = talk.say("VRFY postmaster\r\n");
  EXPECT_EQ(there, talk.say("VRFY nobody\r\n"));
  EXPECT_EQ(there, "252 2.5.0 Cannot VRFY user, but will accept message and attempt delivery\r\n");
  EXPECT_EQ(talk.say("EXPN list\r\n"), "502 5.5.1 Command not implemented\r\n");
  EXPECT_EQ(talk.say("HELP\r\n").find(BREAKWATER_VERSION), std::string::npos);
}

// "> ORCPT=" in a quoted local part is part of the local part.
TEST(SessionAttack, injection_by_quoting) {
  Talk talk;
  std::string local;
  talk.gatekeeper.recipient = [&local](const Mailbox& to) -> std::optional<Reply> {
    local = to.local;
    return Reply{550, "5.1.1", "no such list: " + to.text()};
  };
  talk.say("EHLO c\r\nMAIL FROM:<a@b>\r\n");
  EXPECT_EQ(talk.say("RCPT TO:<\"x> ORCPT=rfc822;y\"@c>\r\n"),
            "550 5.1.1 no such list: \"x> ORCPT=rfc822;y\"@c\r\n");
  EXPECT_EQ(local, "x> ORCPT=rfc822;y");
}

}  // namespace
}  // namespace breakwater::smtp::test
