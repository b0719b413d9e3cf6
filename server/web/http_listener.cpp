#include "web/http_listener.h"

#include <fcntl.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
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
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;

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
  // A page is a form at most: no script, no frame around it, no address of it in another site's log.
  response.set("Content-Security-Policy",
               "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
               "frame-ancestors 'none'");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "no-referrer");
  response.body() = std::move(body);
  return response;
}

Response plain_answer(http::status status, std::string text) {
  return answer_of(status, "text/plain; charset=utf-8", std::move(text) + "\n");
}

// What is said to a request that cannot be read; nullopt: nobody is there to hear it, or nobody is in a
// hurry.
std::optional<Response> answer_to(const error_code& failed) {
  if (failed == http::error::end_of_stream || failed == http::error::partial_message) return std::nullopt;
  if (failed == http::error::header_limit || failed == http::error::buffer_overflow) {
    return plain_answer(http::status::request_header_fields_too_large, "the header is too large");
  }
  if (failed == http::error::body_limit) {
    return plain_answer(http::status::payload_too_large, "the body is too large, or none is wanted");
  }
  if (failed.category() == make_error_code(http::error::bad_method).category()) {
    return plain_answer(http::status::bad_request, "this is no HTTP request");
  }
  return std::nullopt;
}

// A page that is being written for one session. Of the context's thread once it is written.
struct Writing {
  Writing(const asio::any_io_executor& executor, HttpRequest asked)
      : done(executor), request(std::move(asked)) {}
  asio::steady_timer done;
  HttpRequest request;
  std::optional<HttpAnswer> answer;
};

std::optional<HttpAnswer> write(const Page& page, const HttpRequest& request) {
  try {
    if (page.answer) return page.answer(request);
    return HttpAnswer{200, page.content_type, page.write()};
  } catch (const std::exception& thrown) {
    log::event(log::Level::error, "page_failed", {{"error", thrown.what()}});
    return std::nullopt;
  }
}

HttpRequest what_is_asked(Request& request, const std::string& peer) {
  const std::string_view target(request.target().data(), request.target().size());
  const std::size_t mark = std::min(target.find('?'), target.size());
  HttpRequest asked;
  asked.method = std::string(request.method_string());
  asked.path = std::string(target.substr(0, mark));
  asked.query = std::string(target.substr(std::min(mark + 1, target.size())));
  asked.content_type = std::string(request[http::field::content_type]);
  asked.body = std::move(request.body());
  asked.peer = peer;
  return asked;
}

const Page* find_page(const std::map<std::string, Page>& pages, const std::string& path) {
  const auto whole = pages.find(path);
  if (whole != pages.end()) return &whole->second;
  for (const std::string& folder : {path.substr(0, path.find('/', 1) + 1), std::string("/")}) {
    const auto below = pages.find(folder);
    if (below != pages.end() && folder.ends_with('/')) return &below->second;
  }
  return nullptr;
}

}  // namespace

std::string counted_as(const std::string& peer) {
  error_code not_one;
  const auto address = asio::ip::make_address(peer, not_one);
  if (not_one || address.is_v4() || address.to_v6().is_v4_mapped()) return peer;
  auto network = address.to_v6().to_bytes();
  std::fill(network.begin() + 8, network.end(), std::uint8_t{0});
  return asio::ip::address_v6(network).to_string();
}

class HttpListener::Server {
 public:
  using Self = std::shared_ptr<Server>;

  Server(asio::io_context& context, tcp::acceptor acceptor, HttpOptions options)
      : context_(context),
        acceptor_(std::move(acceptor)),
        pause_(context),
        options_(std::move(options)),
        writer_(std::make_unique<asio::thread_pool>(1)) {
    tls_ = options_.tls;
    error_code failed;
    bound_ = acceptor_.local_endpoint(failed);
  }

  static void start(const Self& self) {
    asio::co_spawn(self->context_, accept_all(self), [](std::exception_ptr thrown) { log_thrown(thrown); });
  }
  static void close(const Self& self);
  const tcp::endpoint& bound() const { return bound_; }
  void set_tls(TlsContext tls) {
    const std::lock_guard guard(lock_);
    tls_ = std::move(tls);
  }

 private:
  // In the set of sessions for as long as it lives.
  struct Presence {
    Presence(Self s, beast::tcp_stream& t, std::string c)
        : self(std::move(s)), stream(t), counted(std::move(c)) {
      self->sessions_.insert(&t);
      self->peers_.insert(counted);
    }
    ~Presence() {
      self->sessions_.erase(&stream);
      self->peers_.erase(self->peers_.find(counted));
    }
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;
    Self self;
    beast::tcp_stream& stream;
    const std::string counted;
  };

