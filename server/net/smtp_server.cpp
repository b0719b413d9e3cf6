#include "net/smtp_server.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <mutex>
#include <utility>

#include "net/connection.h"
#include "net/house.h"
#include "net/listener.h"
#include "terms/invariant.h"

namespace breakwater::net {
namespace {

namespace asio = boost::asio;

std::string key_of(const ListenerSettings& settings) {
  if (settings.adopted_fd >= 0) return "descriptor " + std::to_string(settings.adopted_fd);
  return settings.address;
}

// Runs `what` for each connection, on its thread.
template <class What>
void for_all(const std::shared_ptr<House>& house, What what) {
  for (const auto& lane : house->lanes) {
    asio::post(*lane->context, [house, lane = lane.get(), what] {
      for (Connection* connection : lane->connections) what(*connection);
    });
  }
}

void cut_all(const std::shared_ptr<House>& house) {
  house->cutting = true;
  for_all(house, [](Connection& connection) { connection.cut(); });
}

}  // namespace

struct SmtpServer::State {
  struct Entry {
    std::string key;
    std::shared_ptr<Listener> listener;
  };

  std::shared_ptr<House> house;
  mutable std::mutex lock;  // of `entries`
  std::vector<Entry> entries;

  Result<void> configure(const ServerOptions& options, const std::vector<ListenerSettings>& listeners);
  Result<Entry> open(const ListenerSettings& settings, std::size_t number) const;
  void close_all();
};

namespace {

Result<std::shared_ptr<const Terms>> make_terms(const ServerOptions& options,
                                                const ListenerSettings& settings) {
  auto terms = std::make_shared<Terms>();
  terms->options = options;
  terms->listener = settings;
  if (!settings.certificate.empty()) {
    auto tls = load_tls(settings.certificate, settings.key.empty() ? settings.certificate : settings.key);
    if (!tls) return tls.error();
    terms->tls = *tls;
  } else if (settings.session.tls_wrapped) {
    return error(Fault::invalid, "listener " + settings.address +
                                     " is to speak TLS from the first byte and has no "
                                     "certificate");
  }
  terms->listener.session.tls_available = terms->tls && !settings.session.tls_wrapped;
  return std::shared_ptr<const Terms>(std::move(terms));
}

}  // namespace

Result<SmtpServer::State::Entry> SmtpServer::State::open(const ListenerSettings& settings,
                                                         std::size_t number) const {
  auto socket = settings.adopted_fd >= 0 ? adopt_listener(settings.adopted_fd, settings.address)
                                         : open_listener(settings.address, settings.unix_mode);
  if (!socket) return socket.error();
  auto& context = *house->lanes[number % house->lanes.size()]->context;
  return Entry{key_of(settings), std::make_shared<Listener>(house, context, *socket)};
}

Result<void> SmtpServer::State::configure(const ServerOptions& options,
                                          const std::vector<ListenerSettings>& listeners) {
  std::lock_guard guard(lock);
  std::vector<std::shared_ptr<const Terms>> terms;
  for (const auto& settings : listeners) {
    auto made = make_terms(options, settings);
    if (!made) return made.error();
    terms.push_back(std::move(*made));
  }
  std::vector<Entry> before = entries, after;
  std::vector<std::shared_ptr<Listener>> fresh;
  for (const auto& settings : listeners) {
    const auto same = std::find_if(before.begin(), before.end(),
                                   [key = key_of(settings)](const Entry& entry) { return entry.key == key; });
    if (same != before.end()) {
      after.push_back(std::move(*same));
      before.erase(same);
      continue;
    }
    auto opened = open(settings, after.size());
    if (!opened) return opened.error();  // what was opened just now is closed by its destructor
    fresh.push_back(opened->listener);
    after.push_back(std::move(*opened));
  }
  for (std::size_t i = 0; i < after.size(); ++i) after[i].listener->set_terms(terms[i]);
  for (const auto& listener : fresh) Listener::start(listener);
  for (const auto& gone : before) Listener::close(gone.listener);
  entries = std::move(after);
  return {};
}

void SmtpServer::State::close_all() {
  std::lock_guard guard(lock);
  for (const auto& entry : entries) Listener::close(entry.listener);
  entries.clear();
}

SmtpServer::SmtpServer(std::vector<asio::io_context*> contexts, Receiver& receiver, Gatekeepers gatekeepers,
                       Authenticator* authenticator)
    : state_(std::make_shared<State>()) {
  BREAKWATER_ASSERT(!contexts.empty());
  state_->house = std::make_shared<House>(receiver, std::move(gatekeepers), authenticator);
  for (auto* context : contexts) {
    state_->house->lanes.push_back(std::make_unique<Lane>());
    state_->house->lanes.back()->context = context;
    // Makes the context's reactor now: it takes descriptors, and there may be none when the first client
    // comes.
    const Socket reactor(*context);
  }
}

SmtpServer::~SmtpServer() {
  state_->close_all();
  cut_all(state_->house);
}

Result<void> SmtpServer::configure(const ServerOptions& options,
                                   const std::vector<ListenerSettings>& listeners) {
  return state_->configure(options, listeners);
}

std::vector<LocalEndpoint> SmtpServer::local_endpoints() const {
  std::lock_guard guard(state_->lock);
  std::vector<LocalEndpoint> endpoints;
  for (const auto& entry : state_->entries) {
    const auto& socket = entry.listener->socket();
    endpoints.push_back({entry.listener->terms()->listener.name, socket.address, socket.port});
  }
  return endpoints;
}

void SmtpServer::drain(std::chrono::milliseconds limit, std::function<void()> done) {
  auto house = state_->house;
  auto& first = *house->lanes.front()->context;
  auto timer = std::make_shared<asio::steady_timer>(first, limit);
  {
    std::lock_guard guard(house->lock);
    house->drained = [timer, done = std::move(done), &first] {
      asio::post(first, [timer, done] {
        timer->cancel();
        done();
      });
    };
  }
  house->draining = true;
  state_->close_all();
  for_all(house, [](Connection& connection) { connection.shut_down(); });
  asio::post(first, [house, timer] {
    timer->async_wait([house](const boost::system::error_code& error) {
      if (!error) cut_all(house);
    });
    house->settle();
  });
}

ServerCounts SmtpServer::counts() const {
  const House& house = *state_->house;
  ServerCounts counts;
  counts.sessions_open = house.connections.open();
  counts.accepted = house.accepted.load(std::memory_order_relaxed);
  counts.refused = house.refused.load(std::memory_order_relaxed);
  counts.messages = house.messages.load(std::memory_order_relaxed);
  counts.bytes_held = house.memory.used();
  return counts;
}

}  // namespace breakwater::net
