// Start, reload, drain: which sockets are there, and what becomes of sessions.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <chrono>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "net/endpoint.h"
#include "server_kit.h"

namespace breakwater::net {
namespace {

using namespace std::chrono_literals;
using Listening = ServerTest;

std::string socket_path(const std::string& name) {
  return testing::TempDir() + "breakwater-" + name + "-" + std::to_string(::getpid());
}

TEST_F(Listening, ReloadKeepsSocketsAndChangesNewSessions) {
  const auto port = serve();
  Client old(port);
  EXPECT_EQ(old.reply().substr(0, 18), "220 mx.example.org");
  auto changed = listener();
  changed.session.hostname = "new.example.org";
  EXPECT_EQ(serve({changed}), port);
  Client fresh(port);
  EXPECT_EQ(fresh.reply().substr(0, 19), "220 new.example.org");
  EXPECT_EQ(old.ask("EHLO me.example").substr(4, 14), "mx.example.org")
      << "who was there stays as they began";
}

TEST_F(Listening, AReloadThatCannotBeChangesNothing) {
  const auto port = serve();
  auto broken = listener();
  broken.session.hostname = "new.example.org";
  broken.certificate = "/nonexistent.pem";
  EXPECT_FALSE(server->configure(options, {broken}));
  auto taken = listener("second");
  taken.address = "127.0.0.1:" + std::to_string(port);
  auto changed = listener();
  changed.session.hostname = "new.example.org";
  const auto result = server->configure(options, {changed, taken});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().fault, Fault::busy);
  EXPECT_NE(result.error().what.find(taken.address), std::string::npos);
  Client client(port);
  EXPECT_EQ(client.reply().substr(0, 18), "220 mx.example.org");
  EXPECT_EQ(server->local_endpoints().size(), 1u);
}

TEST_F(Listening, WhatIsNotConfiguredAnyMoreIsClosed) {
  auto unix_listener = listener("lmtp");
  unix_listener.address = socket_path("gone");
  const auto port = serve({listener(), unix_listener});
  ASSERT_EQ(server->local_endpoints().size(), 2u);
  EXPECT_EQ(server->local_endpoints()[1].name, "lmtp");
  EXPECT_EQ(server->local_endpoints()[1].address, unix_listener.address);
  Client open(port);
  open.reply();
  serve({unix_listener});
  EXPECT_TRUE(eventually([port] { return Client(port).reply(20ms).empty(); }));
  EXPECT_EQ(open.ask("NOOP").substr(0, 3), "250") << "its sessions go on";
  EXPECT_EQ(Client(unix_listener.address).reply().substr(0, 3), "220");
  serve({});
  EXPECT_EQ(::access(unix_listener.address.c_str(), F_OK), -1);
}

TEST_F(Listening, AUnixSocketHasItsModeAndTakesTheDeadOnesPlace) {
  auto settings = listener("lmtp");
  settings.address = socket_path("mode");
  settings.unix_mode = 0620;
  {
    // What a killed server leaves behind.
    auto dead = open_listener(settings.address, 0600);
    ASSERT_TRUE(dead);
    ::close(dead->fd);
  }
  serve({settings});
  struct stat file {};
  ASSERT_EQ(::stat(settings.address.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0620u);
  const auto second = open_listener(settings.address, 0600);
  ASSERT_FALSE(second) << "somebody answers there";
  EXPECT_EQ(second.error().fault, Fault::busy);
  EXPECT_EQ(Client(settings.address).reply().substr(0, 3), "220");
  server.reset();
  EXPECT_EQ(::access(settings.address.c_str(), F_OK), -1);
}

TEST_F(Listening, AFileThatIsNoSocketIsLeftAlone) {
  const auto path = socket_path("file");
  std::ofstream(path) << "precious";
  const auto opened = open_listener(path, 0600);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().fault, Fault::exists);
  EXPECT_EQ(::access(path.c_str(), F_OK), 0);
  ::unlink(path.c_str());
}

TEST_F(Listening, AdoptsASocketFromTheServiceManager) {
  const auto given = open_listener("127.0.0.1:0", 0);
  ASSERT_TRUE(given);
  auto settings = listener();
  settings.adopted_fd = given->fd;
  EXPECT_EQ(serve({settings}), given->port);
  EXPECT_EQ(Client(given->port).reply().substr(0, 3), "220");
  serve({});
  EXPECT_EQ(serve({settings}), given->port) << "it may come back: the descriptor was not closed";
  EXPECT_EQ(Client(given->port).reply().substr(0, 3), "220");
  ::close(given->fd);
  EXPECT_FALSE(adopt_listener(given->fd, "closed"));
  const int plain = ::socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_FALSE(adopt_listener(plain, "not listening"));
  ::close(plain);
}

TEST_F(Listening, SpreadsSessionsOverTheContexts) {
  const auto port = serve();
  inbox.leave_waiting = true;
  // One thread stands still: every other connection is served all the same.
  std::promise<void> release;
  boost::asio::post(*loops->all().back(), [gate = release.get_future().share()] { gate.wait(); });
  std::vector<std::unique_ptr<Client>> clients;
  int greeted = 0;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<Client>(port));
    if (!clients.back()->reply(1500ms).empty()) ++greeted;
  }
  EXPECT_EQ(greeted, 3);
  release.set_value();
}

