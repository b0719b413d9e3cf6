#include "net/connection.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <utility>

#include "log/log.h"
#include "net/answer.h"

namespace breakwater::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Next = smtp::Step::Next;
constexpr auto use = asio::as_tuple(asio::use_awaitable);

// A buffer is small while a session waits for commands, so that ten thousand idle ones cost little, and grows
// with what comes in.
constexpr std::size_t kIdleBuffer = 2 * 1024, kMessageBuffer = 16 * 1024, kLargestBuffer = 64 * 1024;
// Of a message, this much must come within a data_block deadline: a byte now and then does not keep a
// session.
constexpr std::size_t kProgress = 512;
// At the end: time for the peer to read the last reply before the socket is gone, and what we still swallow
// from it.
constexpr std::chrono::milliseconds kLinger{1'000}, kGoodbye{2'000};
constexpr std::size_t kSwallow = 256 * 1024;

// Counts a connection out, also when its context is destroyed with the coroutine in it.
class Admission {
 public:
  Admission(ConnectionLimits& limits, std::string counted) : limits_(limits), counted_(std::move(counted)) {}
  ~Admission() { limits_.leave(counted_); }
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

 private:
  ConnectionLimits& limits_;
  std::string counted_;
};

}  // namespace

asio::awaitable<void> serve(std::shared_ptr<House> house, Lane& lane, Socket socket,
                            std::shared_ptr<const Terms> terms, Caller caller) {
  try {
    Admission admission(house->connections, caller.counted);
    Connection connection(*house, lane, std::move(socket), std::move(terms), caller);
    co_await connection.run();
  } catch (const std::exception& thrown) {
    log::event(log::Level::error, "session_failed", {{"peer", caller.address}, {"error", thrown.what()}});
  }
  house->settle();
}

Connection::Connection(House& house, Lane& lane, Socket socket, std::shared_ptr<const Terms> terms,
                       const Caller& caller)
    : house_(house),
      lane_(lane),
      socket_(std::move(socket)),
      terms_(std::move(terms)),
      gatekeeper_(house.gatekeepers()),
      session_(terms_->listener.session, caller.address, *gatekeeper_),
      deadline_(socket_.get_executor(),
                [this] {
                  error_code ignored;
                  socket_.cancel(ignored);
                }),
      memory_(house.memory) {
  lane_.connections.insert(this);
  if (house_.draining) shutting_down_ = true;
  if (house_.cutting) cut();
}

Connection::~Connection() { lane_.connections.erase(this); }

void Connection::shut_down() {
  shutting_down_ = true;
  error_code ignored;
  if (reading_) socket_.cancel(ignored);
}

void Connection::cut() {
  cut_ = true;
  error_code ignored;
  if (reading_ && !tls_) {
    // RFC 5321 3.8: not without a 421 where one can be said.
    socket_.write_some(asio::buffer(smtp::Reply{421, "4.3.2", "Service is stopping, try again later"}.wire()),
                       ignored);
  }
  socket_.close(ignored);
  if (abandon_wait_) abandon_wait_();
}

asio::awaitable<void> Connection::run() {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);  // a unix socket does not know it
  Step step = co_await open();
  while (!cut_) {
    if (!step.output.empty()) {
      const bool written = co_await write(std::move(step.output));
      if (!written) step = hung_up(deadline_.passed() ? "timeout in writing" : "connection lost");
    }
    if (step.next == Next::close) break;
    switch (step.next) {
      case Next::read: step = co_await read(); break;
      case Next::start_tls: step = co_await start_tls(); break;
      case Next::authenticate: step = co_await authenticate(); break;
      case Next::accept: step = co_await accept(); break;
      case Next::close: break;
    }
  }
  memory_.set(0);
  if (cut_) end_ = "cut";
  if (!cut_ && !hung_up_) co_await close();
  log_end();
}

asio::awaitable<Connection::Step> Connection::open() {
  const auto& session = terms_->listener.session;
  if (session.tls_wrapped) {
    const bool secure = co_await handshake();
    if (!secure) co_return hung_up("TLS handshake failed");
    session_.on_tls(SSL_get_version(tls_->native_handle()), SSL_get_cipher(tls_->native_handle()));
  } else if (terms_->options.early_talker.count() > 0 && session.protocol == smtp::Protocol::smtp &&
             !session.submission) {
    Step step = co_await await_early_talk();
    co_return step;
  }
  co_return session_.start();
}

