#include "web/http_stream.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <tuple>
#include <utility>

namespace breakwater::web {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto kUse = asio::as_tuple(asio::use_awaitable);

}  // namespace

struct HttpStream::Deadline {
  Deadline(HttpStream& of) : timer(of.socket_.get_executor()), stream(&of) {}
  asio::steady_timer timer;
  HttpStream* stream;  // nullptr: gone
};

HttpStream::HttpStream(Socket socket)
    : socket_(std::move(socket)), deadline_(std::make_shared<Deadline>(*this)) {}

HttpStream::~HttpStream() {
  deadline_->stream = nullptr;
  deadline_->timer.cancel();
}

void HttpStream::expires_after(std::chrono::milliseconds patience) {
  deadline_->timer.expires_after(patience);
  deadline_->timer.async_wait([deadline = deadline_](const error_code& lifted) {
    // Due, but its end was still queued when more time was given or the stream went.
    if (lifted || !deadline->stream || std::chrono::steady_clock::now() < deadline->timer.expiry()) return;
    deadline->stream->close();
  });
}

void HttpStream::expires_never() {
  deadline_->timer.expires_at(std::chrono::steady_clock::time_point::max());  // ends the wait
}

asio::awaitable<bool> HttpStream::handshake(asio::ssl::context& tls) {
  tls_.emplace(socket_, tls);
  auto [failed] = co_await tls_->async_handshake(asio::ssl::stream_base::server, kUse);
  co_return !failed;
}

asio::awaitable<bool> HttpStream::read(std::string& bytes, std::size_t most) {
  const std::size_t before = bytes.size();
  bytes.resize(before + most);
  const auto room = asio::buffer(bytes.data() + before, most);
  error_code failed;
  std::size_t count = 0;
  if (tls_) {
    std::tie(failed, count) = co_await tls_->async_read_some(room, kUse);
  } else {
    std::tie(failed, count) = co_await socket_.async_read_some(room, kUse);
  }
  bytes.resize(before + count);
  co_return !failed;
}

asio::awaitable<bool> HttpStream::write(const std::string& bytes) {
  error_code failed;
  std::size_t count = 0;
  if (tls_) {
    std::tie(failed, count) = co_await asio::async_write(*tls_, asio::buffer(bytes), kUse);
  } else {
    std::tie(failed, count) = co_await asio::async_write(socket_, asio::buffer(bytes), kUse);
  }
  co_return !failed;
}

asio::awaitable<void> HttpStream::part(std::chrono::milliseconds patience) {
  constexpr std::size_t kMost = 1024 * 1024;
  if (tls_) {
    expires_after(patience);
    co_await tls_->async_shutdown(kUse);  // close_notify: what was said is all there was (RFC 8446 6.1)
  }
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  expires_after(patience);
  std::array<char, 4096> scratch;
  for (std::size_t heard = 0; heard < kMost;) {
    auto [failed, count] = co_await socket_.async_read_some(asio::buffer(scratch), kUse);
    if (failed) break;
    heard += count;
  }
}

void HttpStream::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace breakwater::web
