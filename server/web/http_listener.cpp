#include "web/http_listener.h"

#include <fcntl.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <ctime>
#include <exception>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "log/log.h"
#include "web/listen.h"

namespace breakwater::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

constexpr auto kUse = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t kHeaderBytes = 8192;
constexpr std::chrono::milliseconds kBreath{100};  // no descriptors left: some will be given back

// RFC 9110 5.6.7. Not by strftime: its names are those of the locale.
std::string date_text(std::time_t now) {
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %d %02d:%02d:%02d GMT", kDays[utc.tm_wday % 7], utc.tm_mday,
                kMonths[utc.tm_mon % 12], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  return text;
}

Response answer_of(http::status status, std::string type, std::string body) {
  Response response(status, 11);
  response.set(http::field::date, date_text(std::time(nullptr)));
  response.set(http::field::content_type, std::move(type));
  response.set(http::field::cache_control, "no-store");
  response.body() = std::move(body);
  return response;
}

Response plain(http::status status, std::string text) {
  return answer_of(status, "text/plain; charset=utf-8", std::move(text) + "\n");
}

// What is said to a request that cannot be read; nullopt: nobody is there to hear it, or nobody is in a
// hurry.
std::optional<Response> answer_to(const error_code& failed) {
  if (failed == http::error::end_of_stream || failed == http::error::partial_message) return std::nullopt;
  if (failed == http::error::header_limit || failed == http::error::buffer_overflow) {
    return plain(http::status::request_header_fields_too_large, "the header is too large");
  }
  if (failed == http::error::body_limit) return plain(http::status::payload_too_large, "no body, please");
  if (failed.category() == make_error_code(http::error::bad_method).category()) {
    return plain(http::status::bad_request, "this is no HTTP request");
  }
  return std::nullopt;
}

// A page that is being written for one session. Of the context's thread once it is written.
struct Writing {
  explicit Writing(const asio::any_io_executor& executor) : done(executor) {}
  asio::steady_timer done;
  std::optional<std::string> text;
};

std::optional<std::string> write(const Page& page) {
  try {
    return page.write();
  } catch (const std::exception& thrown) {
    log::event(log::Level::error, "page_failed", {{"error", thrown.what()}});
    return std::nullopt;
  }
}

}  // namespace

class HttpListener::Server {
 public:
  using Self = std::shared_ptr<Server>;

  Server(asio::io_context& context, tcp::acceptor acceptor, HttpOptions options)
      : context_(context),
        acceptor_(std::move(acceptor)),
        pause_(context),
        options_(std::move(options)),
        writer_(std::make_unique<asio::thread_pool>(1)) {}

  static void start(const Self& self) {
    asio::co_spawn(self->context_, accept_all(self), [](std::exception_ptr thrown) { log_thrown(thrown); });
  }
  static void close(const Self& self);
  const tcp::endpoint& bound() const { return bound_; }
  void set_bound(const tcp::endpoint& bound) { bound_ = bound; }

 private:
  // In the set of sessions for as long as it lives.
  struct Presence {
    Presence(Self s, beast::tcp_stream& t) : self(std::move(s)), stream(t) { self->sessions_.insert(&t); }
    ~Presence() { self->sessions_.erase(&stream); }
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;
    Self self;
    beast::tcp_stream& stream;
  };

  static void log_thrown(const std::exception_ptr& thrown);
  static asio::awaitable<void> accept_all(Self self);
  static asio::awaitable<void> serve(Self self, tcp::socket socket);
  static asio::awaitable<Response> answer(Self self, const Request& request);
  static asio::awaitable<Response> answer_page(Self self, const Page& page);
  static asio::awaitable<bool> send(Self self, beast::tcp_stream& stream, Response response,
                                    bool header_only);
  static asio::awaitable<void> part(Self self, beast::tcp_stream& stream);
  static void refuse(tcp::socket socket);
  bool begin(const Self& self, const Page& page, const std::shared_ptr<Writing>& writing);

  asio::io_context& context_;
  tcp::acceptor acceptor_;  // this and the next two: of the context's thread
  asio::steady_timer pause_;
  std::set<beast::tcp_stream*> sessions_;
  const HttpOptions options_;
  tcp::endpoint bound_;
  std::atomic<bool> closed_{false};
  std::atomic<std::uint32_t> to_write_{0};

  std::mutex lock_;
  std::unique_ptr<asio::thread_pool> writer_;  // nullptr: closed
};

void HttpListener::Server::log_thrown(const std::exception_ptr& thrown) {
  if (!thrown) return;
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& exception) {
    log::event(log::Level::error, "http_session_failed", {{"error", exception.what()}});
  }
}

void HttpListener::Server::close(const Self& self) {
  self->closed_ = true;
  std::unique_ptr<asio::thread_pool> writer;
  {
    const std::lock_guard guard(self->lock_);
    writer = std::move(self->writer_);
  }
  writer->join();
  asio::post(self->context_, [self] {
    error_code ignored;
    self->acceptor_.close(ignored);
    self->pause_.cancel();
    for (beast::tcp_stream* stream : self->sessions_) stream->close();
  });
}

asio::awaitable<void> HttpListener::Server::accept_all(Self self) {
  while (!self->closed_) {
    auto [failed, socket] = co_await self->acceptor_.async_accept(kUse);
    if (self->closed_) break;
    if (failed == asio::error::connection_aborted) continue;  // gone again while it waited
    if (failed) {
      self->pause_.expires_after(kBreath);
      co_await self->pause_.async_wait(kUse);
    } else if (self->sessions_.size() >= self->options_.connections) {
      refuse(std::move(socket));
    } else {
      asio::co_spawn(self->context_, serve(self, std::move(socket)),
                     [](std::exception_ptr thrown) { log_thrown(thrown); });
    }
  }
}

