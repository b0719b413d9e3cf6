// The listener over real sockets: well-behaved monitors, and peers of every other kind.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <thread>

#include "web/http_listener.h"

namespace breakwater::web {
namespace {

using std::chrono::milliseconds;

// A blocking client; -1 and empty texts where the peer is gone.
class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) ADD_FAILURE() << "connect";
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void say(std::string_view text) {
    while (!text.empty()) {
      const auto sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // it has heard enough
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // One response: header and as much body as it announces (none after HEAD).
  std::string hear(bool body = true) {
    for (;;) {
      const std::size_t end = pending_.find("\r\n\r\n");
      if (end != std::string::npos) {
        std::size_t length = 0;
        const std::size_t field = pending_.find("Content-Length: ");
        if (body && field < end) length = std::stoul(pending_.substr(field + 16));
        while (pending_.size() < end + 4 + length && more()) {
        }
        const std::string response = pending_.substr(0, end + 4 + length);
        pending_.erase(0, response.size());
        return response;
      }
      if (!more()) return std::exchange(pending_, {});
    }
  }
  std::string ask(std::string_view request) {
    say(request);
    return hear();
  }
  bool closed() {  // the peer has nothing more to say
    while (more()) {
    }
    return true;
  }
  bool more() {
    char bytes[4096];
    const auto got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) ADD_FAILURE() << "nothing for 20 s";
    if (got <= 0) return false;
    pending_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

 private:
  int fd_;
  std::string pending_;
};

class Http : public ::testing::Test {
 protected:
  void serve(milliseconds patience = milliseconds{10'000}, std::uint32_t connections = 32,
             HttpOptions options = {}) {
    options.address = "127.0.0.1:0";
    options.patience = patience;
    options.connections = connections;
    options.pages["/metrics"] = {"text/plain; version=0.0.4", [this] { return write(); }, ""};
    options.pages["/healthz"] = {"text/plain", nullptr, "ok\n"};
    auto opened = HttpListener::open(context_, std::move(options));
    ASSERT_TRUE(opened) << opened.error().what;
    listener_ = std::move(*opened);
    thread_ = std::thread([this] { context_.run(); });
  }
  void TearDown() override {
    listener_.reset();
    guard_.reset();
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }
  std::string write() {
    ++written_;
    if (blocked_) block_.get_future().wait();
    return "page " + std::to_string(written_) + "\n";
  }
  std::uint16_t port() const { return listener_->port(); }

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_ =
      boost::asio::make_work_guard(context_);
  std::unique_ptr<HttpListener> listener_;
  std::thread thread_;
  std::atomic<int> written_{0};
  std::atomic<bool> blocked_{false};
  std::promise<void> block_;
};

constexpr std::string_view kGet = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

bool starts(const std::string& text, std::string_view with) { return text.starts_with(with); }

TEST_F(Http, PagesAreAnsweredOnOneConnection) {
  serve();
  Client client(port());
  const std::string first = client.ask(kGet);
  EXPECT_TRUE(starts(first, "HTTP/1.1 200 OK\r\n")) << first;
  EXPECT_NE(first.find("\r\nContent-Type: text/plain; version=0.0.4\r\n"), std::string::npos) << first;
  EXPECT_NE(first.find("\r\nContent-Length: 7\r\n"), std::string::npos) << first;
  EXPECT_NE(first.find("\r\nDate: "), std::string::npos) << first;
  EXPECT_TRUE(first.ends_with("\r\n\r\npage 1\n")) << first;
  EXPECT_TRUE(client.ask("GET /metrics?name[]=x HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("page 2\n"));
  EXPECT_TRUE(client.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("\r\n\r\nok\n"));
  EXPECT_EQ(written_, 2) << "health asks nothing of anybody";
}

TEST_F(Http, WhatIsNotThereAndWhatIsNotAllowed) {
  serve();
  Client client(port());
  EXPECT_TRUE(starts(client.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), "HTTP/1.1 404 "));
  EXPECT_TRUE(starts(client.ask("GET /metrics/../healthz HTTP/1.1\r\nHost: a\r\n\r\n"), "HTTP/1.1 404 "));
  const std::string post = client.ask("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(starts(post, "HTTP/1.1 405 ")) << post;
  EXPECT_NE(post.find("\r\nAllow: GET, HEAD\r\n"), std::string::npos) << post;
  EXPECT_TRUE(starts(client.ask(kGet), "HTTP/1.1 200 ")) << "and the connection is as good as before";
  EXPECT_TRUE(starts(client.ask("GET /metrics HTTP/1.1\r\n\r\n"), "HTTP/1.1 400 ")) << "no Host";
  EXPECT_TRUE(client.closed());
}

TEST_F(Http, HeadHasTheHeaderAlone) {
  serve();
  Client client(port());
  client.say("HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string head = client.hear(false);
  EXPECT_TRUE(starts(head, "HTTP/1.1 200 ")) << head;
  EXPECT_NE(head.find("Content-Length: 7\r\n"), std::string::npos) << head;
  EXPECT_TRUE(starts(client.ask(kGet), "HTTP/1.1 200 ")) << "no body came in between";
}

TEST_F(Http, RequestsSentAheadAreAnsweredInOrder) {
  serve();
  Client client(port());
  std::string ahead;
  for (int at = 0; at < 50; ++at) ahead += kGet;
  client.say(ahead);
  for (int at = 1; at <= 50; ++at) {
    const std::string page = client.hear();
    EXPECT_TRUE(page.ends_with("\r\n\r\npage " + std::to_string(at) + "\n")) << page;
  }
}

TEST_F(Http, TheConnectionEndsWhenItIsAskedTo) {
  serve();
  Client one(port());
  const std::string last = one.ask("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_NE(last.find("Connection: close\r\n"), std::string::npos) << last;
  EXPECT_TRUE(one.closed());
  Client old(port());
  EXPECT_TRUE(starts(old.ask("GET /healthz HTTP/1.0\r\n\r\n"), "HTTP/1.0 200 "));
  EXPECT_TRUE(old.closed());
}

TEST_F(Http, GarbageIsRefusedAndTheNextIsServed) {
  serve();
  const std::string zeros(300, '\0');
  for (const std::string& garbage :
       {std::string("EHLO me.example\r\n\r\n"), zeros + "\r\n\r\n",
        std::string("\x16\x03\x01\x02\r\n\r\n\r\n"), std::string("GET\r\n\r\n"),
        std::string("GET /metrics HTTP/9.9\r\nHost: a\r\n\r\n"),
        std::string("GET /metrics HTTP/1.1\r\nHost : a\r\n\r\n"),
        std::string("GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n")}) {
    Client client(port());
    const std::string answer = client.ask(garbage);
    EXPECT_TRUE(starts(answer, "HTTP/1.1 400 ")) << garbage << answer;
    EXPECT_TRUE(client.closed());
  }
  EXPECT_TRUE(starts(Client(port()).ask(kGet), "HTTP/1.1 200 "));
}

TEST_F(Http, ABodyIsRefused) {
  serve();
  Client length(port());
  EXPECT_TRUE(starts(length.ask("GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
                     "HTTP/1.1 413 "));
  EXPECT_TRUE(length.closed());
  Client chunked(port());
  EXPECT_TRUE(starts(chunked.ask("GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "5\r\nhello\r\n0\r\n\r\n"),
                     "HTTP/1.1 413 "));
  EXPECT_TRUE(chunked.closed());
  EXPECT_EQ(written_, 0);
}

TEST_F(Http, AHeaderWithoutEndIsRefused) {
  serve();
  std::string request = "GET /metrics HTTP/1.1\r\nHost: a\r\n";
  for (int at = 0; at < 10'000; ++at) request += "X-" + std::to_string(at) + ": y\r\n";
  Client many(port());
  EXPECT_TRUE(starts(many.ask(request + "\r\n"), "HTTP/1.1 431 "));
  EXPECT_TRUE(many.closed());
  Client large(port());
  large.say("GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(starts(large.hear(), "HTTP/1.1 431 "));
  Client just(port());
  EXPECT_TRUE(
      starts(just.ask("GET /metrics HTTP/1.1\r\nHost: a\r\nX: " + std::string(7000, 'x') + "\r\n\r\n"),
             "HTTP/1.1 200 "));
}

TEST_F(Http, WhoIsSlowOrIdleIsClosed) {
  serve(milliseconds{300});
  Client idle(port()), slow(port());
  std::atomic<bool> closed{false};
  std::thread drip([&] {
    for (const char c : kGet) {
      if (closed) return;
      slow.say(std::string_view(&c, 1));
      std::this_thread::sleep_for(milliseconds{100});
    }
  });
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(slow.closed()) << "a byte now and then does not buy time";
  closed = true;
  drip.join();
  EXPECT_EQ(written_, 0);
}

TEST_F(Http, APageThatTakesTooLongIsNotWaitedFor) {
  serve(milliseconds{300});
  blocked_ = true;
  Client client(port());
  EXPECT_TRUE(starts(client.ask(kGet), "HTTP/1.1 503 "));
  EXPECT_TRUE(starts(Client(port()).ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"), "HTTP/1.1 200 "))
      << "and nobody else waits for it";
  blocked_ = false;
  block_.set_value();
}

TEST_F(Http, OneConnectionMoreThanAreAnsweredIsToldSo) {
  serve(milliseconds{10'000}, 3);
  blocked_ = true;
  std::vector<std::unique_ptr<Client>> clients;
  for (int at = 0; at < 3; ++at) {
    clients.push_back(std::make_unique<Client>(port()));
    // The second is read together with the first, and waits for the page.
    clients.back()->say("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(kGet));
    EXPECT_TRUE(starts(clients.back()->hear(), "HTTP/1.1 200 "));
  }
  EXPECT_TRUE(starts(Client(port()).hear(), "HTTP/1.1 503 "));
  blocked_ = false;
  block_.set_value();
  for (const auto& client : clients) EXPECT_TRUE(starts(client->hear(), "HTTP/1.1 200 "));
}

TEST_F(Http, WhoSaysNothingGivesUpThePlaceWhenItIsWanted) {
  serve(milliseconds{10'000}, 3);
  Client spoke(port()), silent(port()), half(port());
  EXPECT_TRUE(starts(spoke.ask(kGet), "HTTP/1.1 200 "));
  half.say("GET /metr");
  for (int more = 0; more < 10; ++more) {
    EXPECT_TRUE(starts(Client(port()).ask(kGet), "HTTP/1.1 200 "))
        << "all places are taken by who says nothing";
  }
  EXPECT_TRUE(silent.closed());
}

TEST_F(Http, ClosingEndsTheSessions) {
  serve();
  Client client(port());
  EXPECT_TRUE(starts(client.ask(kGet), "HTTP/1.1 200 "));
  listener_.reset();
  EXPECT_TRUE(client.closed());
}

HttpOptions with_a_form() {
  HttpOptions options;
  options.body_bytes = 100;
  options.pages["/u/"].answer = [](const HttpRequest& asked) {
    const unsigned status = asked.path == "/u/gone" ? 404 : 200;
    return HttpAnswer{status, "text/html",
                      asked.method + "|" + asked.path + "|" + asked.query + "|" + asked.content_type + "|" +
                          asked.body + "|" + asked.peer};
  };
  return options;
}

std::string post(std::string_view body) {
  return "POST /u/1abc?x=1 HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
         "Content-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

TEST_F(Http, APageThatAnswersIsToldWhatWasAsked) {
  serve(milliseconds{10'000}, 32, with_a_form());
  Client client(port());
  EXPECT_TRUE(
      client.ask("GET /u/1abc HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("\r\n\r\nGET|/u/1abc||||127.0.0.1"));
  EXPECT_TRUE(client.ask(post("List-Unsubscribe=One-Click"))
                  .ends_with("POST|/u/1abc|x=1|application/x-www-form-urlencoded|"
                             "List-Unsubscribe=One-Click|127.0.0.1"));
  EXPECT_TRUE(starts(client.ask("GET /u/gone HTTP/1.1\r\nHost: a\r\n\r\n"), "HTTP/1.1 404 "));
  EXPECT_TRUE(client
                  .ask("POST /u/2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "5\r\nhello\r\n0\r\n\r\n")
                  .ends_with("POST|/u/2|||hello|127.0.0.1"));
  const std::string put = client.ask("PUT /u/1abc HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(starts(put, "HTTP/1.1 405 ")) << put;
  EXPECT_NE(put.find("\r\nAllow: GET, HEAD, POST\r\n"), std::string::npos) << put;
  EXPECT_TRUE(starts(client.ask("GET /u HTTP/1.1\r\nHost: a\r\n\r\n"), "HTTP/1.1 404 "));
}

TEST_F(Http, ABodyOverItsLimitIsRefused) {
  serve(milliseconds{10'000}, 32, with_a_form());
  Client announced(port());
  EXPECT_TRUE(starts(announced.ask(post(std::string(101, 'x'))), "HTTP/1.1 413 "));
  EXPECT_TRUE(announced.closed());
  Client chunked(port());
  std::string chunks = "POST /u/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int at = 0; at < 10'000; ++at) chunks += "14\r\nxxxxxxxxxxxxxxxxxxxx\r\n";
  EXPECT_TRUE(starts(chunked.ask(chunks), "HTTP/1.1 413 "));
  EXPECT_TRUE(chunked.closed());
  EXPECT_TRUE(starts(Client(port()).ask(post(std::string(100, 'x'))), "HTTP/1.1 200 "));
}

TEST_F(Http, OneAddressCannotTakeAllConnections) {
  HttpOptions options;
  options.connections_per_address = 2;
  serve(milliseconds{10'000}, 32, std::move(options));
  Client first(port()), second(port());
  EXPECT_TRUE(starts(first.ask(kGet), "HTTP/1.1 200 "));
  EXPECT_TRUE(starts(second.ask(kGet), "HTTP/1.1 200 "));
  EXPECT_TRUE(starts(Client(port()).hear(), "HTTP/1.1 503 "));
}

TEST_F(Http, OneIPv6NetworkIsOneAddress) {
  EXPECT_EQ(counted_as("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
  EXPECT_EQ(counted_as("2001:db8:1:2::1"), counted_as("2001:db8:1:2:ffff::"));
  EXPECT_NE(counted_as("2001:db8:1:2::1"), counted_as("2001:db8:1:3::1"));
  EXPECT_EQ(counted_as("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(counted_as("::ffff:192.0.2.1"), "::ffff:192.0.2.1") << "many customers";
}

TEST_F(Http, AddressesThatCannotBe) {
  for (const char* address : {"", "9125", "localhost:9125", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000",
                              "::1:9125", "[127.0.0.1]:9125", "/run/metrics"}) {
    HttpOptions options;
    options.address = address;
    const auto opened = HttpListener::open(context_, std::move(options));
    ASSERT_FALSE(opened) << address;
    EXPECT_EQ(opened.error().fault, Fault::invalid) << address;
  }
  serve();
  HttpOptions options;
  options.address = "127.0.0.1:" + std::to_string(port());
  const auto taken = HttpListener::open(context_, std::move(options));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().fault, Fault::busy);
}

}  // namespace
}  // namespace breakwater::web
