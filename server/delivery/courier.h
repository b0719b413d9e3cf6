// The courier hands consignments over: it finds the hosts of a route, keeps connections to them, drives the
// SMTP or LMTP client (smtp/client.h) and reports what was said to whom.
//
// Threads: deliver(), shutdown() and abort() may be called from any thread. The work runs on the given
// io_contexts, each of which must be run by exactly one thread and must outlive the courier. `progress` and
// `done` are called on those threads and must not block. One consignment runs on one connection at a time;
// how many consignments of a destination run side by side is the caller's decision
// (queue::Route::connections), how many in all Options::connections: what comes above it waits here in order
// of arrival.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/carrier.h"
#include "delivery/resolver_options.h"
#include "queue/consignment.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace boost::asio {
class io_context;
}

namespace breakwater::delivery {

// One deadline for each wait, RFC 5321 4.5.3.2.
struct Timeouts {
  Duration lookup = std::chrono::seconds{60};
  Duration connect = std::chrono::seconds{30};
  Duration handshake = std::chrono::seconds{60};  // TLS
  Duration greeting = std::chrono::minutes{5};
  Duration command = std::chrono::minutes{5};     // EHLO, AUTH, MAIL, RCPT
  Duration data_start = std::chrono::minutes{2};  // DATA to 354
  Duration data_block = std::chrono::minutes{3};  // one write
  Duration data_end = std::chrono::minutes{10};   // the dot to its reply
  Duration quit = std::chrono::seconds{2};
};

struct Options {
  std::string hostname;                    // EHLO; also one of the own names
  std::vector<std::string> own_names;      // further names of this server: as MX they are a loop
  std::vector<std::string> own_addresses;  // "192.0.2.1", "2001:db8::1": likewise
  std::uint16_t mx_port = 25;
  bool allow_loopback_mx = false;           // mx routes may lead to 127/8, ::1 and the like; for tests
  std::uint32_t connections = 100;          // at once, all together, idle ones included
  Duration idle = std::chrono::seconds{5};  // a pooled connection is kept that long
  std::uint32_t transactions_per_connection = 10'000;
  Duration connection_age = std::chrono::minutes{5};
  Timeouts timeouts;
  std::string ca_file;  // PEM, for TlsPolicy::verify; empty: the system's certificates
  ResolverOptions resolver;
  // Told about what is no recipient's answer: a TLS fallback, an unusable MX. One line, no control
  // characters. Called on any of the loops; may be empty.
  std::function<void(std::string_view peer, std::string_view what)> notice;
};

class Courier : public Carrier {
 public:
  // Errors: a CA, hosts or zone file that cannot be read, a forwarder that is no address. `loops` is not
  // empty.
  static Result<std::unique_ptr<Courier>> create(Options options,
                                                 std::vector<boost::asio::io_context*> loops);
  ~Courier() override;  // as abort(); what still runs reports on while the loops run
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  // Reports come at least every 100 ms or 1000 recipients while answers come in; the last one has finished =
  // true. Exactly one finished report for each call, whatever happens.
  void deliver(queue::Consignment consignment, Progress progress) override;

  // Transactions under way are finished, what was not tried is reported as deferred, idle connections are
  // closed; after `limit` the rest is cut off. `done` is called once, when nothing runs any more.
  void shutdown(Duration limit, std::function<void()> done);
  void abort();  // cuts every connection off now

  // Consignments given and not finished; connections that exist, idle ones included.
  std::size_t running() const;
  std::size_t open_connections() const;

 private:
  struct State;
  explicit Courier(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace breakwater::delivery
