// The mail transaction, byte for byte.
#include <gtest/gtest.h>

#include <string>

#include "session_talk.h"
#include "smtp/session.h"

namespace breakwater::smtp::test {
namespace {

TEST(SessionMail, takes_a_message_and_says_goodbye) {
  Talk talk;
  EXPECT_EQ(talk.greeting, "220 mx.example.org ESMTP Service ready\r\n");
  EXPECT_EQ(talk.say("EHLO c.example\r\n"),
            "250-mx.example.org\r\n250-PIPELINING\r\n250-SIZE "
            "10485760\r\n250-STARTTLS\r\n250-ENHANCEDSTATUSCODES\r\n"
            "250-8BITMIME\r\n250-DSN\r\n250-SMTPUTF8\r\n250 LIMITS RCPTMAX=100\r\n");
  EXPECT_EQ(talk.say("MAIL FROM:<a@b.example>\r\n"), "250 2.1.0 OK\r\n");
  EXPECT_EQ(talk.say("RCPT TO:<list@example.org>\r\n"), "250 2.1.5 OK\r\n");
  EXPECT_EQ(talk.say("DATA\r\n"), "354 Start mail input; end with <CRLF>.<CRLF>\r\n");
  EXPECT_TRUE(talk.session.in_message());
  EXPECT_EQ(talk.say("Subject: x\r\n\r\n..dot\r\n.\r\n"), "250 2.0.0 queued\r\n");
  EXPECT_FALSE(talk.session.in_message());
  EXPECT_EQ(talk.say("QUIT\r\n"), "221 2.0.0 mx.example.org Service closing transmission channel\r\n");
  EXPECT_TRUE(talk.closed);
  ASSERT_EQ(talk.messages.size(), 1U);
  const ReceivedMessage& message = talk.messages[0];
  EXPECT_EQ(message.bytes, "Subject: x\r\n\r\n.dot\r\n");
  EXPECT_EQ(message.protocol, Protocol::smtp);
  EXPECT_FALSE(message.submission);
  EXPECT_EQ(message.envelope.reverse_path->text(), "a@b.example");
  ASSERT_EQ(message.envelope.recipients.size(), 1U);
  EXPECT_EQ(message.envelope.recipients[0].mailbox.text(), "list@example.org");
  EXPECT_EQ(message.peer.address, "192.0.2.1");
  EXPECT_EQ(message.peer.helo, "c.example");
  EXPECT_TRUE(message.peer.esmtp);
  EXPECT_FALSE(message.peer.tls);
}

// RFC 2920: everything up to DATA in one segment, the answers in order in one output; then two transactions
// at once.
TEST(SessionMail, pipelined) {
  Talk talk;
  talk.say("EHLO c\r\n");
  talk.gatekeeper.recipient = [](const Mailbox& to) -> std::optional<Reply> {
    if (to.local == "no") return Reply{550, "5.1.1", "no such list"};
    return std::nullopt;
  };
  EXPECT_EQ(talk.say("RSET\r\nMAIL FROM:<a@b>\r\nRCPT TO:<no@c>\r\nRCPT TO:<yes@c>\r\nDATA\r\n"),
            "250 2.0.0 OK\r\n250 2.1.0 OK\r\n550 5.1.1 no such list\r\n250 2.1.5 OK\r\n"
            "354 Start mail input; end with <CRLF>.<CRLF>\r\n");
  EXPECT_EQ(
      talk.say("one\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<x@y>\r\nDATA\r\ntwo\r\n.\r\nQUIT\r\n"),
      "250 2.0.0 queued\r\n250 2.1.0 OK\r\n250 2.1.5 OK\r\n354 Start mail input; end with <CRLF>.<CRLF>\r\n"
      "250 2.0.0 queued\r\n221 2.0.0 mx.example.org Service closing transmission channel\r\n");
  ASSERT_EQ(talk.messages.size(), 2U);
  EXPECT_EQ(talk.messages[0].bytes, "one\r\n");
  EXPECT_EQ(talk.messages[0].envelope.recipients.size(), 1U);
  EXPECT_EQ(talk.messages[1].bytes, "two\r\n");
  EXPECT_FALSE(talk.messages[1].envelope.reverse_path);
}

// A client that pipelined the rest behind a MAIL that is refused made one mistake, not hundreds.
TEST(SessionMail, what_was_pipelined_behind_a_refused_mail_is_no_error_of_its_own) {
  Talk talk;
  talk.gatekeeper.sender = [](const Envelope&) { return Reply{550, "5.7.1", "not you"}; };
  std::string all = "EHLO c\r\nMAIL FROM:<a@b>\r\n";
  for (int i = 0; i < 90; ++i) all += "RCPT TO:<a@b>\r\n";
  const std::string got = talk.say(all + "DATA\r\n");
  EXPECT_NE(got.find("550 5.7.1 not you\r\n503 5.5.1 Bad sequence of commands: MAIL first\r\n"),
            std::string::npos);
  EXPECT_FALSE(talk.closed);
}

TEST(SessionMail, data_without_a_valid_recipient) {
  Talk talk;
  talk.gatekeeper.recipient = [](const Mailbox&) { return Reply{550, "5.1.1", "no"}; };
  talk.say("EHLO c\r\nMAIL FROM:<a@b>\r\n");
  EXPECT_EQ(talk.say("DATA\r\n"), "503 5.5.1 Bad sequence of commands: RCPT first\r\n");
  EXPECT_EQ(talk.say("RCPT TO:<x@y>\r\nDATA\r\n"), "550 5.1.1 no\r\n554 5.5.1 no valid recipients\r\n");
}

TEST(SessionMail, the_gatekeeper_sees_the_envelope_and_has_the_last_word) {
  Talk talk;
  bool seen = false;
  talk.gatekeeper.sender = [&seen](const Envelope& envelope) -> std::optional<Reply> {
    seen = envelope.reverse_path->text() == "a@b" && envelope.body == BodyType::eight_bit_mime;
    return Reply{250, "2.1.0", "welcome"};
  };
  EXPECT_TRUE(talk.say("EHLO c\r\nMAIL FROM:<a@b> BODY=8BITMIME\r\n").ends_with("250 2.1.0 welcome\r\n"));
  EXPECT_TRUE(seen);
  talk.gatekeeper.recipient = [](const Mailbox&) { return Reply{421, "4.3.2", "go away"}; };
  EXPECT_EQ(talk.say("RCPT TO:<x@y>\r\nNOOP\r\n"), "421 4.3.2 go away\r\n");
  EXPECT_TRUE(talk.closed);
}

TEST(SessionMail, addresses) {
  struct Case {
    const char* line;
    const char* reply;
  };
  for (const Case& c :
       {Case{"MAIL FROM:<>", "250 2.1.0 "}, Case{"MAIL FROM: <a@b>", "250 2.1.0 "},
        Case{"MAIL FROM:<\"a b\"@c>", "250 2.1.0 "}, Case{"MAIL FROM:a@b", "501 5.5.4 "},
        Case{"MAIL", "501 5.5.4 "}, Case{"MAIL TO:<a@b>", "501 5.5.4 "}, Case{"MAIL FROM:<a@b", "501 5.5.4 "},
        Case{"MAIL FROM:<a@b>x", "501 5.5.4 "}, Case{"MAIL FROM:<a>", "501 5.1.7 "},
        Case{"MAIL FROM:<postmaster>", "501 5.1.7 "}, Case{"MAIL FROM:<a@b@c>", "501 5.1.7 "},
        Case{"MAIL FROM:<@x:a@b>", "550 5.7.1 "}, Case{"MAIL FROM:<\xc3\xa9@b>", "553 5.6.7 "},
        Case{"MAIL FROM:<\xc3\xa9@b> SMTPUTF8", "250 2.1.0 "},
        Case{"MAIL FROM:<\xc0\xaf@b> SMTPUTF8", "501 5.5.2 "}, Case{"MAIL FROM:<\xff@b>", "501 5.5.2 "}}) {
    Talk talk;
    talk.say("EHLO c\r\n");
    EXPECT_TRUE(talk.say(std::string(c.line) + "\r\n").starts_with(c.reply)) << c.line;
  }
  for (const Case& c :
       {Case{"RCPT TO:<postmaster>", "250 2.1.5 "}, Case{"RCPT TO:<Postmaster@example.org>", "250 2.1.5 "},
        Case{"RCPT TO:<>", "501 5.1.3 "}, Case{"RCPT TO:<a>", "501 5.1.3 "},
        Case{"RCPT TO:<u@o@here>", "501 5.1.3 "}, Case{"RCPT TO:<@here:u@o>", "550 5.7.1 "},
        Case{"RCPT FROM:<a@b>", "501 5.5.4 "}, Case{"RCPT TO:<\xc3\xa9@b>", "553 5.6.7 "},
        Case{"RCPT TO:<a@b> SMTPUTF8", "555 5.5.4 "}}) {
    Talk talk;
    talk.say("EHLO c\r\nMAIL FROM:<a@b>\r\n");
    EXPECT_TRUE(talk.say(std::string(c.line) + "\r\n").starts_with(c.reply)) << c.line;
  }
  Talk talk;
  talk.say("EHLO c\r\nMAIL FROM:<> SMTPUTF8\r\n");
  EXPECT_EQ(talk.say("RCPT TO:<\xc3\xa9@b>\r\n"), "250 2.1.5 OK\r\n");
}

TEST(SessionMail, parameters) {
  struct Case {
    const char* parameters;
    const char* reply;
  };
  for (const Case& c : {Case{"SIZE=100", "250 "},
                        Case{"size=0", "250 "},
                        Case{"SIZE=10485760", "250 "},
                        Case{"SIZE=10485761", "552 5.3.4 message size exceeds fixed maximum of 10485760\r\n"},
                        Case{"SIZE=18446744073709551615", "552 5.3.4 "},
                        Case{"SIZE=18446744073709551616", "552 5.3.4 "},
                        Case{"SIZE=99999999999999999999", "552 5.3.4 "},
                        Case{"SIZE=100000000000000000000", "501 5.5.4 "},
                        Case{"SIZE=-1", "501 5.5.4 "},
                        Case{"SIZE=1x", "501 5.5.4 "},
                        Case{"SIZE", "501 5.5.4 "},
                        Case{"SIZE=1 SIZE=2", "501 5.5.4 "},
                        Case{"SIZE=1 size=1", "501 5.5.4 "},
                        Case{"BODY=7BIT", "250 "},
                        Case{"BODY=8bitmime", "250 "},
                        Case{"BODY=BINARYMIME", "501 5.5.4 "},
                        Case{"BODY", "501 5.5.4 "},
                        Case{"SMTPUTF8=yes", "501 5.5.4 "},
                        Case{"RET=full", "250 "},
                        Case{"RET=HDRS", "250 "},
                        Case{"RET=ALL", "501 5.5.4 "},
                        Case{"ENVID=a+2Bb", "250 "},
                        Case{"ENVID=a+0D+0Ab", "501 5.5.4 "},
                        Case{"ENVID=", "501 5.5.4 "},
                        Case{"ENVID", "501 5.5.4 "},
                        Case{"AUTH=<>", "555 5.5.4 "},
                        Case{"XYZZY", "555 5.5.4 parameter not recognized or not implemented: XYZZY\r\n"},
                        Case{"NOTIFY=NEVER", "555 5.5.4 "},
                        Case{"a=b=c", "501 5.5.4 "}}) {
    Talk talk;
    talk.say("EHLO c\r\n");
    const std::string got = talk.say(std::string("MAIL FROM:<a@b> ") + c.parameters + "\r\n");
    EXPECT_TRUE(got.starts_with(c.reply)) << c.parameters << ": " << got;
  }
  for (const Case& c : {Case{"NOTIFY=NEVER", "250 "}, Case{"NOTIFY=success,FAILURE,Delay", "250 "},
                        Case{"NOTIFY=NEVER,DELAY", "501 5.5.4 "}, Case{"NOTIFY=DELAY,DELAY", "501 5.5.4 "},
                        Case{"NOTIFY=DELAY,", "501 5.5.4 "}, Case{"NOTIFY", "501 5.5.4 "},
                        Case{"ORCPT=rfc822;a+2Bb@c", "250 "}, Case{"ORCPT=a@b", "501 5.5.4 "},
                        Case{"ORCPT=rfc822;+0D+0AX:y", "501 5.5.4 "}, Case{"ORCPT", "501 5.5.4 "},
                        Case{"NOTIFY=DELAY NOTIFY=NEVER", "501 5.5.4 "}, Case{"SIZE=1", "555 5.5.4 "}}) {
    Talk talk;
    talk.say("EHLO c\r\nMAIL FROM:<a@b>\r\n");
    const std::string got = talk.say(std::string("RCPT TO:<a@b> ") + c.parameters + "\r\n");
    EXPECT_TRUE(got.starts_with(c.reply)) << c.parameters << ": " << got;
  }
}

TEST(SessionMail, delivery_status_requests_reach_the_envelope) {
  Talk talk;
  talk.say(
      "EHLO c\r\nMAIL FROM:<a@b> RET=hdrs ENVID=x+2By SMTPUTF8 BODY=8BITMIME\r\n"
      "RCPT TO:<1@c> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;o+2Bo@d\r\nRCPT TO:<2@c> NOTIFY=NEVER\r\nRCPT "
      "TO:<3@c>\r\n"
      "DATA\r\n.\r\n");
  ASSERT_EQ(talk.messages.size(), 1U);
  const Envelope& envelope = talk.messages[0].envelope;
  EXPECT_EQ(envelope.ret, "HDRS");
  EXPECT_EQ(envelope.envid, "x+y");
  EXPECT_TRUE(envelope.smtputf8);
  EXPECT_EQ(envelope.body, BodyType::eight_bit_mime);
  ASSERT_EQ(envelope.recipients.size(), 3U);
  EXPECT_TRUE(envelope.recipients[0].dsn.success && envelope.recipients[0].dsn.delay);
  EXPECT_FALSE(envelope.recipients[0].dsn.failure || envelope.recipients[0].dsn.never);
  EXPECT_EQ(envelope.recipients[0].dsn.orcpt, "rfc822;o+o@d");
  EXPECT_TRUE(envelope.recipients[1].dsn.never);
  EXPECT_FALSE(envelope.recipients[1].dsn.failure);
  EXPECT_TRUE(envelope.recipients[2].dsn.failure);
}

// Nothing of one transaction is left in the next.
TEST(SessionMail, the_envelope_is_forgotten) {
  for (const char* between : {"RSET\r\n", "EHLO d\r\n", "HELO d\r\n", "DATA\r\nx\r\n.\r\n"}) {
    Talk talk;
    talk.say("EHLO c\r\nMAIL FROM:<a@b> SMTPUTF8 ENVID=1 RET=FULL BODY=8BITMIME\r\nRCPT TO:<1@c>\r\n");
    talk.say(between);
    EXPECT_TRUE(talk.say("RCPT TO:<2@c>\r\n").starts_with("503 ")) << between;
    talk.say("MAIL FROM:<>\r\nRCPT TO:<3@c>\r\nDATA\r\ny\r\n.\r\n");
    const Envelope& envelope = talk.messages.back().envelope;
    EXPECT_FALSE(envelope.reverse_path || envelope.smtputf8);
    EXPECT_EQ(envelope.envid + envelope.ret, "");
    EXPECT_EQ(envelope.body, BodyType::seven_bit);
    ASSERT_EQ(envelope.recipients.size(), 1U);
    EXPECT_EQ(envelope.recipients[0].mailbox.local, "3");
  }
}

TEST(SessionMail, a_verdict_of_any_kind_is_passed_on_and_the_session_goes_on) {
  for (const Reply& verdict : {Reply{550, "5.7.1", "may not post\nsee REF"}, Reply{451, "4.3.0", "later"}}) {
    Talk talk;
    talk.verdict = verdict;
    talk.open_data();
    EXPECT_EQ(talk.say("x\r\n.\r\n"), verdict.wire());
    EXPECT_TRUE(talk.session.idle());
    EXPECT_EQ(talk.say("RCPT TO:<a@b>\r\n"), "503 5.5.1 Bad sequence of commands: MAIL first\r\n");
  }
}

}  // namespace
}  // namespace breakwater::smtp::test
