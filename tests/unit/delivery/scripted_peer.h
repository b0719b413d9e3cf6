// A mail server of a test: real sockets on 127.0.0.1 or a unix path, one blocking thread a connection, told
// beforehand what to do wrong at which verb.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace breakwater::delivery::testing {

enum class Mischief { none, hang, drop, garbage, refuse_later, refuse_for_good, closing };

struct PeerScript {
  bool lmtp = false;
  std::string unix_path;  // else TCP
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any
  std::string extensions = "PIPELINING\nSIZE 50000000\n8BITMIME\nENHANCEDSTATUSCODES";
  std::string at;  // "greeting", "EHLO", "MAIL", "RCPT", "DATA", "content", "dot" (the last
                   // chunk of BDAT too), "QUIT", "AUTH"
  Mischief mischief = Mischief::none;
  int connections_with_mischief = 1'000'000;          // the first ones
  std::uint32_t messages_before_mischief = 0;         // on such a connection
  std::uint32_t messages_per_connection = 1'000'000;  // then 421 to MAIL
  std::string chunk_reply;                            // to every BDAT, whose content it swallows
  bool close_silently_after_message = false;  // one message, then the connection is dead without a word
  std::function<std::string(const std::string& mailbox)> rcpt;  // reply or empty: 250
  std::string certificate, key;                                 // PEM; not empty: STARTTLS is offered
  bool tls_wrapped = false, broken_tls = false;
  std::string login;  // base64 of AUTH PLAIN that is accepted
};

struct TakenMail {
  std::string from, content;
  std::vector<std::string> to;
  bool tls = false;
};

// A port of 127.0.0.1 that refuses connections, and that nobody else can take meanwhile: bound, not
// listening.
struct DeafPort {
  DeafPort();
  ~DeafPort();
  DeafPort(const DeafPort&) = delete;
  DeafPort& operator=(const DeafPort&) = delete;
  std::uint16_t number = 0;

 private:
  int socket_ = -1;
};

class ScriptedPeer {
 public:
  explicit ScriptedPeer(PeerScript script);
  ~ScriptedPeer();
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  std::uint16_t port() const { return port_; }
  std::vector<TakenMail> taken() const;
  std::map<std::string, int> copies() const;  // by mailbox, of what was answered 2xx
  int connections() const;
  int quits() const;

 private:
  friend class PeerSession;
  using Socket = boost::asio::generic::stream_protocol::socket;
  void accept();

  PeerScript script_;
  boost::asio::io_context context_;
  boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_server};
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  bool stopping_ = false;
  std::vector<int> sockets_;
  std::vector<TakenMail> taken_;
  int connections_ = 0, quits_ = 0;
  std::vector<std::thread> sessions_;
  std::thread acceptor_;
};

// A self-signed certificate for these names, and its key, as PEM.
struct Identity {
  std::string certificate, key;
};
Identity make_identity(const std::string& name);

}  // namespace breakwater::delivery::testing