  static void log_thrown(const std::exception_ptr& thrown);
  static asio::awaitable<void> accept_all(Self self);
  static asio::awaitable<void> serve_clear(Self self, tcp::socket socket, std::string peer);
  static asio::awaitable<void> serve_tls(Self self, TlsContext tls, tcp::socket socket, std::string peer);
  template <class Stream>
  static asio::awaitable<bool> converse(Self self, Stream& stream, const std::string& peer);
  template <class Stream>
  static asio::awaitable<bool> send(Self self, Stream& stream, Response response, bool header_only);
  static asio::awaitable<Response> answer(Self self, Request& request, const std::string& peer);
  static asio::awaitable<Response> answer_page(Self self, const Page& page, HttpRequest request);
  static asio::awaitable<void> part(Self self, beast::tcp_stream& stream);
  static void refuse(tcp::socket socket, bool clear);
  void admit(const Self& self, tcp::socket socket);
  bool begin(const Self& self, const Page& page, const std::shared_ptr<Writing>& writing);
  TlsContext tls() {
    const std::lock_guard guard(lock_);
    return tls_;
  }

  asio::io_context& context_;
  tcp::acceptor acceptor_;  // this and the next three: of the context's thread
  asio::steady_timer pause_;
  std::set<beast::tcp_stream*> sessions_;
  std::multiset<std::string> peers_;  // of the sessions, as they are counted
  const HttpOptions options_;
  tcp::endpoint bound_;
  std::atomic<bool> closed_{false};
  std::atomic<std::uint32_t> to_write_{0};

  std::mutex lock_;
  TlsContext tls_;
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
    } else {
      self->admit(self, std::move(socket));
    }
  }
}

void HttpListener::Server::admit(const Self& self, tcp::socket socket) {
  error_code gone;
  const auto end = socket.remote_endpoint(gone);
  if (gone) return;
  std::string peer = end.address().to_string();
  TlsContext tls = self->tls();
  if (sessions_.size() >= options_.connections ||
      peers_.count(counted_as(peer)) >= options_.connections_per_address) {
    return refuse(std::move(socket), !tls);
  }
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
  const auto ended = [](std::exception_ptr thrown) { log_thrown(thrown); };
  if (tls) {
    asio::co_spawn(context_, serve_tls(self, std::move(tls), std::move(socket), std::move(peer)), ended);
  } else {
    asio::co_spawn(context_, serve_clear(self, std::move(socket), std::move(peer)), ended);
  }
}

// One write that does not wait.
void HttpListener::Server::refuse(tcp::socket socket, bool clear) {
  constexpr std::string_view kBusy =
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  error_code ignored;
  socket.non_blocking(true, ignored);
  if (clear) socket.write_some(asio::buffer(kBusy), ignored);
  socket.close(ignored);
}

asio::awaitable<void> HttpListener::Server::serve_clear(Self self, tcp::socket socket, std::string peer) {
  beast::tcp_stream stream(std::move(socket));
  const Presence presence(self, stream, counted_as(peer));
  const bool in_order = co_await converse(self, stream, peer);
  if (in_order) co_await part(self, stream);
}

asio::awaitable<void> HttpListener::Server::serve_tls(Self self, TlsContext tls, tcp::socket socket,
                                                      std::string peer) {
  TlsStream stream(beast::tcp_stream(std::move(socket)), *tls);
  beast::tcp_stream& below = stream.next_layer();
  const Presence presence(self, below, counted_as(peer));
  below.expires_after(self->options_.patience);
  auto [failed] = co_await stream.async_handshake(asio::ssl::stream_base::server, kUse);
  if (failed) co_return;
  const bool in_order = co_await converse(self, stream, peer);
  if (!in_order) co_return;
  below.expires_after(self->options_.patience);
  co_await stream.async_shutdown(kUse);  // close_notify: what was said is all there was (RFC 8446 6.1)
  co_await part(self, below);
}

