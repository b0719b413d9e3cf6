#include "delivery/wire.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace breakwater::delivery {
namespace asio = boost::asio;
namespace {
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
}

// The timer is set for the earliest deadline so far and looks again when it fires: pushing a deadline back,
// which every read and write does, then costs a store and no timer operation.
void Wire::extend(Duration limit) {
  ++turn_;
  expired_ = false;
  due_ = Clock::now() + limit;
  if (due_ < armed_) arm();
}

void Wire::arm() {
  armed_ = due_;
  timer_.expires_at(due_);
  timer_.async_wait([weak = weak_from_this()](Failure failure) {
    const auto self = weak.lock();
    if (self && !failure) self->on_timer();
  });
}

void Wire::on_timer() {
  armed_ = Clock::time_point::max();
  if (due_ == Clock::time_point::max()) return;
  if (Clock::now() < due_) {
    arm();
    return;
  }
  expired_ = true;
  Failure ignored;
  socket_.cancel(ignored);
}

asio::awaitable<Wire::Failure> Wire::connect(Endpoint endpoint, Duration limit) {
  extend(limit);
  auto [failure] = co_await socket_.async_connect(endpoint, kAwait);
  relax();
  if (failure) co_return failure;
  socket_.non_blocking(true, failure);
  if (endpoint.protocol().family() != AF_UNIX) {
    Failure ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  }
  co_return failure;
}

asio::awaitable<Wire::Failure> Wire::handshake(asio::ssl::context& tls, std::string host, bool verify,
                                               Duration limit) {
  tls_.emplace(socket_, tls);
  Failure literal;
  asio::ip::make_address(host, literal);
  if (literal) SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());  // RFC 6066 3: names only
  Failure failure;
  tls_->set_verify_mode(verify ? asio::ssl::verify_peer : asio::ssl::verify_none, failure);
  if (!failure && verify) tls_->set_verify_callback(asio::ssl::host_name_verification(host), failure);
  if (failure) co_return failure;
  extend(limit);
  auto [broken] = co_await tls_->async_handshake(asio::ssl::stream_base::client, kAwait);
  relax();
  co_return broken;
}

asio::awaitable<Wire::Failure> Wire::write(std::span<const std::string_view> texts, Duration limit) {
  pieces_.clear();
  for (const std::string_view text : texts) {
    if (!text.empty()) pieces_.emplace_back(text.data(), text.size());
  }
  Failure failure;
  std::size_t at = 0;
  while (at < pieces_.size()) {
    std::size_t written = 0;
    const std::span<const asio::const_buffer> rest(pieces_.data() + at, pieces_.size() - at);
    extend(limit);
    if (tls_) {
      auto [broken, count] = co_await tls_->async_write_some(rest, kAwait);
      failure = broken;
      written = count;
    } else {
      // The socket's buffer has room nearly always; only else it is worth a wait.
      written = socket_.write_some(rest, failure);
      if (failure == asio::error::would_block || failure == asio::error::try_again) {
        auto [broken] = co_await socket_.async_wait(Socket::wait_write, kAwait);
        failure = broken;
      }
    }
    if (failure) break;
    while (at < pieces_.size() && written >= pieces_[at].size()) written -= pieces_[at++].size();
    if (at < pieces_.size()) pieces_[at] += written;
  }
  relax();
  co_return failure;
}

asio::awaitable<Wire::Failure> Wire::read(Duration limit) {
  extend(limit);
  received_ = 0;
  Failure failure;
  std::size_t count = 0;
  if (tls_) {
    std::tie(failure, count) = co_await tls_->async_read_some(asio::buffer(buffer_), kAwait);
  } else {
    std::tie(failure, count) = co_await socket_.async_read_some(asio::buffer(buffer_), kAwait);
  }
  relax();
  if (!failure) received_ = count;
  co_return failure;
}

std::string_view Wire::leftovers() {
  received_ = 0;
  if (tls_ || !socket_.is_open()) return {};
  Failure failure;
  const std::size_t count = socket_.read_some(asio::buffer(buffer_), failure);
  if (!failure) received_ = count;
  return received();
}

asio::awaitable<Wire::Failure> Wire::idle(Duration limit) {
  extend(limit);
  const std::uint64_t turn = turn_;
  auto [failure] = co_await socket_.async_wait(Socket::wait_read, kAwait);
  if (turn == turn_) relax();
  co_return failure;
}

void Wire::interrupt() {
  Failure ignored;
  socket_.cancel(ignored);
}

void Wire::cut() {
  Failure ignored;
  socket_.close(ignored);
  relax();
  timer_.cancel();
}

bool Wire::quiet() {
  if (!socket_.is_open()) return false;
  char byte = 0;
  const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

std::string Wire::describe(Failure failure) const {
  if (expired_) return "timed out";
  if (failure == asio::error::eof || failure == asio::ssl::error::stream_truncated)
    return "closed by the peer";
  if (failure == asio::error::operation_aborted || failure == asio::error::bad_descriptor)
    return "cut off by this server";
  return failure.message();
}

bool Wire::closed_by_peer(Failure failure) const {
  return !expired_ && (failure == asio::error::eof || failure == asio::ssl::error::stream_truncated ||
                       failure == asio::error::connection_reset || failure == asio::error::broken_pipe);
}

std::string Wire::tls_trouble() const {
  if (!tls_) return {};
  // Asio's native_handle() is not const, though asking for the result changes nothing.
  const long result = SSL_get_verify_result(const_cast<Wire*>(this)->tls_->native_handle());
  return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
}

}  // namespace breakwater::delivery
