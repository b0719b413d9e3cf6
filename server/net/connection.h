// One connection: the coroutine that drives an smtp::Session over a socket, with TLS, deadlines and the
// memory budget. Internal to net. Lives on its lane's thread, inside the coroutine that serve() starts.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/deadline.h"
#include "net/house.h"
#include "smtp/session.h"

namespace breakwater::net {

using Socket = boost::asio::generic::stream_protocol::socket;  // TCP and unix alike

// Where the client sits; `counted` is what ConnectionLimits counted it by.
struct Caller {
  std::string address;
  std::string counted;
};

// The whole life of an admitted connection; leaves the limits at its end, however it ends.
boost::asio::awaitable<void> serve(std::shared_ptr<House> house, Lane& lane, Socket socket,
                                   std::shared_ptr<const Terms> terms, Caller caller);

class Connection {
 public:
  Connection(House& house, Lane& lane, Socket socket, std::shared_ptr<const Terms> terms,
             const Caller& caller);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  boost::asio::awaitable<void> run();
  // Both on the lane's thread. The first says 421 when the session is idle, and later otherwise; the second
  // is rude.
  void shut_down();
  void cut();

 private:
  using Step = smtp::Step;

  boost::asio::awaitable<Step> open();
  boost::asio::awaitable<Step> await_early_talk();
  boost::asio::awaitable<bool> handshake();
  boost::asio::awaitable<Step> start_tls();
  boost::asio::awaitable<Step> read();
  boost::asio::awaitable<Step> authenticate();
  boost::asio::awaitable<Step> accept();
  boost::asio::awaitable<bool> write(std::string output);
  boost::asio::awaitable<void> close();
  boost::asio::awaitable<boost::system::error_code> read_some(std::size_t& count);
  Step interrupted(const boost::system::error_code& error);
  Step hung_up(const char* why);
  std::optional<Step> due();
  void fit_buffer();
  void extend();
  void hold_within_memory();
  std::vector<smtp::Reply> complete(std::optional<std::vector<smtp::Reply>> replies,
                                    std::size_t wanted) const;
  void log_end() const;
  boost::asio::any_io_executor executor() { return socket_.get_executor(); }

  House& house_;
  Lane& lane_;
  Socket socket_;
  std::shared_ptr<const Terms> terms_;
  std::shared_ptr<smtp::Gatekeeper> gatekeeper_;
  smtp::Session session_;
  Deadline deadline_;
  MemoryShare memory_;
  std::unique_ptr<boost::asio::ssl::stream<Socket&>> tls_;
  std::unique_ptr<AuthExchange> exchange_;
  std::function<void()> abandon_wait_;  // while an answer is awaited
  std::unique_ptr<char[]> buffer_;
  std::size_t buffer_size_ = 0;
  bool filled_ = false;   // the last read filled the buffer: there is more
  bool reading_ = false;  // may be cancelled without losing what was half written
  bool shutting_down_ = false, told_ = false, hung_up_ = false, cut_ = false;
  std::size_t since_progress_ = 0;  // bytes read since the deadline was extended
  std::uint64_t bytes_in_ = 0, bytes_out_ = 0, messages_ = 0;
  const char* end_ = "closed";  // why the session ended, for the log
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace breakwater::net
