// Whole dialogues, byte for byte.
#include <gtest/gtest.h>

#include <string>

#include "smtp/session.h"
#include "session_talk.h"

namespace breakwater::smtp::test {
namespace {

TEST(SessionMail, takes_a_message_and_says_goodbye) {
  Talk talk;
  EXPECT_EQ(talk.greeting, "220 mx.example.org ESMTP Service ready\r\n");
  EXPECT_EQ(talk.say("EHLO c.example\r\n"),
            "250-mx.example.org\r\n250-PIPELINING\r\n250-SIZE 10485760\r\n250-STARTTLS\r\n250-ENHANCEDSTATUSCODES\r\n"
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
  EXPECT_EQ(talk.messages[0].bytes, "Subject: x\r\n\r\n.dot\r\n");
  EXPECT_EQ(talk.messages[0].envelope.reverse_path->text(), "a@b.example");
  EXPECT_EQ(talk.messages[0].envelope.recipients.at(0).mailbox.text(), "list@example.org");
  EXPECT_EQ(talk.messages[0].peer.helo, "c.example");
  EXPECT_TRUE(talk.messages[0].peer.esmtp);
}

}  // namespace
}  // namespace breakwater::smtp::test
