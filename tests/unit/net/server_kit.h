// An SmtpServer on two threads with everything it asks for, for tests.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "client.h"
#include "net/loops.h"
#include "net/smtp_server.h"

namespace breakwater::net {

// Keeps the messages; answers at once, or leaves the answer to the test.
class Inbox : public Receiver {
 public:
  void receive(smtp::ReceivedMessage message, Done done) override;
  std::size_t size();
  smtp::ReceivedMessage message(std::size_t number);
  // Waits until somebody waits for an answer.
  Done next_waiting();

  std::atomic<bool> leave_waiting{false}, drop{false};

 private:
  std::mutex lock_;
  std::vector<smtp::ReceivedMessage> messages_;
  std::vector<Done> waiting_;
};

// Everybody may send; only box@example.org exists.
class Doorman : public smtp::Gatekeeper {
 public:
  std::optional<smtp::Reply> check_sender(const smtp::Peer&, const smtp::Envelope&) override {
    return std::nullopt;
  }
  std::optional<smtp::Reply> check_recipient(const smtp::Peer&, const smtp::Envelope&,
                                             const smtp::Mailbox& to) override {
    if (to.local != "nobody") return std::nullopt;
    return smtp::Reply{550, "5.1.1", "No such list"};
  }
};

class ServerTest : public testing::Test {
 protected:
  ServerTest();
  ~ServerTest() override;

  // A listener of "mx" on a free port of 127.0.0.1.
  static ListenerSettings listener(const std::string& name = "mx");
  // Makes a certificate once; its file also has the key.
  static const std::string& certificate();
  // Starts, or reconfigures; the first listener's port.
  std::uint16_t serve(const std::vector<ListenerSettings>& listeners);
  std::uint16_t serve() { return serve({listener()}); }
  // Waits for it, for seconds at most.
  static bool eventually(const std::function<bool()>& condition);
  bool all_gone() {
    return eventually([this] { return server->counts().sessions_open == 0; });
  }

  ServerOptions options;
  std::optional<Loops> loops{2};  // outlive all that follows
  Inbox inbox;
  Authenticator* authenticator = nullptr;  // before the first serve()
  std::unique_ptr<SmtpServer> server;
};

inline const std::string kEnvelope = "MAIL FROM:<a@example.com>\r\nRCPT TO:<box@example.org>\r\nDATA\r\n";

}  // namespace breakwater::net
