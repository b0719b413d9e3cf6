// A listener that answers GET with pages: HTTP/1.1 with keep-alive, for a monitoring system on this machine.
// No TLS, no login, hence loopback by default; a wider address is warned of in the log.
//
// Made and destroyed on any thread, before the context it runs on is. Its sessions run on that context (one
// thread); pages are written on a thread of the listener's own, one at a time, since they may block on the
// store. The destructor waits for the page under way, so what pages read must outlive the listener.
//
// Bounds: `connections` at once (one more hears 503), a request header of 8 KiB, no body, `patience` for each
// wait: for the next request, for its whole header, for a page, for the peer to read it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "terms/result.h"

namespace boost::asio {
class io_context;
}

namespace breakwater::web {

struct Page {
  std::string content_type;
  std::function<std::string()> write;  // nullptr: the body is `text`
  std::string text;
};

struct HttpOptions {
  std::string address;                // "127.0.0.1:9125", "[::1]:9125"; port 0: any
  std::map<std::string, Page> pages;  // by path, "/metrics"
  std::uint32_t connections = 32;
  std::chrono::milliseconds patience{5000};
};

class HttpListener {
 public:
  // Errors: Fault::invalid for no address, Fault::busy where it is taken, with the address in words.
  static Result<std::unique_ptr<HttpListener>> open(boost::asio::io_context& context, HttpOptions options);
  ~HttpListener();
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;

  std::uint16_t port() const;   // as bound
  std::string address() const;  // as bound: "127.0.0.1:34567"

 private:
  class Server;
  explicit HttpListener(std::shared_ptr<Server> server);
  std::shared_ptr<Server> server_;  // shared with its sessions
};

}  // namespace breakwater::web
