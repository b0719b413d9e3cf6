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
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "log/log.h"
#include "web/http_exchange.h"
#include "web/http_stream.h"
#include "web/listen.h"

namespace breakwater::web {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kUse = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kBreath{100};  // no descriptors left: some will be given back

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
  using Clock = std::chrono::steady_clock;

  // In the set of sessions for as long as it lives.
  struct Session {
    Session(Self s, tcp::socket socket, std::string p)
        : self(std::move(s)), stream(std::move(socket)), peer(std::move(p)), counted(counted_as(peer)) {
      self->sessions_.insert(this);
      self->peers_.insert(counted);
    }
    ~Session() {
      self->sessions_.erase(this);
      self->peers_.erase(self->peers_.find(counted));
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    const Self self;
    HttpStream stream;
    const std::string peer, counted;
    std::optional<Clock::time_point> waits_since = Clock::now();  // for a request of the peer
  };

  static void log_thrown(const std::exception_ptr& thrown);
  static asio::awaitable<void> accept_all(Self self);
  static asio::awaitable<void> serve(Self self, TlsContext tls, tcp::socket socket, std::string peer);
  static asio::awaitable<bool> converse(Session& session);
  static asio::awaitable<bool> read(Session& session, std::string& ahead, HttpExchange& exchange);
  static asio::awaitable<HttpAnswer> answer(Self self, HttpRequest request);
  static asio::awaitable<HttpAnswer> answer_page(Self self, const Page& page, HttpRequest request);
  static void refuse(tcp::socket socket, bool clear);
  bool make_room();
  void admit(const Self& self, tcp::socket socket);
  bool begin(const Self& self, const Page& page, const std::shared_ptr<Writing>& writing);
  TlsContext tls() {
    const std::lock_guard guard(lock_);
    return tls_;
  }

  asio::io_context& context_;
  tcp::acceptor acceptor_;  // this and the next three: of the context's thread
  asio::steady_timer pause_;
  std::set<Session*> sessions_;
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
    for (Session* session : self->sessions_) session->stream.close();
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
  if (peers_.count(counted_as(peer)) >= options_.connections_per_address || !make_room()) {
    return refuse(std::move(socket), !tls);
  }
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
  asio::co_spawn(context_, serve(self, std::move(tls), std::move(socket), std::move(peer)),
                 [](std::exception_ptr thrown) { log_thrown(thrown); });
}

// Connections that say nothing cost whoever opens them nothing: where all places are taken, the one that has
// waited longest for its request gives up its own. False: all are being answered.
bool HttpListener::Server::make_room() {
  if (sessions_.size() < options_.connections) return true;
  Session* longest = nullptr;
  for (Session* session : sessions_) {
    if (!session->waits_since) continue;
    if (!longest || session->waits_since < longest->waits_since) longest = session;
  }
  if (!longest) return false;
  longest->waits_since.reset();
  longest->stream.close();
  return true;
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

asio::awaitable<void> HttpListener::Server::serve(Self self, TlsContext tls, tcp::socket socket,
                                                  std::string peer) {
  Session session(self, std::move(socket), std::move(peer));
  if (tls) {
    session.stream.expires_after(self->options_.patience);
    const bool secure = co_await session.stream.handshake(*tls);
    if (!secure) co_return;
  }
  const bool in_order = co_await converse(session);
  if (!in_order) co_return;
  session.waits_since = Clock::now();  // for the peer to part: it may be asked for its place
  co_await session.stream.part(self->options_.patience);
}

// True: the peer has been told that this is the end, and may still be speaking.
asio::awaitable<bool> HttpListener::Server::converse(Session& session) {
  const Self& self = session.self;
  std::string ahead;  // what the client has sent, not yet read
  while (!self->closed_) {
    HttpExchange exchange(self->options_.body_bytes);
    const bool told = co_await read(session, ahead, exchange);
    if (!told) co_return false;
    const bool more = !exchange.refusal() && exchange.keeps_alive();
    HttpAnswer said;
    if (exchange.refusal()) {
      said = *exchange.refusal();
    } else {
      said = co_await answer(self, exchange.request(session.peer));
    }
    const std::string bytes = exchange.bytes_of(std::move(said), more);
    session.stream.expires_after(self->options_.patience);
    const bool sent = co_await session.stream.write(bytes);
    if (!sent || !more) co_return sent;
  }
  co_return false;
}

// True: there is a whole request, or one to refuse.
asio::awaitable<bool> HttpListener::Server::read(Session& session, std::string& ahead,
                                                 HttpExchange& exchange) {
  session.stream.expires_after(session.self->options_.patience);
  while (!exchange.take(ahead)) {
    if (!session.waits_since) session.waits_since = Clock::now();
    const bool got = co_await session.stream.read(ahead, HttpExchange::kHeaderBytes);
    if (!got) co_return false;
  }
  session.waits_since.reset();
  session.stream.expires_never();  // the page has a time of its own
  co_return true;
}

asio::awaitable<HttpAnswer> HttpListener::Server::answer(Self self, HttpRequest request) {
  const Page* page = find_page(self->options_.pages, request.path);
  if (!page) co_return plain_answer(404, "there is no such page");
  const bool posts = request.method == "POST" && page->answer;
  if (request.method != "GET" && request.method != "HEAD" && !posts) {
    const std::string allowed = page->answer ? "GET, HEAD, POST" : "GET, HEAD";
    HttpAnswer refusal = plain_answer(405, "only " + allowed);
    refusal.allow = allowed;
    co_return refusal;
  }
  if (!page->write && !page->answer) co_return HttpAnswer{200, page->content_type, page->text};
  co_return co_await answer_page(self, *page, std::move(request));
}

asio::awaitable<HttpAnswer> HttpListener::Server::answer_page(Self self, const Page& page,
                                                              HttpRequest request) {
  const auto writing = std::make_shared<Writing>(self->context_.get_executor(), std::move(request));
  writing->done.expires_after(self->options_.patience);
  if (self->begin(self, page, writing)) co_await writing->done.async_wait(kUse);
  if (!writing->answer) co_return plain_answer(503, "the server cannot tell now");
  co_return std::move(*writing->answer);
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
