// What all sessions of one SmtpServer share, and what one session begins with. Internal to net.
//
// House: any thread, save a lane's set of connections, which belongs to the lane's thread. Kept alive by a
// shared_ptr in every coroutine, so that sessions outlive the SmtpServer object by as long as they need to.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "net/limits.h"
#include "net/smtp_server.h"
#include "net/tls.h"

namespace breakwater::net {

class Connection;

// A listener as it is configured now; sessions keep the one they began with.
struct Terms {
  ListenerSettings listener;
  ServerOptions options;
  TlsContext tls;  // nullptr: none
};

// One context with its thread, and the connections that live on it.
struct Lane {
  boost::asio::io_context* context = nullptr;
  std::set<Connection*> connections;
};

struct House {
  House(Receiver& r, Gatekeepers g, Authenticator* a)
      : receiver(r), gatekeepers(std::move(g)), authenticator(a) {}

  Receiver& receiver;
  Gatekeepers gatekeepers;
  Authenticator* authenticator;
  ConnectionLimits connections;
  MemoryBudget memory;
  std::atomic<std::uint64_t> accepted{0}, refused{0}, messages{0};
  std::atomic<bool> draining{false}, cutting{false};
  std::vector<std::unique_ptr<Lane>> lanes;
  std::atomic<std::size_t> next_lane{0};

  // A session has ended, or draining has begun: `drained` is called when it was the last.
  void settle() {
    if (!draining || connections.open() != 0) return;
    std::function<void()> done;
    {
      std::lock_guard guard(lock);
      done.swap(drained);
    }
    if (done) done();
  }
  std::mutex lock;
  std::function<void()> drained;
};

}  // namespace breakwater::net