// One write that does not wait.
void HttpListener::Server::refuse(tcp::socket socket) {
  constexpr std::string_view kBusy =
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(kBusy), ignored);
  socket.close(ignored);
}

asio::awaitable<void> HttpListener::Server::serve(Self self, tcp::socket socket) {
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
  beast::tcp_stream stream(std::move(socket));
  const Presence presence(self, stream);
  beast::flat_buffer buffer(2 * kHeaderBytes);  // a whole header, and what a client sends ahead
  while (!self->closed_) {
    http::request_parser<http::empty_body> parser;
    parser.header_limit(kHeaderBytes);
    parser.body_limit(0);
    stream.expires_after(self->options_.patience);
    auto [failed, bytes] = co_await http::async_read_header(stream, buffer, parser, kUse);
    if (failed) {
      if (auto response = answer_to(failed)) {
        response->keep_alive(false);
        const bool sent = co_await send(self, stream, std::move(*response), false);
        if (sent) co_await part(self, stream);
      }
      break;
    }
    const Request& request = parser.get();
    const bool readable = parser.is_done() && !parser.chunked();
    Response response = plain(http::status::payload_too_large, "no body, please");
    if (readable) response = co_await answer(self, request);
    const bool more = readable && request.keep_alive() && response.result() != http::status::bad_request;
    response.version(request.version());
    response.keep_alive(more);
    const bool sent = co_await send(self, stream, std::move(response), request.method() == http::verb::head);
    if (!sent) break;
    if (!more) {
      co_await part(self, stream);
      break;
    }
  }
}

asio::awaitable<Response> HttpListener::Server::answer(Self self, const Request& request) {
  // RFC 9112 3.2: exactly one Host.
  if (request.version() >= 11 && request.count(http::field::host) != 1) {
    co_return plain(http::status::bad_request, "one Host field, please");
  }
  const std::string_view target(request.target().data(), request.target().size());
  const auto page = self->options_.pages.find(std::string(target.substr(0, target.find('?'))));
  if (page == self->options_.pages.end()) co_return plain(http::status::not_found, "there is no such page");
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    Response response = plain(http::status::method_not_allowed, "only GET and HEAD");
    response.set(http::field::allow, "GET, HEAD");
    co_return response;
  }
  if (!page->second.write)
    co_return answer_of(http::status::ok, page->second.content_type, page->second.text);
  co_return co_await answer_page(self, page->second);
}

asio::awaitable<Response> HttpListener::Server::answer_page(Self self, const Page& page) {
  const auto writing = std::make_shared<Writing>(self->context_.get_executor());
  writing->done.expires_after(self->options_.patience);
  if (self->begin(self, page, writing)) co_await writing->done.async_wait(kUse);
  if (writing->text) co_return answer_of(http::status::ok, page.content_type, std::move(*writing->text));
  co_return plain(http::status::service_unavailable, "the server cannot tell now");
}

// False: too much is to be written already, or the listener is closing.
bool HttpListener::Server::begin(const Self& self, const Page& page,
                                 const std::shared_ptr<Writing>& writing) {
  const std::lock_guard guard(lock_);
  if (!writer_ || to_write_ >= options_.connections) return false;
  ++to_write_;
  asio::post(*writer_, [self, &page, writing] {
    auto text = write(page);
    --self->to_write_;
    asio::post(self->context_, [writing, text = std::move(text)]() mutable {
      writing->text = std::move(text);
      writing->done.cancel();
    });
  });
  return true;
}

asio::awaitable<bool> HttpListener::Server::send(Self self, beast::tcp_stream& stream, Response response,
                                                 bool header_only) {
  response.prepare_payload();
  http::response_serializer<http::string_body> serializer(response);
  stream.expires_after(self->options_.patience);
  if (header_only) {
    auto [failed, bytes] = co_await http::async_write_header(stream, serializer, kUse);
    co_return !failed;
  }
  auto [failed, bytes] = co_await http::async_write(stream, serializer, kUse);
  co_return !failed;
}

// Closing while the peer still sends would take our answer away from it: hear it out, within bounds.
asio::awaitable<void> HttpListener::Server::part(Self self, beast::tcp_stream& stream) {
  constexpr std::size_t kMost = 1024 * 1024;
  error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  stream.expires_after(self->options_.patience);
  char scratch[4096];
  for (std::size_t heard = 0; heard < kMost;) {
    auto [failed, bytes] = co_await stream.async_read_some(asio::buffer(scratch), kUse);
    if (failed) break;
    heard += bytes;
  }
}

HttpListener::HttpListener(std::shared_ptr<Server> server) : server_(std::move(server)) {}

Result<std::unique_ptr<HttpListener>> HttpListener::open(asio::io_context& context, HttpOptions options) {
  auto acceptor = listen_on(context, options.address);
  if (!acceptor) return acceptor.error();
  error_code failed;
  const tcp::endpoint bound = acceptor->local_endpoint(failed);
  if (!failed && !bound.address().is_loopback()) {
    log::event(log::Level::warning, "metrics_open_to_all",
               {{"address", options.address},
                {"advice", "whoever reaches this address reads the names of lists; use 127.0.0.1 or [::1]"}});
  }
  auto server = std::make_shared<Server>(context, std::move(*acceptor), std::move(options));
  server->set_bound(bound);
  Server::start(server);
  return std::unique_ptr<HttpListener>(new HttpListener(std::move(server)));
}

HttpListener::~HttpListener() { Server::close(server_); }

std::uint16_t HttpListener::port() const { return server_->bound().port(); }

std::string HttpListener::address() const {
  const auto address = server_->bound().address();
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return host + ":" + std::to_string(port());
}

}  // namespace breakwater::web