// RFC 5321 3.1: the client waits for the greeting. Who does not is a robot, or sends what an attacker put
// together.
asio::awaitable<Connection::Step> Connection::await_early_talk() {
  deadline_.extend(terms_->options.early_talker);
  reading_ = true;
  auto [waited] = co_await socket_.async_wait(Socket::wait_read, use);
  reading_ = false;
  if (waited) co_return session_.start();
  char byte = 0;
  const auto count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (count <= 0) co_return hung_up("hung up before the greeting");
  end_ = "early talker";
  co_return session_.on_early_talker();
}

asio::awaitable<bool> Connection::handshake() {
  deadline_.extend(terms_->options.handshake);
  tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, *terms_->tls);
  auto [failed] = co_await tls_->async_handshake(asio::ssl::stream_base::server, use);
  if (failed && !cut_) {
    log::event(log::Level::info, "tls_failed",
               {{"listener", terms_->listener.name},
                {"peer", session_.peer().address},
                {"error", deadline_.passed() ? "timeout" : failed.message()}});
  }
  co_return !failed;
}

asio::awaitable<Connection::Step> Connection::start_tls() {
  if (tls_ || !terms_->tls) co_return hung_up("no TLS to start");
  const bool secure = co_await handshake();
  if (!secure) co_return hung_up("TLS handshake failed");
  extend();
  co_return session_.on_tls(SSL_get_version(tls_->native_handle()), SSL_get_cipher(tls_->native_handle()));
}

// What has to be said before anything more is read.
std::optional<Connection::Step> Connection::due() {
  if (cut_) return hung_up("cut");
  if (shutting_down_ && !told_) {
    told_ = true;
    end_ = "shutdown";
    return session_.on_shutdown();
  }
  if (deadline_.passed()) {
    end_ = "timeout";
    return session_.on_timeout();
  }
  return std::nullopt;
}

asio::awaitable<Connection::Step> Connection::read() {
  if (auto step = due()) co_return std::move(*step);
  fit_buffer();
  std::size_t count = 0;
  reading_ = true;
  const error_code failed = co_await read_some(count);
  reading_ = false;
  if (failed) co_return interrupted(failed);
  bytes_in_ += count;
  since_progress_ += count;
  filled_ = count == buffer_size_;
  Step step = session_.on_bytes(std::string_view(buffer_.get(), count));
  hold_within_memory();
  // A command that trickles in has one deadline; each block of a message has its own.
  if (session_.in_message() && since_progress_ >= kProgress) extend();
  co_return step;
}

Connection::Step Connection::interrupted(const error_code& error) {
  if (error == asio::error::operation_aborted && !cut_) {
    if (auto step = due()) return std::move(*step);
    return Step{};
  }
  if (error == asio::error::eof) return hung_up("hung up");
  if (error == asio::ssl::error::stream_truncated) return hung_up("hung up without close_notify");
  return hung_up("connection lost");
}

asio::awaitable<error_code> Connection::read_some(std::size_t& count) {
  if (tls_) {
    auto [failed, got] = co_await tls_->async_read_some(asio::buffer(buffer_.get(), buffer_size_), use);
    count = got;
    co_return failed;
  }
  auto [failed, got] = co_await socket_.async_read_some(asio::buffer(buffer_.get(), buffer_size_), use);
  count = got;
  co_return failed;
}

void Connection::fit_buffer() {
  std::size_t wanted = kIdleBuffer;
  if (session_.in_message()) wanted = std::max(kMessageBuffer, buffer_size_);
  if (filled_) wanted = std::clamp(buffer_size_ * 4, wanted, kLargestBuffer);
  if (wanted == buffer_size_) return;
  buffer_.reset();
  buffer_ = std::make_unique_for_overwrite<char[]>(wanted);
  buffer_size_ = wanted;
}

void Connection::hold_within_memory() {
  if (memory_.grow(session_.held_bytes(), terms_->options.receive_memory_bytes)) return;
  session_.refuse_message(smtp::Reply{452, "4.3.1", "Too many messages are coming in, try again later"});
  // One that came whole in this block is still there, and accept() will turn it away: it takes no room.
  (void)memory_.grow(session_.held_bytes(), terms_->options.receive_memory_bytes);
}

void Connection::extend() {
  since_progress_ = 0;
  deadline_.extend(session_.in_message() ? terms_->options.data_block : terms_->options.command);
}

