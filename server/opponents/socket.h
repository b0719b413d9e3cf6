// The opponents' sockets: a descriptor that closes itself, listening and connecting on TCP.
// Value types; one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "terms/result.h"

namespace breakwater::opponents {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int value) : value_(value) {}
  Fd(Fd&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Fd();
  int get() const { return value_; }
  explicit operator bool() const { return value_ >= 0; }

 private:
  int value_ = -1;
};

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  std::string text() const;  // "127.0.0.1:2525", "[::1]:2525"
};

// "127.0.0.1:2525", "localhost:25", "[::1]:25". Errors: Fault::invalid.
Result<Endpoint> parse_endpoint(std::string_view text);

// Listens, non-blocking. Port 0: the system chooses. Errors: Fault::busy, Fault::unavailable.
Result<Fd> listen_tcp(const Endpoint& at);
std::uint16_t local_port(const Fd& socket);

// Connects (blocking, with `timeout_ms`), no Nagle. Errors: Fault::unavailable with host, port and reason.
Result<Fd> connect_tcp(const Endpoint& to, int timeout_ms);
void make_nonblocking(const Fd& socket);
void disable_nagle(const Fd& socket);
void acknowledge_now(const Fd& socket);  // what has been read; holds for this once (TCP_QUICKACK)

}  // namespace breakwater::opponents
