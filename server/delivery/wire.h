// One outgoing byte stream: TCP or a unix socket, in clear or under TLS, with a deadline on every wait.
// Lives on one io_context (one thread); held by shared_ptr. One coroutine at a time reads or writes; cut()
// may be called beside it on the same thread and ends its wait.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "terms/instant.h"

namespace boost::asio::ssl {
class context;
}

namespace breakwater::delivery {

class Wire : public std::enable_shared_from_this<Wire> {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using Endpoint = boost::asio::generic::stream_protocol::endpoint;
  using Failure = boost::system::error_code;

  explicit Wire(boost::asio::io_context& loop) : socket_(loop), timer_(loop) {}

  boost::asio::awaitable<Failure> connect(Endpoint endpoint, Duration limit);
  // `host`: for SNI and, with `verify`, the name that the certificate must have. It is copied.
  boost::asio::awaitable<Failure> handshake(boost::asio::ssl::context& tls, std::string host, bool verify,
                                            Duration limit);
  // Writes all of it; `limit` holds for each piece of progress. The texts must live until it is done.
  boost::asio::awaitable<Failure> write(std::span<const std::string_view> texts, Duration limit);
  // Some bytes; they are in received() until the next read. 0 bytes never come without a failure.
  boost::asio::awaitable<Failure> read(Duration limit);
  std::string_view received() const { return {buffer_.data(), received_}; }
  // What lies in the socket's buffer already, without waiting and never under TLS.
  std::string_view leftovers();
  // Ends when the peer says or closes something, or at the limit; nothing is read.
  boost::asio::awaitable<Failure> idle(Duration limit);

  void cut();        // closes; whoever waits hears operation_aborted
  void interrupt();  // ends an idle() only
  bool quiet();      // nothing came in and the peer has not closed
  bool timed_out() const { return expired_; }
  std::string describe(Failure failure) const;  // "timed out", "closed by the peer", "Connection refused"
  bool closed_by_peer(Failure failure) const;   // or reset
  std::string tls_trouble() const;              // why a handshake failed, when it was the certificate

 private:
  void extend(Duration limit);
  void relax() { due_ = Clock::time_point::max(); }
  void arm();
  void on_timer();

  using Clock = std::chrono::steady_clock;
  Socket socket_;
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;
  boost::asio::steady_timer timer_;
  Clock::time_point due_ = Clock::time_point::max(), armed_ = Clock::time_point::max();
  bool expired_ = false;
  std::uint64_t turn_ = 0;  // counts deadlines: an idle() that was interrupted must not lift its successor's
  std::vector<boost::asio::const_buffer> pieces_;
  std::size_t received_ = 0;
  std::array<char, 16384> buffer_;
};

}  // namespace breakwater::delivery
