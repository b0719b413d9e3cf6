// Messages in, replies out: what a client sees of a server that is well.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "server_kit.h"

namespace breakwater::net {
namespace {

using namespace std::chrono_literals;
using Dialogue = ServerTest;

TEST_F(Dialogue, GreetsAndSaysGoodbye) {
  Client client(serve());
  EXPECT_EQ(client.reply(), "220 mx.example.org ESMTP Service ready\r\n");
  EXPECT_EQ(client.ask("EHLO me.example").substr(0, 3), "250");
  EXPECT_EQ(client.ask("QUIT").substr(0, 3), "221");
  EXPECT_TRUE(client.closed());
  client.hang_up();
  EXPECT_TRUE(all_gone());
  EXPECT_EQ(server->counts().accepted, 1u);
}

TEST_F(Dialogue, TakesPipelinedMessages) {
  Client client(serve());
  client.reply();
  client.ask("EHLO me.example");
  for (int i = 0; i < 5; ++i) {
    client.send(kEnvelope);
    EXPECT_EQ(client.reply().substr(0, 3), "250");
    EXPECT_EQ(client.reply().substr(0, 3), "250");
    EXPECT_EQ(client.reply().substr(0, 3), "354");
    client.send("Subject: " + std::to_string(i) + "\r\n\r\n..stuffed\r\n.\r\n");
    EXPECT_EQ(client.reply(), "250 2.0.0 stored 0\r\n");
  }
  client.send(kEnvelope + "Subject: at once\r\n\r\nx\r\n.\r\nQUIT\r\n");
  for (const char* code : {"250", "250", "354", "250", "221"}) EXPECT_EQ(client.reply().substr(0, 3), code);
  ASSERT_EQ(inbox.size(), 6u);
  EXPECT_EQ(inbox.message(3).bytes, "Subject: 3\r\n\r\n.stuffed\r\n");
  EXPECT_EQ(inbox.message(0).peer.address, "127.0.0.1");
  EXPECT_EQ(inbox.message(0).peer.helo, "me.example");
  client.hang_up();
  EXPECT_TRUE(all_gone());
  EXPECT_EQ(server->counts().messages, 6u);
  EXPECT_EQ(server->counts().bytes_held, 0u);
}

TEST_F(Dialogue, TakesALargeMessageInAllSizesOfPieces) {
  Client client(serve());
  client.reply();
  client.ask("EHLO me.example");
  std::string body = "Subject: large\r\n\r\n";
  while (body.size() < 3'000'000)
    body += "0123456789012345678901234567890123456789012345678901234567890123456789\r\n";
  client.send(kEnvelope);
  for (int i = 0; i < 3; ++i) client.reply();
  for (std::size_t at = 0, piece = 1; at < body.size(); at += piece, piece = piece * 2 % 100'003) {
    client.send(body.substr(at, piece));
  }
  EXPECT_EQ(client.ask(".").substr(0, 3), "250");
  EXPECT_EQ(inbox.message(0).bytes, body);
}

TEST_F(Dialogue, LmtpOverAUnixSocketAnswersForEachRecipient) {
  auto settings = listener("lmtp");
  settings.address = testing::TempDir() + "breakwater-lmtp-" + std::to_string(::getpid());
  settings.session.protocol = smtp::Protocol::lmtp;
  serve({settings});
  Client client(settings.address);
  EXPECT_EQ(client.reply().substr(0, 3), "220");
  client.ask("LHLO front.example");
  client.send(
      "MAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nRCPT TO:<nobody@example.org>\r\nRCPT "
      "TO:<b@example.org>\r\n");
  for (const char* code : {"250", "250", "550", "250"}) EXPECT_EQ(client.reply().substr(0, 3), code);
  EXPECT_EQ(client.ask("DATA").substr(0, 3), "354");
  EXPECT_EQ(client.ask("Subject: x\r\n\r\n.").substr(0, 20), "250 2.0.0 stored 0\r\n");
  EXPECT_EQ(client.reply().substr(0, 20), "250 2.0.0 stored 1\r\n");
  EXPECT_EQ(inbox.message(0).peer.address, "unix");
}

TEST_F(Dialogue, AnswersComeLateAndFromAnotherThread) {
  inbox.leave_waiting = true;
  Client client(serve());
  client.reply();
  client.ask("EHLO me.example");
  client.send(kEnvelope);
  for (int i = 0; i < 3; ++i) client.reply();
  client.send("x: y\r\n\r\n.\r\n");
  auto done = inbox.next_waiting();
  EXPECT_EQ(client.reply(30ms), "") << "nothing is promised yet";
  done({{452, "4.3.1", "the disk is full"}});
  done({{250, "2.0.0", "a second answer is nobody's"}});
  EXPECT_EQ(client.reply(), "452 4.3.1 the disk is full\r\n");
  EXPECT_EQ(client.ask("NOOP").substr(0, 3), "250");
}

TEST_F(Dialogue, NoAnswerIsATemporaryOne) {
  options.answer = 50ms;
  inbox.leave_waiting = true;
  Client client(serve());
  client.reply();
  client.ask("EHLO me.example");
  client.send(kEnvelope);
  for (int i = 0; i < 3; ++i) client.reply();
  EXPECT_EQ(client.ask("x: y\r\n\r\n.").substr(0, 9), "451 4.3.0");
  inbox.next_waiting()({{250, "2.0.0", "too late"}});
  inbox.leave_waiting = false;
  inbox.drop = true;
  client.send(kEnvelope);
  for (int i = 0; i < 3; ++i) EXPECT_NE(client.reply().substr(0, 1), "4");
  EXPECT_EQ(client.ask("x: y\r\n\r\n.").substr(0, 9), "451 4.3.0");
}

TEST_F(Dialogue, AClientThatHangsUpBeforeTheAnswerHarmsNobody) {
  inbox.leave_waiting = true;
  const auto port = serve();
  Client client(port);
  client.reply();
  client.ask("EHLO me.example");
  client.send(kEnvelope + "x: y\r\n\r\n.\r\n");
  auto done = inbox.next_waiting();
  client.hang_up();
  std::this_thread::sleep_for(20ms);
  done({{250, "2.0.0", "stored"}});
  EXPECT_TRUE(all_gone());
  Client next(port);
  EXPECT_EQ(next.reply().substr(0, 3), "220");
}

TEST_F(Dialogue, TheServerMayGoWhileSessionsAreOpen) {
  inbox.leave_waiting = true;
  const auto port = serve();
  Client idle(port), waiting(port);
  idle.reply();
  waiting.reply();
  waiting.ask("EHLO me.example");
  waiting.send(kEnvelope + "x: y\r\n\r\n.\r\n");
  auto done = inbox.next_waiting();
  server.reset();
  EXPECT_EQ(idle.reply().substr(0, 3), "421");
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(waiting.closed());
  done({{250, "2.0.0", "too late"}});
}

TEST_F(Dialogue, ContextsMayStopWhileSessionsAreOpen) {
  Client client(serve());
  client.reply();
  loops->stop();
  server.reset();
  loops.reset();  // destroys the coroutine where it stands
  EXPECT_TRUE(client.closed());
}

}  // namespace
}  // namespace breakwater::net
