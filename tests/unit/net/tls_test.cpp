// STARTTLS, TLS from the first byte, and logging in behind it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/tls.h"
#include "server_kit.h"

namespace breakwater::net {
namespace {

using namespace std::chrono_literals;

class Tls : public ServerTest {
 protected:
  static ListenerSettings secure(bool wrapped = false) {
    auto settings = listener(wrapped ? "submissions" : "submission");
    settings.certificate = settings.key = certificate();
    settings.session.tls_wrapped = wrapped;
    settings.session.submission = true;
    return settings;
  }
};

TEST_F(Tls, StartTlsTakesAMessage) {
  auto settings = secure();
  settings.session.submission = false;
  Client client(serve({settings}));
  client.reply();
  EXPECT_NE(client.ask("EHLO me.example").find("STARTTLS"), std::string::npos);
  EXPECT_EQ(client.ask("STARTTLS").substr(0, 3), "220");
  ASSERT_TRUE(client.start_tls());
  const auto extensions = client.ask("EHLO me.example");
  EXPECT_EQ(extensions.find("STARTTLS"), std::string::npos);
  EXPECT_EQ(client.ask("STARTTLS").substr(0, 3), "503");
  client.send(kEnvelope);
  for (int i = 0; i < 3; ++i) client.reply();
  const std::string body = "Subject: x\r\n\r\n" + std::string(300, 'y') + "\r\n";
  EXPECT_EQ(client.ask(body + ".").substr(0, 3), "250");
  const auto message = inbox.message(0);
  EXPECT_EQ(message.bytes, body);
  EXPECT_TRUE(message.peer.tls);
  EXPECT_EQ(message.peer.tls_version, "TLSv1.3");
  EXPECT_FALSE(message.peer.tls_cipher.empty());
  EXPECT_EQ(client.ask("QUIT").substr(0, 3), "221");
  EXPECT_TRUE(client.closed());
}

TEST_F(Tls, WrappedGreetsInsideOfTls) {
  auto settings = secure(true);
  settings.session.submission = false;
  Client client(serve({settings}));
  ASSERT_TRUE(client.start_tls(TLS1_2_VERSION));
  EXPECT_EQ(client.reply().substr(0, 3), "220");
  client.ask("EHLO me.example");
  client.send(kEnvelope);
  for (int i = 0; i < 3; ++i) client.reply();
  EXPECT_EQ(client.ask("x: y\r\n\r\n.").substr(0, 3), "250");
  EXPECT_EQ(inbox.message(0).peer.tls_version, "TLSv1.2");
}

TEST_F(Tls, OldVersionsAndClearTextAreRefused) {
  const auto port = serve({secure(true)});
  Client old(port);
  EXPECT_FALSE(old.start_tls(TLS1_1_VERSION));
  Client clear(port);
  clear.send("EHLO me.example\r\n");
  EXPECT_TRUE(clear.closed());
  EXPECT_EQ(clear.reply().find("220"), std::string::npos);
  EXPECT_TRUE(all_gone());
}

// CVE-2011-0411: a command injected behind STARTTLS in the same segment.
TEST_F(Tls, WhatWasSaidInClearIsNotHeardInside) {
  Client client(serve({secure()}));
  client.reply();
  client.ask("EHLO me.example");
  client.send("STARTTLS\r\nNOOP injected\r\n");
  EXPECT_EQ(client.reply().substr(0, 3), "554");
  EXPECT_TRUE(client.closed());
}

TEST_F(Tls, AByteInClearBehindTheHandshakeEndsTheSession) {
  const auto port = serve({secure()});
  Client client(port);
  client.reply();
  client.ask("EHLO me.example");
  client.ask("STARTTLS");
  client.send("MAIL FROM:<a@example.com>\r\n");  // no ClientHello
  EXPECT_TRUE(client.closed());
  EXPECT_TRUE(all_gone());
}

TEST_F(Tls, AHandshakeHasADeadline) {
  options.handshake = 50ms;
  const auto port = serve({secure(true)});
  Client silent(port);
  EXPECT_TRUE(silent.closed());
  EXPECT_TRUE(all_gone());
}

TEST_F(Tls, IdleSessionsInsideOfTlsHear421) {
  options.command = 80ms;
  Client client(serve({secure(true)}));
  ASSERT_TRUE(client.start_tls());
  EXPECT_EQ(client.reply().substr(0, 3), "220");
  EXPECT_EQ(client.reply().substr(0, 9), "421 4.4.2");
  EXPECT_TRUE(client.closed());
}

TEST_F(Tls, WithoutACertificateItIsNotOffered) {
  Client client(serve());
  client.reply();
  EXPECT_EQ(client.ask("EHLO me.example").find("STARTTLS"), std::string::npos);
  EXPECT_NE(client.ask("STARTTLS").substr(0, 3), "220");
}

TEST_F(Tls, CertificatesThatCannotBeUsedAreNamed) {
  const auto missing = load_tls("/nonexistent.pem", "/nonexistent.pem");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().what.find("/nonexistent.pem"), std::string::npos);
  const auto no_key = load_tls(certificate(), "/nonexistent.key");
  ASSERT_FALSE(no_key);
  EXPECT_NE(no_key.error().what.find("/nonexistent.key"), std::string::npos);
  const std::string junk = testing::TempDir() + "breakwater-junk-" + std::to_string(::getpid()) + ".pem";
  std::ofstream(junk) << "not a certificate\n";
  EXPECT_FALSE(load_tls(junk, certificate()));
  EXPECT_FALSE(load_tls(certificate(), junk));
  std::remove(junk.c_str());
  EXPECT_TRUE(load_tls(certificate(), certificate()));
}

// Says yes to the password "pencil", from another thread.
class Desk : public Authenticator {
 public:
  ~Desk() override {
    for (auto& thread : threads) thread.join();
  }
  std::unique_ptr<AuthExchange> begin(const smtp::Peer& peer) override {
    EXPECT_EQ(peer.address, "127.0.0.1");
    struct Exchange : AuthExchange {
      explicit Exchange(Desk& d) : desk(d) {}
      void step(smtp::AuthMessage message, Done done) override {
        desk.threads.emplace_back([&d = desk, message = std::move(message), done = std::move(done)] {
          smtp::AuthAnswer answer;
          if (d.drop) return;
          if (message.first)
            answer.challenge = "Password:";
          else if (message.response == "pencil")
            answer.login = "user@example.org";
          std::this_thread::sleep_for(20ms);
          done(std::move(answer));
        });
      }
      Desk& desk;
    };
    return std::make_unique<Exchange>(*this);
  }
  std::vector<std::thread> threads;  // grows on the sessions' thread, one session at a time
  std::atomic<bool> drop{false};
};

TEST_F(Tls, LogsIn) {
  Desk desk;
  authenticator = &desk;
  Client client(serve({secure(true)}));
  ASSERT_TRUE(client.start_tls());
  client.reply();
  client.ask("EHLO me.example");
  EXPECT_EQ(client.ask("MAIL FROM:<a@example.com>").substr(0, 3), "530");
  EXPECT_EQ(client.ask("AUTH LOGIN").substr(0, 3), "334");
  EXPECT_EQ(client.ask("d3Jvbmc=").substr(0, 9), "535 5.7.8");
  EXPECT_EQ(client.ask("AUTH LOGIN").substr(0, 3), "334");
  EXPECT_EQ(client.ask("cGVuY2ls").substr(0, 3), "235");
  client.send(kEnvelope);
  for (int i = 0; i < 3; ++i) client.reply();
  EXPECT_EQ(client.ask("x: y\r\n\r\n.").substr(0, 3), "250");
  EXPECT_EQ(inbox.message(0).peer.login, "user@example.org");
  server.reset();
}

TEST_F(Tls, LoggingInWithoutAnAnswerIsATemporaryFailure) {
  Desk desk;
  desk.drop = true;
  authenticator = &desk;
  Client client(serve({secure(true)}));
  ASSERT_TRUE(client.start_tls());
  client.reply();
  client.ask("EHLO me.example");
  EXPECT_EQ(client.ask("AUTH LOGIN").substr(0, 9), "454 4.7.0");
  server.reset();
}

TEST_F(Tls, WithoutAnAuthenticatorItIsATemporaryFailure) {
  Client client(serve({secure(true)}));
  ASSERT_TRUE(client.start_tls());
  client.reply();
  client.ask("EHLO me.example");
  EXPECT_EQ(client.ask("AUTH PLAIN AHVzZXIAcGVuY2ls").substr(0, 9), "454 4.7.0");
}

TEST_F(Tls, AClientMayHangUpWhileItsPasswordIsChecked) {
  Desk desk;
  authenticator = &desk;
  const auto port = serve({secure(true)});
  {
    Client client(port);
    ASSERT_TRUE(client.start_tls());
    client.reply();
    client.ask("EHLO me.example");
    client.send("AUTH LOGIN\r\n");
  }
  EXPECT_TRUE(all_gone());
  server.reset();
}

}  // namespace
}  // namespace breakwater::net
