#include "daemon/member_pages.h"

#include <utility>

#include "log/log.h"
#include "net/tls.h"

namespace breakwater::daemon {
namespace {

constexpr std::uint32_t kConnections = 256;
// Mail providers post for many readers from few addresses.
constexpr std::uint32_t kPerAddress = 32;
constexpr std::size_t kBody = 4096;  // a form of one field

}  // namespace

Result<MemberPages::Prepared> MemberPages::prepare(const config::Config& config) {
  Prepared prepared;
  if (config.web.url.empty()) return prepared;
  prepared.listen = config.web.listen;
  if (!config.web.certificate.empty()) {
    const config::Web& web = config.web;
    auto tls = net::load_tls(web.certificate, web.key.empty() ? web.certificate : web.key);
    if (!tls) return error(tls.error().fault, "web: " + tls.error().what);
    prepared.tls = std::move(*tls);
  }
  {
    const std::lock_guard lock(mutex_);
    if (listener_ && listen_ == prepared.listen) return prepared;
  }
  web::HttpOptions options;
  options.address = prepared.listen;
  options.tls = prepared.tls;
  options.connections = kConnections;
  // Behind a proxy all come from its address, and counting them is its task.
  options.connections_per_address = prepared.tls ? kPerAddress : kConnections;
  options.body_bytes = kBody;
  web::Page page;
  page.answer = [this](const web::HttpRequest& request) { return one_click_.answer(request); };
  options.pages["/"] = std::move(page);  // whatever path the URL has, and whatever a proxy leaves of it
  auto listener = web::HttpListener::open(context_, std::move(options));
  if (!listener) return error(listener.error().fault, "web.listen: " + listener.error().what);
  prepared.listener = std::move(*listener);
  return prepared;
}

void MemberPages::serve(Prepared prepared) {
  std::unique_ptr<web::HttpListener> old;  // closed outside of the lock: it waits for its page
  const std::lock_guard lock(mutex_);
  listen_ = prepared.listen;
  if (prepared.listener || prepared.listen.empty()) {
    old = std::exchange(listener_, std::move(prepared.listener));
    if (listener_)
      log::event(log::Level::info, "listening", {{"kind", "web"}, {"address", listener_->address()}});
  } else {
    listener_->set_tls(std::move(prepared.tls));
  }
}

void MemberPages::close() { serve({}); }

std::optional<std::string> MemberPages::address() const {
  const std::lock_guard lock(mutex_);
  return listener_ ? std::optional(listener_->address()) : std::nullopt;
}

}  // namespace breakwater::daemon
