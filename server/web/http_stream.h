// The bytes of one incoming connection, in clear or under TLS, with a deadline on every wait.
//
// Of the thread of its context; one coroutine at a time reads or writes. close() may be called beside it, on
// the same thread, and ends its wait.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace breakwater::web {

class HttpStream {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  explicit HttpStream(Socket socket);
  ~HttpStream();
  HttpStream(const HttpStream&) = delete;
  HttpStream& operator=(const HttpStream&) = delete;

  // What is begun from now on has to end within `patience`, else the connection is closed.
  void expires_after(std::chrono::milliseconds patience);
  void expires_never();
  // The following are false when the peer has gone, or the time is up. `tls` must outlive the stream.
  boost::asio::awaitable<bool> handshake(boost::asio::ssl::context& tls);
  // Appends some bytes, at least one and at most `most`.
  boost::asio::awaitable<bool> read(std::string& bytes, std::size_t most);
  boost::asio::awaitable<bool> write(const std::string& bytes);
  // Says that this is the end, then hears the peer out, within bounds: closing while it still sends would
  // take our answer away from it.
  boost::asio::awaitable<void> part(std::chrono::milliseconds patience);
  void close();

 private:
  Socket socket_;
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;
  struct Deadline;
  std::shared_ptr<Deadline> deadline_;  // shared with its wait, which may end after the stream
};

}  // namespace breakwater::web
