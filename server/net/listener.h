// One listening socket and the coroutine that accepts from it. Internal to net.
//
// start() and set_terms() from any thread; the accepting runs on the executor that the listener was made
// with, and keeps the listener alive until close().
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "net/connection.h"
#include "net/endpoint.h"
#include "net/house.h"

namespace breakwater::net {

class Listener {
 public:
  // Takes the descriptor over.
  Listener(std::shared_ptr<House> house, boost::asio::io_context& context, const ListeningSocket& socket);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  static void start(const std::shared_ptr<Listener>& self);
  // No more accepting; the socket's file goes at once, the socket on its own thread.
  static void close(const std::shared_ptr<Listener>& self);

  // What sessions accepted from now on begin with.
  void set_terms(std::shared_ptr<const Terms> terms);
  std::shared_ptr<const Terms> terms() const;
  const ListeningSocket& socket() const { return socket_; }

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;
  static boost::asio::awaitable<void> accept_all(std::shared_ptr<Listener> self);
  void admit(Socket socket, const Caller& caller, Lane& lane);
  void refuse(Socket& socket, const Caller& caller, const char* enhanced, const char* why);

  std::shared_ptr<House> house_;
  ListeningSocket socket_;
  Acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::atomic<bool> closed_{false};
  mutable std::mutex lock_;
  std::shared_ptr<const Terms> terms_;
  // Refusals may come by the thousand: one line a second, with how many it stands for. Accepting thread.
  std::chrono::steady_clock::time_point told_at_{};
  std::int64_t untold_ = 0;
};

}  // namespace breakwater::net
