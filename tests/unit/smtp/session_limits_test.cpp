// Lines, sizes, counts, memory, and how a session is ended from this side.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "session_talk.h"
#include "smtp/session.h"

namespace breakwater::smtp::test {
namespace {

const char* const too_long = "500 5.5.2 line too long\r\n";

std::string padded(std::string start, std::size_t size, std::string end = "\r\n") {
  return start + std::string(size - start.size() - end.size(), 'x') + end;
}

TEST(SessionLimits, command_lines) {
  Talk talk;
  talk.say("EHLO c\r\n");
  EXPECT_EQ(talk.say(padded("NOOP ", 512)), "250 2.0.0 OK\r\n");
  EXPECT_EQ(talk.say(padded("NOOP ", 513)), too_long);
  EXPECT_EQ(talk.say(padded("XYZZY ", 513)), too_long);
  EXPECT_EQ(talk.say(padded("NOOP ", 12288)), too_long);
  EXPECT_EQ(talk.say("NOOP\r\n"), "250 2.0.0 OK\r\n");
  EXPECT_EQ(talk.say(padded("MAIL FROM:<a@b> ENVID=", 1181)),
            "501 5.5.4 ENVID: 1 to 100 characters expected\r\n");
  EXPECT_EQ(talk.say(padded("MAIL FROM:<a@b> ENVID=", 1182)), too_long);
  EXPECT_FALSE(talk.closed);
}

TEST(SessionLimits, a_line_without_end_costs_no_memory) {
  for (const std::size_t size : {64UL * 1024, 100'000'000UL}) {
    Talk talk;
    const std::string chunk(16384, 'x');
    std::string got;
    for (std::size_t sent = 0; sent < size && !talk.closed; sent += chunk.size()) got += talk.say(chunk);
    EXPECT_EQ(got, too_long);
    EXPECT_TRUE(talk.closed);
    EXPECT_LE(talk.max_held, 2 * chunk.size());
  }
  Talk talk;  // byte by byte, to the last one that may come
  for (int i = 0; i < 12287; ++i) ASSERT_EQ(talk.say("x"), "");
  EXPECT_EQ(talk.say("x"), too_long);
  EXPECT_TRUE(talk.closed);
}

TEST(SessionLimits, body_lines_of_any_length) {
  for (const std::size_t length : {998UL, 1000UL, 1'000'000UL}) {
    Talk talk;
    talk.open_data();
    // A dot at every place where a server that cuts long lines might begin a new one.
    std::string line(length, '.');
    line[0] = 'x';
    EXPECT_EQ(talk.say_in_chunks(line + "\r\n.\r\n", [] { return 1000; }), "250 2.0.0 queued\r\n");
    ASSERT_EQ(talk.messages.size(), 1U);
    EXPECT_TRUE(talk.messages[0].bytes == line + "\r\n");
  }
}

TEST(SessionLimits, size_is_counted) {
  SessionOptions options = mx_options();
  options.max_message_bytes = 1000;
  Talk talk(options);
  talk.open_data();
  EXPECT_EQ(talk.say(padded("", 1000) + ".\r\n"), "250 2.0.0 queued\r\n");
  talk.open_data();
  EXPECT_EQ(talk.say(padded("", 1001) + ".\r\n"), "552 5.3.4 message size exceeds fixed maximum of 1000\r\n");
  EXPECT_EQ(talk.messages.size(), 1U);
  EXPECT_TRUE(talk.session.idle());
  EXPECT_EQ(talk.say("NOOP\r\n"), "250 2.0.0 OK\r\n");
}

TEST(SessionLimits, a_message_over_the_limit_is_read_to_its_end_in_bounded_memory) {
  Talk talk;
  talk.open_data();
  const std::string chunk = padded("x", 65536);
  for (int i = 0; i < 1600; ++i) ASSERT_EQ(talk.say(chunk), "");
  EXPECT_LE(talk.max_held, 10U * 1024 * 1024 + 10'000);
  EXPECT_EQ(talk.say(".\r\nNOOP\r\n"),
            "552 5.3.4 message size exceeds fixed maximum of 10485760\r\n250 2.0.0 OK\r\n");
}

TEST(SessionLimits, recipients) {
  SessionOptions options = mx_options();
  options.max_recipients = 3;
  Talk talk(options);
  talk.say("EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<1@b>\r\nRCPT TO:<2@b>\r\nRCPT TO:<3@b>\r\n");
  EXPECT_EQ(talk.say("RCPT TO:<4@b>\r\n"), "452 4.5.3 Too many recipients\r\n");
  EXPECT_TRUE(talk.say("DATA\r\n").starts_with("354 "));
  talk.say("x\r\n.\r\n");
  EXPECT_EQ(talk.messages.at(0).envelope.recipients.size(), 3U);
}

TEST(SessionLimits, a_million_recipients) {
  Talk talk;
  talk.say("EHLO c\r\nMAIL FROM:<a@b>\r\n");
  const std::string rcpt =
      "RCPT TO:<" + std::string(200, 'a') + "@b.example> ORCPT=rfc822;" + std::string(490, 'a') + "\r\n";
  int sent = 0;
  while (!talk.closed && sent < 1'000'000) {
    talk.say(rcpt);
    ++sent;
  }
  EXPECT_EQ(sent, 100 + 1000 + 20);  // accepted, answered 452, and then called errors
  EXPECT_LE(talk.max_held, 100U * 1200);
}

TEST(SessionLimits, too_many_errors) {
  Talk talk;
  const std::string error = "500 5.5.2 Syntax error, command unrecognized\r\n";
  for (int i = 0; i < 19; ++i) ASSERT_EQ(talk.say("X\r\n"), error);
  EXPECT_EQ(talk.say("X\r\nX\r\n"),
            error + "421 4.7.0 mx.example.org too many errors, closing transmission channel\r\n");
  EXPECT_TRUE(talk.closed);
  EXPECT_EQ(talk.say("NOOP\r\n"), "");
}

TEST(SessionLimits, guessing_recipients_is_an_error) {
  Talk talk;
  talk.gatekeeper.recipient = [](const Mailbox&) { return Reply{550, "5.1.1", "no"}; };
  talk.say("EHLO c\r\nMAIL FROM:<a@b>\r\n");
  int guesses = 0;
  for (; !talk.closed && guesses < 1000; ++guesses) talk.say("RCPT TO:<x@b>\r\n");
  EXPECT_EQ(guesses, 20);
}

TEST(SessionLimits, endless_small_talk_ends) {
  for (const char* line : {"NOOP\r\n", "RSET\r\n", "VRFY a\r\n", "HELP\r\n"}) {
    Talk talk;
    int said = 0;
    for (; !talk.closed && said < 1000; ++said) talk.say(line);
    EXPECT_EQ(said, 120) << line;
  }
}

// A connection that is kept for days and delivers is not ended for what it did long ago.
TEST(SessionLimits, an_accepted_message_clears_the_count) {
  Talk talk;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 15; ++i) talk.say("X\r\n");
    talk.open_data();
    talk.say("x\r\n.\r\n");
  }
  EXPECT_FALSE(talk.closed);
  EXPECT_EQ(talk.messages.size(), 5U);
}

TEST(SessionLimits, refuse_message_while_it_comes_in) {
  Talk talk;
  talk.open_data();
  talk.say(padded("x", 100'000));
  EXPECT_GE(talk.session.held_bytes(), 100'000U);
  talk.session.refuse_message({452, "4.3.1", "no memory"});
  EXPECT_LE(talk.session.held_bytes(), 1000U);
  EXPECT_EQ(talk.say("more\r\n.\r\nNOOP\r\n"), "452 4.3.1 no memory\r\n250 2.0.0 OK\r\n");
  EXPECT_EQ(talk.messages.size(), 0U);
  talk.open_data();
  EXPECT_EQ(talk.say("x\r\n.\r\n"), "250 2.0.0 queued\r\n");
}

TEST(SessionLimits, refuse_message_before_it_comes_in) {
  Talk talk;
  talk.session.refuse_message({452, "4.3.1", "no memory"});  // no transaction: nothing to refuse
  talk.say("EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<a@b>\r\n");
  talk.session.refuse_message({452, "4.3.1", "no memory"});
  EXPECT_EQ(talk.say("DATA\r\n"), "452 4.3.1 no memory\r\n");
  EXPECT_EQ(talk.say("DATA\r\n"), "503 5.5.1 Bad sequence of commands: MAIL first\r\n");
  talk.open_data();
  EXPECT_TRUE(talk.session.in_message());
}

TEST(SessionEnd, timeout) {
  const std::string last = "421 4.4.2 mx.example.org timeout, closing transmission channel\r\n";
  Talk talk;
  EXPECT_EQ(talk.drive(talk.session.on_timeout()), last);
  Talk reading;
  reading.open_data();
  reading.say("half a mess");
  EXPECT_EQ(reading.drive(reading.session.on_timeout()), last);
  EXPECT_TRUE(reading.closed);
  EXPECT_EQ(reading.messages.size(), 0U);
  EXPECT_EQ(reading.session.held_bytes(), 0U);
}

TEST(SessionEnd, shutdown_of_the_idle) {
  const std::string last = "421 4.3.2 mx.example.org is shutting down, closing transmission channel\r\n";
  Talk talk;
  EXPECT_EQ(talk.drive(talk.session.on_shutdown()), last);
  FakeGatekeeper gatekeeper;
  Session not_greeted(mx_options(), "192.0.2.1", gatekeeper);
  EXPECT_EQ(not_greeted.on_shutdown().output, "");
  EXPECT_EQ(not_greeted.start().output, last);
}

TEST(SessionEnd, shutdown_amid_a_transaction_waits_for_it) {
  const std::string last = "421 4.3.2 mx.example.org is shutting down, closing transmission channel\r\n";
  Talk talk;
  talk.open_data();
  EXPECT_EQ(talk.drive(talk.session.on_shutdown()), "");
  EXPECT_FALSE(talk.closed);
  EXPECT_EQ(talk.say("x\r\n.\r\nMAIL FROM:<a@b>\r\n"), "250 2.0.0 queued\r\n" + last);
  EXPECT_TRUE(talk.closed);
  EXPECT_EQ(talk.messages.size(), 1U);

  Talk resets;
  resets.say("EHLO c\r\nMAIL FROM:<a@b>\r\n");
  resets.drive(resets.session.on_shutdown());
  EXPECT_EQ(resets.say("RSET\r\n"), "250 2.0.0 OK\r\n" + last);
}

TEST(SessionEnd, shutdown_while_the_driver_is_busy_changes_nothing_yet) {
  FakeGatekeeper gatekeeper;
  Session session(mx_options(), "192.0.2.1", gatekeeper);
  session.start();
  ASSERT_EQ(session.on_bytes("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\nx\r\n.\r\n").next,
            Step::Next::accept);
  const Step step = session.on_shutdown();
  EXPECT_EQ(step.output, "");
  EXPECT_EQ(step.next, Step::Next::accept);
  session.take_message();
  EXPECT_EQ(session.on_accepted({Reply{250, "2.0.0", "queued"}}).next, Step::Next::close);
}

TEST(SessionEnd, early_talkers) {
  FakeGatekeeper gatekeeper;
  Session session(mx_options(), "192.0.2.1", gatekeeper);
  const Step step = session.on_bytes("EHLO c\r\n");
  EXPECT_EQ(step.output, "554 5.5.0 SMTP synchronization error: greeting not awaited\r\n");
  EXPECT_EQ(step.next, Step::Next::close);
}

}  // namespace
}  // namespace breakwater::smtp::test
