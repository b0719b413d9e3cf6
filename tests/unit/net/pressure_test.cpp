// Clients that are slow, early, many or large; a machine without descriptors.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server_kit.h"

namespace breakwater::net {
namespace {

using namespace std::chrono_literals;
using Pressure = ServerTest;
using Clock = std::chrono::steady_clock;

TEST_F(Pressure, WhoSaysNothingHears421) {
  options.command = 60ms;
  Client client(serve());
  client.reply();
  const auto begin = Clock::now();
  EXPECT_EQ(client.reply().substr(0, 9), "421 4.4.2");
  EXPECT_GE(Clock::now() - begin, 40ms);
  EXPECT_TRUE(client.closed());
  client.hang_up();
  EXPECT_TRUE(all_gone());
}

TEST_F(Pressure, ACommandThatTricklesInHasOneDeadline) {
  options.command = 150ms;
  Client client(serve());
  client.reply();
  const auto begin = Clock::now();
  while (Clock::now() - begin < 60s) {
    client.send("N");
    const auto said = client.reply(20ms);
    if (said.empty()) continue;
    EXPECT_EQ(said.substr(0, 9), "421 4.4.2");
    return;
  }
  FAIL() << "a byte now and then keeps the session";
}

TEST_F(Pressure, AnActiveSessionOutlivesItsCommandDeadline) {
  options.command = 2s;
  Client client(serve());
  client.reply();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(client.ask("NOOP").substr(0, 3), "250");
    std::this_thread::sleep_for(250ms);
  }
}

TEST_F(Pressure, AMessageThatStallsOrTricklesIsGivenUp) {
  options.data_block = 100ms;
  const auto port = serve();
  Client stalled(port), trickling(port);
  for (Client* client : {&stalled, &trickling}) {
    client->reply();
    client->ask("EHLO me.example");
    client->send(kEnvelope);
    for (int i = 0; i < 3; ++i) client->reply();
  }
  const auto begin = Clock::now();
  std::string said;
  while (said.empty() && Clock::now() - begin < 60s) {
    trickling.send("x");
    said = trickling.reply(20ms);
  }
  EXPECT_EQ(said.substr(0, 9), "421 4.4.2");
  EXPECT_EQ(stalled.reply().substr(0, 9), "421 4.4.2");
  EXPECT_EQ(inbox.size(), 0u);
  EXPECT_TRUE(eventually([this] { return server->counts().bytes_held == 0; }));
}

TEST_F(Pressure, AClientThatDoesNotReadIsCutOff) {
  options.command = 200ms;
  const auto port = serve();
  Client client(port);
  client.reply();
  // Replies to these fill both sockets' buffers; the last write can only time out.
  std::thread sender([&client] {
    std::string noise;
    for (int i = 0; i < 4'000; ++i) noise += "EHLO me.example\r\n";
    for (int i = 0; i < 40; ++i) client.send(noise);
  });
  EXPECT_TRUE(all_gone());
  sender.join();
}

TEST_F(Pressure, ConnectionsOfOneAddressAreLimited) {
  options.connections_per_address = 2;
  const auto port = serve();
  auto one = std::make_unique<Client>(port);
  Client two(port);
  EXPECT_EQ(one->reply().substr(0, 3), "220");
  EXPECT_EQ(two.reply().substr(0, 3), "220");
  Client three(port);
  EXPECT_EQ(three.reply().substr(0, 9), "421 4.7.0");
  EXPECT_TRUE(three.closed());
  one.reset();
  EXPECT_TRUE(eventually([this] { return server->counts().sessions_open == 1; }));
  Client four(port);
  EXPECT_EQ(four.reply().substr(0, 3), "220");
  EXPECT_EQ(server->counts().refused, 1u);
}

TEST_F(Pressure, ConnectionsInAllAreLimited) {
  options.connections = 1;
  const auto port = serve();
  Client one(port);
  EXPECT_EQ(one.reply().substr(0, 3), "220");
  Client two(port);
  EXPECT_EQ(two.reply().substr(0, 9), "421 4.3.2");
  EXPECT_TRUE(two.closed());
}

TEST_F(Pressure, EarlyTalkersAreRefusedAndThePatientAreNot) {
  options.early_talker = 1s;
  const auto port = serve();
  Client early(port), patient(port);
  early.send("EHLO me.example\r\nMAIL FROM:<a@example.com>\r\n");
  EXPECT_EQ(early.reply().substr(0, 9), "554 5.5.0");
  EXPECT_TRUE(early.closed());
  EXPECT_EQ(patient.reply().substr(0, 3), "220");
  EXPECT_EQ(patient.ask("EHLO me.example").substr(0, 3), "250");
  early.hang_up();
  patient.hang_up();
  Client gone(port);
  gone.hang_up();
  EXPECT_TRUE(all_gone());
}

TEST_F(Pressure, SubmissionClientsNeedNotWait) {
  options.early_talker = 60s;
  auto settings = listener("submission");
  settings.session.submission = true;
  Client client(serve({settings}));
  EXPECT_EQ(client.reply(30s).substr(0, 3), "220");
}

TEST_F(Pressure, OverTheMemoryBudgetMessagesAreRefusedAndTheSessionGoesOn) {
  options.receive_memory_bytes = 200'000;
  const auto port = serve();
  Client large(port), small(port);
  for (Client* client : {&large, &small}) {
    client->reply();
    client->ask("EHLO me.example");
    client->send(kEnvelope);
    for (int i = 0; i < 3; ++i) client->reply();
  }
  std::string line(998, 'x');
  for (int i = 0; i < 1'000; ++i) large.send(line + "\r\n");
  EXPECT_EQ(large.ask(".").substr(0, 9), "452 4.3.1");
  EXPECT_EQ(small.ask("x: y\r\n\r\n.").substr(0, 3), "250") << "what was refused takes no room";
  large.send(kEnvelope);
  for (const char* code : {"250", "250", "354"}) EXPECT_EQ(large.reply().substr(0, 3), code);
  EXPECT_EQ(large.ask("x: y\r\n\r\n.").substr(0, 3), "250");
  EXPECT_EQ(inbox.size(), 2u);
}

TEST_F(Pressure, MessagesThatWaitForTheStoreCountAgainstTheBudget) {
  options.receive_memory_bytes = 100'000;
  inbox.leave_waiting = true;
  const auto port = serve();
  Client waiting(port), next(port);
  for (Client* client : {&waiting, &next}) {
    client->reply();
    client->ask("EHLO me.example");
    client->send(kEnvelope);
    for (int i = 0; i < 3; ++i) client->reply();
  }
  std::string body;
  while (body.size() < 80'000) body += std::string(900, 'x') + "\r\n";
  waiting.send(body + ".\r\n");
  auto done = inbox.next_waiting();
  EXPECT_GE(server->counts().bytes_held, 80'000u);
  EXPECT_EQ(next.ask(body + ".").substr(0, 9), "452 4.3.1");
  done({{250, "2.0.0", "stored"}});
  EXPECT_EQ(waiting.reply().substr(0, 3), "250");
  EXPECT_TRUE(eventually([this] { return server->counts().bytes_held < 20'000; }));
}

TEST_F(Pressure, TwoHundredSlowOnesDoNotStopOthers) {
  options.connections = 300;
  const auto port = serve();
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(std::make_unique<Client>(port));
    EXPECT_EQ(slow.back()->reply().substr(0, 3), "220");
    slow.back()->send("EH");
  }
  for (int round = 0; round < 20; ++round) {
    for (auto& client : slow) client->send("L");
    Client quick(port);
    EXPECT_EQ(quick.reply().substr(0, 3), "220");
    quick.ask("EHLO me.example");
    quick.send(kEnvelope + "x: y\r\n\r\n.\r\nQUIT\r\n");
    for (const char* code : {"250", "250", "354", "250", "221"}) EXPECT_EQ(quick.reply().substr(0, 3), code);
  }
  EXPECT_EQ(inbox.size(), 20u);
  EXPECT_GE(server->counts().sessions_open, 200u);
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

TEST_F(Pressure, WithoutDescriptorsItWaitsQuietlyAndResumes) {
  const auto port = serve();
  Client before(port);
  EXPECT_EQ(before.reply().substr(0, 3), "220");
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  std::promise<void> lowered;
  // The first listener's thread stands still until the limit has fallen.
  boost::asio::post(loops->first(), [gate = lowered.get_future().share()] { gate.wait(); });
  auto waiting = std::make_unique<Client>(port);
  const int next = ::dup(0);  // the lowest that is free: from there on none may be had
  ::close(next);
  const rlimit none{static_cast<rlim_t>(next), limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  lowered.set_value();
  const double used = cpu_seconds();
  EXPECT_EQ(waiting->reply(700ms), "");
  EXPECT_LT(cpu_seconds() - used, 0.35) << "it tries again and again";
  EXPECT_EQ(before.ask("NOOP").substr(0, 3), "250") << "who is in is served";
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(waiting->reply().substr(0, 3), "220");
}

}  // namespace
}  // namespace breakwater::net
