// A blocking SMTP client for tests: a socket, perhaps TLS on it, replies as text. One thread.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace breakwater::net {

class Client {
 public:
  explicit Client(std::uint16_t port);  // 127.0.0.1
  explicit Client(const std::string& unix_path);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(const std::string& bytes);
  // One reply, all its lines; what came when the peer closes or `patience` is over before it is whole.
  std::string reply(std::chrono::milliseconds patience = std::chrono::seconds(20));
  std::string ask(const std::string& line) {
    send(line + "\r\n");
    return reply();
  }
  // True when the peer has closed, after whatever it still says.
  bool closed(std::chrono::milliseconds patience = std::chrono::seconds(20));
  // False: refused. `newest`: the highest protocol version offered.
  bool start_tls(int newest = TLS1_3_VERSION);
  void hang_up();

 private:
  bool fill(std::chrono::steady_clock::time_point until);  // false: closed, or time is over
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  int fd_ = -1;
  bool ended_ = false;
  std::string input_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace breakwater::net
