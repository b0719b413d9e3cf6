// The receiving side: listeners, connections, TLS and deadlines around smtp::Session. What a message means,
// who may log in and what a listener allows is told by those that net asks through the interfaces below.
//
// Threads: the caller owns the io_contexts and runs each of them on exactly one thread. A session stays on
// the context that accepted it. All public functions of SmtpServer may be called from any thread, also before
// the contexts run. Lifetimes: Receiver, Authenticator and the Gatekeepers function outlive the contexts'
// last run(), and let go of every `done` they still have before the contexts are destroyed. The SmtpServer
// may be destroyed at any time before the contexts are (what is open is then cut).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "smtp/session.h"
#include "terms/result.h"

namespace boost::asio {
class io_context;
}

namespace breakwater::net {

// Takes a message whole and says what became of it. One call a message; `done` exactly once, from any thread,
// also before receive() returns. SMTP: one reply; LMTP: one for each recipient. A `done` that is dropped
// uncalled, or not called within ServerOptions::answer, is heard by the peer as 451: it will send again, so
// nothing is lost. receive() is called on a session's thread and must not block.
class Receiver {
 public:
  using Done = std::function<void(std::vector<smtp::Reply>)>;
  virtual ~Receiver() = default;
  virtual void receive(smtp::ReceivedMessage message, Done done) = 0;
};

// One AUTH exchange of one session: step() once for each line of the client, never before the last one's
// `done`. `done` from any thread; dropped or late: 454, the client may try again. The exchange may be
// destroyed while a step is under way (the peer hung up): `done` may still be called, and does nothing.
class AuthExchange {
 public:
  using Done = std::function<void(smtp::AuthAnswer)>;
  virtual ~AuthExchange() = default;
  virtual void step(smtp::AuthMessage message, Done done) = 0;
};

class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // On a session's thread; must not block. Not nullptr.
  virtual std::unique_ptr<AuthExchange> begin(const smtp::Peer& peer) = 0;
};

// Called once a session, on its thread; the session keeps what it gets until it ends. Not nullptr.
using Gatekeepers = std::function<std::shared_ptr<smtp::Gatekeeper>()>;

struct ListenerSettings {
  std::string name;                // "mx", "submission", "lmtp": for logs
  std::string address;             // "0.0.0.0:25", "[::]:25" (IPv6 only), "/run/breakwater/lmtp"; port 0: any
  int adopted_fd = -1;             // a listening socket from systemd instead; `address` is then its name
  std::uint32_t unix_mode = 0660;  // of a unix socket's file
  // What each session begins with. tls_available is set by the server: a certificate is there, and not
  // tls_wrapped.
  smtp::SessionOptions session;
  std::string certificate, key;  // PEM files, the certificate with its chain; empty: no TLS
};

struct ServerOptions {
  // RFC 5321 4.5.3.2. A command must be whole within `command`; `data_block` is for each block of a message.
  std::chrono::milliseconds command{300'000};
  std::chrono::milliseconds data_block{180'000};
  std::chrono::milliseconds handshake{60'000};
  std::chrono::milliseconds answer{540'000};  // Receiver and AuthExchange; the client waits 600 s (4.5.3.2.6)
  std::chrono::milliseconds early_talker{0};  // pause before the 220 of an mx listener; 0: none
  std::uint32_t connections = 1000;
  std::uint32_t connections_per_address = 50;  // an IPv6 /64 is one address; unix sockets are not counted
  std::uint64_t receive_memory_bytes = 64 * 1024 * 1024;  // messages coming in, all together; over it: 452
};

struct LocalEndpoint {
  std::string name;     // ListenerSettings::name
  std::string address;  // "127.0.0.1:34567", "[::1]:25", a path
  std::uint16_t port = 0;
};

// Since the server was made; for metrics.
struct ServerCounts {
  std::uint64_t sessions_open = 0, accepted = 0, refused = 0, messages = 0, bytes_held = 0;
};

class SmtpServer {
 public:
  // `authenticator` may be nullptr: every AUTH is then answered 454.
  SmtpServer(std::vector<boost::asio::io_context*> contexts, Receiver& receiver, Gatekeepers gatekeepers,
             Authenticator* authenticator);
  ~SmtpServer();
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;

  // Start and reload are the same: afterwards the server listens on exactly `listeners`. Certificates are
  // read and new sockets bound first; on an error nothing has changed. An address (or adopted fd) that was
  // listened on before keeps its socket. New options and certificates hold for new sessions. Errors name
  // address or file. A unix socket's file that nobody answers on is replaced, and removed when the listener
  // closes.
  Result<void> configure(const ServerOptions& options, const std::vector<ListenerSettings>& listeners);

  // In the order of `listeners`.
  std::vector<LocalEndpoint> local_endpoints() const;

  // No new connections, 421 to the idle, transactions under way finish within `limit`, then the rest is cut.
  // `done` is called once, on one of the contexts, when no session is left. Call it once.
  void drain(std::chrono::milliseconds limit, std::function<void()> done);

  ServerCounts counts() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace breakwater::net
