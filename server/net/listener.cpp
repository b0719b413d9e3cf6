#include "net/listener.h"

#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

#include "log/log.h"

namespace breakwater::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// No descriptors left: some will be given back. Trying again at once would keep a core busy with failing.
constexpr std::chrono::milliseconds kBreath{100};

void log_thrown(const std::string& address, std::exception_ptr thrown) {
  if (!thrown) return;
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& exception) {
    log::event(log::Level::error, "listener_failed", {{"address", address}, {"error", exception.what()}});
  }
}

}  // namespace

Listener::Listener(std::shared_ptr<House> house, asio::io_context& context, const ListeningSocket& socket)
    : house_(std::move(house)),
      socket_(socket),
      acceptor_(context, asio::generic::stream_protocol(socket.family, 0), socket.fd),
      pause_(context) {}

Listener::~Listener() {
  if (socket_.made_file && !closed_) ::unlink(socket_.address.c_str());
}

void Listener::start(const std::shared_ptr<Listener>& self) {
  const auto executor = self->acceptor_.get_executor();
  asio::co_spawn(executor, accept_all(self), [address = self->socket_.address](std::exception_ptr thrown) {
    log_thrown(address, std::move(thrown));
  });
}

void Listener::close(const std::shared_ptr<Listener>& self) {
  if (self->closed_.exchange(true)) return;
  if (self->socket_.made_file) ::unlink(self->socket_.address.c_str());
  asio::post(self->acceptor_.get_executor(), [self] {
    error_code ignored;
    self->acceptor_.close(ignored);
    self->pause_.cancel();
  });
}

void Listener::set_terms(std::shared_ptr<const Terms> terms) {
  std::lock_guard guard(lock_);
  terms_ = std::move(terms);
}

std::shared_ptr<const Terms> Listener::terms() const {
  std::lock_guard guard(lock_);
  return terms_;
}

asio::awaitable<void> Listener::accept_all(std::shared_ptr<Listener> self) {
  constexpr auto use = asio::as_tuple(asio::use_awaitable);
  House& house = *self->house_;
  bool starved = false;
  while (!self->closed_) {
    Lane& lane = *house.lanes[house.next_lane.fetch_add(1, std::memory_order_relaxed) % house.lanes.size()];
    asio::generic::stream_protocol::endpoint peer;
    const asio::any_io_executor home(lane.context->get_executor());
    auto [failed, socket] = co_await self->acceptor_.async_accept(home, peer, use);
    if (!failed) {  // also when the listener has just been closed: the client was promised a connection
      starved = false;
      const auto* address = static_cast<const sockaddr*>(peer.data());
      const bool local = self->socket_.family == AF_UNIX;
      Caller caller{local ? "unix" : peer_address(address), local ? std::string() : counted_address(address)};
      self->admit(std::move(socket), caller, lane);
      continue;
    }
    if (self->closed_) break;
    // The peer has gone again while it waited to be accepted.
    if (failed == asio::error::connection_aborted || failed == asio::error::interrupted) continue;
    if (!starved) {
      log::event(log::Level::error, "accept_failed",
                 {{"address", self->socket_.address},
                  {"error", failed.message()},
                  {"advice", "connections wait; raise LimitNOFILE or lower limits.connections"}});
    }
    starved = true;
    self->pause_.expires_after(kBreath);
    co_await self->pause_.async_wait(use);
  }
}

void Listener::admit(Socket socket, const Caller& caller, Lane& lane) {
  auto terms = this->terms();
  const auto& options = terms->options;
  const auto verdict =
      house_->connections.enter(caller.counted, options.connections, options.connections_per_address);
  if (verdict == ConnectionLimits::Verdict::server_full) {
    return refuse(socket, caller, "4.3.2", "Too many connections, try again later");
  }
  if (verdict == ConnectionLimits::Verdict::address_full) {
    return refuse(socket, caller, "4.7.0", "Too many connections from your address, try again later");
  }
  // Behind enter(), as drain() sets its flag before it counts: one of the two sees the other.
  if (house_->draining || house_->cutting) {
    house_->connections.leave(caller.counted);
    refuse(socket, caller, "4.3.2", "Service is stopping, try again later");
    return house_->settle();
  }
  house_->accepted.fetch_add(1, std::memory_order_relaxed);
  asio::co_spawn(
      lane.context->get_executor(), serve(house_, lane, std::move(socket), std::move(terms), caller),
      [address = socket_.address](std::exception_ptr thrown) { log_thrown(address, std::move(thrown)); });
}

// Cheap: one write that does not wait, no session.
void Listener::refuse(Socket& socket, const Caller& caller, const char* enhanced, const char* why) {
  house_->refused.fetch_add(1, std::memory_order_relaxed);
  const auto terms = this->terms();
  error_code ignored;
  if (!terms->listener.session.tls_wrapped) {
    socket.non_blocking(true, ignored);
    const std::string reply = smtp::Reply{421, enhanced, why}.wire();
    socket.write_some(asio::buffer(reply), ignored);
  }
  socket.close(ignored);
  ++untold_;
  const auto now = std::chrono::steady_clock::now();
  if (now - told_at_ < std::chrono::seconds(1)) return;
  told_at_ = now;
  log::event(log::Level::warning, "connection_refused",
             {{"listener", terms->listener.name},
              {"peer", caller.address},
              {"reason", why},
              {"count", std::exchange(untold_, 0)}});
}

}  // namespace breakwater::net
