// A listener that answers HTTP/1.1 requests with pages, with keep-alive: for a monitoring system on this
// machine, and, under TLS, for members with a browser or a mail program (RFC 8058).
//
// Made and destroyed on any thread, before the context it runs on is. Its sessions run on that context (one
// thread); pages are written on a thread of the listener's own, one at a time, since they may block on the
// store. The destructor waits for the page under way, so what pages read must outlive the listener.
//
// Bounds: `connections` at once (for one more, the one that has waited longest for its request is closed),
// `connections_per_address` from one address or IPv6 /64 (one more hears 503, under TLS nothing), a request
// header of 8 KiB, a body of `body_bytes`, `patience` for each wait: for the handshake, for the next request,
// for its whole header, for a page, for the peer to read it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "terms/result.h"
#include "web/http_page.h"

namespace boost::asio {
class io_context;
namespace ssl {
class context;
}
}  // namespace boost::asio

namespace breakwater::web {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

struct HttpOptions {
  std::string address;  // "127.0.0.1:9125", "[::1]:9125"; port 0: any
  // By path, "/metrics"; "/u/" takes all paths that begin with it, "/" all that no other takes.
  std::map<std::string, Page> pages;
  TlsContext tls;  // nullptr: in clear
  std::uint32_t connections = 32, connections_per_address = 32;
  std::size_t body_bytes = 0;  // of a request; 0: a body is refused
  std::chrono::milliseconds patience{5000};
};

// What connections are counted by: the peer's address, of IPv6 its /64. That is the least a customer is given
// (RFC 6177), who may take each connection from another address of it.
std::string counted_as(const std::string& peer);

class HttpListener {
 public:
  // Errors: Fault::invalid for no address, Fault::busy where it is taken, with the address in words.
  static Result<std::unique_ptr<HttpListener>> open(boost::asio::io_context& context, HttpOptions options);
  ~HttpListener();
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;

  std::uint16_t port() const;   // as bound
  std::string address() const;  // as bound: "127.0.0.1:34567"
  bool is_loopback() const;
  // For connections to come; nullptr: in clear. Any thread.
  void set_tls(TlsContext tls);

 private:
  class Server;
  explicit HttpListener(std::shared_ptr<Server> server);
  std::shared_ptr<Server> server_;  // shared with its sessions
};

}  // namespace breakwater::web
