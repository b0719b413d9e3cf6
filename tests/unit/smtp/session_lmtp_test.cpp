// RFC 2033: LHLO, and an answer for each recipient.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "session_talk.h"
#include "smtp/session.h"

namespace breakwater::smtp::test {
namespace {

const char* const opening =
    "LHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<1@c>\r\nRCPT TO:<no@c>\r\nRCPT TO:<2@c>\r\nDATA\r\n";

std::optional<Reply> refuse_no(const Mailbox& to) {
  if (to.local == "no") return Reply{550, "5.1.1", "no such list"};
  return std::nullopt;
}

TEST(SessionLmtp, one_answer_for_each_accepted_recipient) {
  FakeGatekeeper gatekeeper;
  gatekeeper.recipient = refuse_no;
  Session session(lmtp_options(), "unix", gatekeeper);
  EXPECT_EQ(session.start().output, "220 mx.example.org LMTP Service ready\r\n");
  session.on_bytes(opening);
  Step step = session.on_bytes("x\r\n.\r\nQUIT\r\n");
  ASSERT_EQ(step.next, Step::Next::accept);
  EXPECT_EQ(step.output, "");
  const ReceivedMessage message = session.take_message();
  EXPECT_EQ(message.protocol, Protocol::lmtp);
  ASSERT_EQ(message.envelope.recipients.size(), 2U);
  step = session.on_accepted({Reply{250, "2.1.5", "one"}, Reply{450, "4.2.0", "two"}});
  EXPECT_EQ(step.output,
            "250 2.1.5 one\r\n450 4.2.0 two\r\n"
            "221 2.0.0 mx.example.org Service closing transmission channel\r\n");
  EXPECT_EQ(step.next, Step::Next::close);
}

TEST(SessionLmtp, a_refusal_of_the_whole_message_is_said_for_each) {
  SessionOptions options = lmtp_options();
  options.max_message_bytes = 100;
  Talk talk(options);
  talk.gatekeeper.recipient = refuse_no;
  talk.say(opening);
  EXPECT_EQ(talk.say(std::string(200, 'x') + "\r\n.\r\n"),
            "552 5.3.4 message size exceeds fixed maximum of 100\r\n"
            "552 5.3.4 message size exceeds fixed maximum of 100\r\n");
  EXPECT_FALSE(talk.closed);
  talk.say(opening);
  EXPECT_EQ(talk.say("x\n\r\n.\r\n"),
            "550 5.5.2 bare LF in message: lines must end in CRLF (RFC 5321 2.3.8)\r\n"
            "550 5.5.2 bare LF in message: lines must end in CRLF (RFC 5321 2.3.8)\r\n");
  EXPECT_TRUE(talk.closed);
}

// RFC 2033 4.2: 503, not 554, when no recipient was accepted.
TEST(SessionLmtp, data_without_a_recipient) {
  Talk talk(lmtp_options());
  talk.gatekeeper.recipient = refuse_no;
  talk.say("LHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<no@c>\r\n");
  EXPECT_EQ(talk.say("DATA\r\n"), "503 5.5.1 Bad sequence of commands: RCPT first\r\n");
}

// A relay in front hands over what it took; many unknown recipients do not end its session.
TEST(SessionLmtp, unknown_recipients_do_not_count_as_guessing) {
  Talk talk(lmtp_options());
  talk.gatekeeper.recipient = refuse_no;
  talk.say("LHLO c\r\nMAIL FROM:<a@b>\r\n");
  for (int i = 0; i < 90; ++i) ASSERT_EQ(talk.say("RCPT TO:<no@c>\r\n"), "550 5.1.1 no such list\r\n");
  EXPECT_FALSE(talk.closed);
}

}  // namespace
}  // namespace breakwater::smtp::test
