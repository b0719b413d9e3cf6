// The listener for members' browsers and mail programs, as the configuration has it: opened at the start,
// followed by every reload (certificates are read anew, another address is opened before the old one is
// closed), closed at the stop. Any thread; what it serves from must outlive it.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "config/config.h"
#include "daemon/one_click.h"
#include "terms/result.h"
#include "web/http_listener.h"

namespace boost::asio {
class io_context;
}

namespace breakwater::daemon {

class MemberPages {
 public:
  MemberPages(boost::asio::io_context& context, OneClick one_click)
      : context_(context), one_click_(std::move(one_click)) {}

  // What a configuration wants, ready to be served; nothing is changed yet, so that a reload that fails later
  // leaves what was there.
  struct Prepared {
    std::string listen;  // empty: no pages
    web::TlsContext tls;
    std::unique_ptr<web::HttpListener> listener;  // nullptr: the one that there is stays, or none is wanted
  };
  // Errors: those of the certificate and of the address, with the setting's name.
  Result<Prepared> prepare(const config::Config& config);
  void serve(Prepared prepared);

  // Waits for the page that is being written.
  void close();
  std::optional<std::string> address() const;  // as bound; nullopt: no pages

 private:
  boost::asio::io_context& context_;
  const OneClick one_click_;
  mutable std::mutex mutex_;
  std::string listen_;  // as configured, of listener_
  std::unique_ptr<web::HttpListener> listener_;
};

}  // namespace breakwater::daemon