// True: the peer has been told that this is the end, and may still be speaking.
template <class Stream>
asio::awaitable<bool> HttpListener::Server::converse(Self self, Stream& stream, const std::string& peer) {
  beast::tcp_stream& below = beast::get_lowest_layer(stream);
  beast::flat_buffer buffer(2 * kHeaderBytes);  // a whole header, and what a client sends ahead
  while (!self->closed_) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(kHeaderBytes);
    parser.body_limit(self->options_.body_bytes);
    below.expires_after(self->options_.patience);
    auto [failed, bytes] = co_await http::async_read_header(stream, buffer, parser, kUse);
    if (!failed && !parser.is_done() && self->options_.body_bytes > 0) {
      auto [cut, more] = co_await http::async_read(stream, buffer, parser, kUse);
      failed = cut;
    }
    if (failed) {
      if (auto response = answer_to(failed)) {
        response->keep_alive(false);
        co_return co_await send(self, stream, std::move(*response), false);
      }
      co_return false;
    }
    Request& request = parser.get();
    const bool readable = parser.is_done() && (!parser.chunked() || self->options_.body_bytes > 0);
    Response response = plain_answer(http::status::payload_too_large, "no body, please");
    if (readable) response = co_await answer(self, request, peer);
    const bool more = readable && request.keep_alive() && response.result() != http::status::bad_request;
    response.version(request.version());
    response.keep_alive(more);
    const bool sent = co_await send(self, stream, std::move(response), request.method() == http::verb::head);
    if (!sent || !more) co_return sent;
  }
  co_return false;
}

asio::awaitable<Response> HttpListener::Server::answer(Self self, Request& request, const std::string& peer) {
  // RFC 9112 3.2: exactly one Host.
  if (request.version() >= 11 && request.count(http::field::host) != 1) {
    co_return plain_answer(http::status::bad_request, "one Host field, please");
  }
  const http::verb verb = request.method();
  HttpRequest asked = what_is_asked(request, peer);
  const Page* page = find_page(self->options_.pages, asked.path);
  if (!page) co_return plain_answer(http::status::not_found, "there is no such page");
  const bool posts = verb == http::verb::post && page->answer;
  if (verb != http::verb::get && verb != http::verb::head && !posts) {
    const std::string allowed = page->answer ? "GET, HEAD, POST" : "GET, HEAD";
    Response response = plain_answer(http::status::method_not_allowed, "only " + allowed);
    response.set(http::field::allow, allowed);
    co_return response;
  }
  if (!page->write && !page->answer) co_return answer_of(http::status::ok, page->content_type, page->text);
  co_return co_await answer_page(self, *page, std::move(asked));
}

asio::awaitable<Response> HttpListener::Server::answer_page(Self self, const Page& page,
                                                            HttpRequest request) {
  const auto writing = std::make_shared<Writing>(self->context_.get_executor(), std::move(request));
  writing->done.expires_after(self->options_.patience);
  if (self->begin(self, page, writing)) co_await writing->done.async_wait(kUse);
  if (!writing->answer)
    co_return plain_answer(http::status::service_unavailable, "the server cannot tell now");
  HttpAnswer& answer = *writing->answer;
  co_return answer_of(http::int_to_status(answer.status), std::move(answer.content_type),
                      std::move(answer.body));
}

// False: too much is to be written already, or the listener is closing.
bool HttpListener::Server::begin(const Self& self, const Page& page,
                                 const std::shared_ptr<Writing>& writing) {
  const std::lock_guard guard(lock_);
  if (!writer_ || to_write_ >= options_.connections) return false;
  ++to_write_;
  asio::post(*writer_, [self, &page, writing] {
    auto answer = write(page, writing->request);
    --self->to_write_;
    asio::post(self->context_, [writing, answer = std::move(answer)]() mutable {
      writing->answer = std::move(answer);
      writing->done.cancel();
    });
  });
  return true;
}

template <class Stream>
asio::awaitable<bool> HttpListener::Server::send(Self self, Stream& stream, Response response,
                                                 bool header_only) {
  response.prepare_payload();
  http::response_serializer<http::string_body> serializer(response);
  beast::get_lowest_layer(stream).expires_after(self->options_.patience);
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
  auto server = std::make_shared<Server>(context, std::move(*acceptor), std::move(options));
  Server::start(server);
  return std::unique_ptr<HttpListener>(new HttpListener(std::move(server)));
}

HttpListener::~HttpListener() { Server::close(server_); }

std::uint16_t HttpListener::port() const { return server_->bound().port(); }

bool HttpListener::is_loopback() const { return server_->bound().address().is_loopback(); }

void HttpListener::set_tls(TlsContext tls) { server_->set_tls(std::move(tls)); }

std::string HttpListener::address() const {
  const auto address = server_->bound().address();
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return host + ":" + std::to_string(port());
}

}  // namespace breakwater::web