class Draining : public ServerTest {
 protected:
  std::future<void> drain(std::chrono::milliseconds limit) {
    auto promise = std::make_shared<std::promise<void>>();
    server->drain(limit, [promise] { promise->set_value(); });
    return promise->get_future();
  }
};

TEST_F(Draining, WithoutSessionsItIsDoneAtOnce) {
  const auto port = serve();
  auto done = drain(60s);
  ASSERT_EQ(done.wait_for(30s), std::future_status::ready);
  EXPECT_EQ(Client(port).reply(100ms), "");
}

TEST_F(Draining, TellsTheIdleAndLetsTransactionsFinish) {
  inbox.leave_waiting = true;
  const auto port = serve();
  Client idle(port), in_envelope(port), in_data(port), waiting(port);
  for (Client* client : {&idle, &in_envelope, &in_data, &waiting}) {
    client->reply();
    client->ask("EHLO me.example");
  }
  in_envelope.ask("MAIL FROM:<a@example.com>");
  for (Client* client : {&in_data, &waiting}) {
    client->send(kEnvelope);
    for (int i = 0; i < 3; ++i) client->reply();
  }
  waiting.send("x: y\r\n\r\n.\r\n");
  auto answer = inbox.next_waiting();
  inbox.leave_waiting = false;

  auto done = drain(60s);
  EXPECT_EQ(idle.reply().substr(0, 9), "421 4.3.2");
  EXPECT_TRUE(idle.closed());
  idle.hang_up();
  EXPECT_EQ(in_data.ask("x: y\r\n\r\n.").substr(0, 3), "250");
  EXPECT_EQ(in_data.reply().substr(0, 9), "421 4.3.2");
  EXPECT_EQ(in_envelope.ask("RSET").substr(0, 3), "250");
  EXPECT_EQ(in_envelope.reply().substr(0, 9), "421 4.3.2");
  EXPECT_EQ(done.wait_for(50ms), std::future_status::timeout);
  answer({{250, "2.0.0", "stored"}});
  EXPECT_EQ(waiting.reply().substr(0, 3), "250");
  EXPECT_EQ(waiting.reply().substr(0, 9), "421 4.3.2");
  for (Client* client : {&in_envelope, &in_data, &waiting}) client->hang_up();
  EXPECT_EQ(done.wait_for(30s), std::future_status::ready);
  EXPECT_EQ(server->counts().sessions_open, 0u);
}

TEST_F(Draining, CutsWhoIsNotReadyInTime) {
  inbox.leave_waiting = true;
  const auto port = serve();
  Client stuck(port), unanswered(port);
  for (Client* client : {&stuck, &unanswered}) {
    client->reply();
    client->ask("EHLO me.example");
    client->send(kEnvelope);
    for (int i = 0; i < 3; ++i) client->reply();
  }
  unanswered.send("x: y\r\n\r\n.\r\n");
  auto answer = inbox.next_waiting();
  auto done = drain(100ms);
  EXPECT_EQ(done.wait_for(30s), std::future_status::ready);
  EXPECT_EQ(stuck.reply().substr(0, 9), "421 4.3.2");
  EXPECT_TRUE(stuck.closed());
  EXPECT_TRUE(unanswered.closed());
  EXPECT_EQ(unanswered.reply(), "") << "no promise was made";
  answer({{250, "2.0.0", "too late"}});
}

TEST_F(Draining, UnderFireEndsToo) {
  const auto port = serve();
  std::atomic<bool> stop{false};
  std::vector<std::thread> attackers;
  for (int i = 0; i < 3; ++i) {
    attackers.emplace_back([port, &stop] {
      while (!stop) {
        Client client(port);
        client.reply(500ms);
        client.send("EHLO me.example\r\n" + kEnvelope + "x: y\r\n\r\n.\r\n");
        client.reply(500ms);
      }
    });
  }
  std::this_thread::sleep_for(50ms);
  auto done = drain(2s);
  EXPECT_EQ(done.wait_for(60s), std::future_status::ready);
  stop = true;
  for (auto& thread : attackers) thread.join();
}

}  // namespace
}  // namespace breakwater::net