asio::awaitable<bool> Connection::write(std::string output) {
  extend();
  bytes_out_ += output.size();
  if (tls_) {
    auto [failed, count] = co_await asio::async_write(*tls_, asio::buffer(output), use);
    co_return !failed;
  }
  // Nearly always the kernel takes it at once: no turn of the event loop.
  error_code failed;
  const std::size_t taken = socket_.write_some(asio::buffer(output), failed);
  if (failed == asio::error::would_block || failed == asio::error::try_again) failed = {};
  if (failed || taken == output.size()) co_return !failed;
  auto [later, count] = co_await asio::async_write(socket_, asio::buffer(output) + taken, use);
  co_return !later;
}

asio::awaitable<Connection::Step> Connection::authenticate() {
  smtp::AuthMessage message = session_.auth_message();
  if (message.first)
    exchange_ = house_.authenticator ? house_.authenticator->begin(session_.peer()) : nullptr;
  smtp::AuthAnswer said;
  said.temporary = true;
  if (exchange_) {
    Answer<smtp::AuthAnswer> answer(executor());
    abandon_wait_ = [&answer] { answer.abandon(); };
    exchange_->step(std::move(message), answer.deliver());
    auto got = co_await answer.wait(terms_->options.answer);
    abandon_wait_ = nullptr;
    if (got) said = std::move(*got);
  }
  if (!said.challenge) exchange_.reset();
  co_return session_.on_auth(std::move(said));
}

asio::awaitable<Connection::Step> Connection::accept() {
  smtp::ReceivedMessage message = session_.take_message();
  const bool lmtp = message.protocol == smtp::Protocol::lmtp;
  const std::size_t wanted = lmtp ? message.envelope.recipients.size() : 1;
  std::optional<std::vector<smtp::Reply>> replies;
  if (!memory_.grow(session_.held_bytes() + message.bytes.size(), terms_->options.receive_memory_bytes)) {
    const smtp::Reply full{452, "4.3.1", "Too many messages are coming in, try again later"};
    replies = std::vector<smtp::Reply>(wanted, full);
  } else {
    Answer<std::vector<smtp::Reply>> answer(executor());
    abandon_wait_ = [&answer] { answer.abandon(); };
    house_.receiver.receive(std::move(message), answer.deliver());
    replies = co_await answer.wait(terms_->options.answer);
    abandon_wait_ = nullptr;
  }
  ++messages_;
  house_.messages.fetch_add(1, std::memory_order_relaxed);
  Step step = session_.on_accepted(complete(std::move(replies), wanted));
  hold_within_memory();
  co_return step;
}

// Whoever does not answer for a recipient has not taken the message over for it.
std::vector<smtp::Reply> Connection::complete(std::optional<std::vector<smtp::Reply>> replies,
                                              std::size_t wanted) const {
  const smtp::Reply unknown{451, "4.3.0", "The message could not be stored now, try again later"};
  if (replies && replies->size() == wanted) return std::move(*replies);
  if (!cut_) {
    log::event(log::Level::error, "message_unanswered",
               {{"listener", terms_->listener.name},
                {"peer", session_.peer().address},
                {"replies", replies ? replies->size() : 0},
                {"wanted", wanted}});
  }
  auto all = replies ? std::move(*replies) : std::vector<smtp::Reply>{};
  all.resize(wanted, unknown);
  return all;
}

Connection::Step Connection::hung_up(const char* why) {
  end_ = why;
  hung_up_ = true;
  Step step;
  step.next = Next::close;
  return step;
}

// A socket that is closed with unread bytes in it sends a reset, and the peer may never see the last reply:
// so say goodbye, then swallow what is under way, for a moment.
asio::awaitable<void> Connection::close() {
  if (tls_) {
    deadline_.extend(kGoodbye);
    co_await tls_->async_shutdown(use);  // close_notify, and the peer's
  }
  error_code failed;
  socket_.shutdown(Socket::shutdown_send, failed);
  deadline_.extend(kLinger);
  filled_ = true;
  fit_buffer();
  for (std::size_t swallowed = 0; !failed && swallowed < kSwallow && !deadline_.passed();) {
    auto [ended, count] = co_await socket_.async_read_some(asio::buffer(buffer_.get(), buffer_size_), use);
    failed = ended;
    swallowed += count;
  }
  socket_.close(failed);
}

void Connection::log_end() const {
  const auto& peer = session_.peer();
  const auto lasted =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began_);
  log::event(log::Level::info, "session_ended",
             {{"listener", terms_->listener.name},
              {"peer", peer.address},
              {"helo", peer.helo},
              {"tls", peer.tls_version},
              {"login", peer.login},
              {"messages", messages_},
              {"bytes_in", bytes_in_},
              {"bytes_out", bytes_out_},
              {"ms", lasted.count()},
              {"end", std::string_view(end_)}});
}

}  // namespace breakwater::net
