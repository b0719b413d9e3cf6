#include "delivery/opener.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <random>
#include <utility>

namespace breakwater::delivery {
namespace asio = boost::asio;
namespace {

std::uint64_t entropy() {
  thread_local std::mt19937_64 source{std::random_device{}()};
  return source();
}

}  // namespace

void Grip::cut_off() {
  cut = true;
  if (const auto held = wire.lock()) held->cut();
  if (lookup != nullptr) lookup->cancel();
}

asio::awaitable<DnsAnswer> Opener::look_up(std::string name, RecordType type) {
  struct Slot {
    explicit Slot(asio::io_context& loop) : timer(loop) {}
    asio::steady_timer timer;
    std::optional<DnsAnswer> answer;
  };
  const auto slot = std::make_shared<Slot>(loop_);
  slot->timer.expires_after(setting_.options.timeouts.lookup);
  const auto arrived = [weak = std::weak_ptr<Slot>(slot), loop = &loop_](DnsAnswer answer) {
    asio::post(*loop, [weak, answer = std::move(answer)]() mutable {
      const auto waiting = weak.lock();
      if (!waiting) return;
      waiting->answer = std::move(answer);
      waiting->timer.cancel();
    });
  };
  if (const auto resolver = setting_.resolver.lock()) {
    resolver->lookup(std::move(name), type, arrived);
  } else {
    slot->timer.expires_after(Duration::zero());
  }
  grip_.lookup = &slot->timer;
  if (!grip_.cut) co_await slot->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  grip_.lookup = nullptr;
  if (slot->answer) co_return std::move(*slot->answer);
  DnsAnswer none;
  none.why = "timed out";
  co_return none;
}

asio::awaitable<HostChoice> Opener::hosts() {
  HostChoice choice;
  if (route_.kind != queue::RouteKind::mx) {
    choice.hosts.push_back(Host{route_.host, 0});
    co_return choice;
  }
  auto answer = co_await look_up(domain_, RecordType::mx);
  choice = choose_hosts(mx_answer(answer), domain_, setting_.options.own_names, entropy());
  co_return choice;
}

asio::awaitable<Opened> Opener::open() {
  auto choice = co_await hosts();
  opened_.peer = route_.kind == queue::RouteKind::mx ? domain_ : route_.host;
  if (choice.hosts.empty()) {
    opened_.rest = choice.rest;
    opened_.trouble = std::move(choice.trouble);
    co_return std::move(opened_);
  }
  for (Host& host : choice.hosts) {
    if (grip_.cut || host.preference >= own_preference_) break;
    const bool done = co_await try_host(std::move(host));
    if (done) break;
  }
  if (!opened_.connection) co_await try_the_dead();
  if (!opened_.connection) say_why_nothing();
  co_return std::move(opened_);
}

void Opener::say_why_nothing() {
  if (grip_.cut) {
    opened_.trouble = "451 4.3.2 cut off: this server is being shut down";
    return;
  }
  if (hopeful_ || route_.kind != queue::RouteKind::mx) {
    if (opened_.trouble.empty()) opened_.trouble = "451 4.4.4 " + route_.host + " has no address";
    return;
  }
  opened_.rest = queue::Outcome::failed;
  if (own_) {
    opened_.trouble = "554 5.4.6 " + domain_ + " is routed back to this server";
  } else if (nowhere_) {
    opened_.trouble =
        "550 5.4.4 " + domain_ + " names mail exchangers with loopback or impossible addresses only";
  } else {
    opened_.trouble = "550 5.4.4 " + domain_ + " has no mail exchanger with an address";
  }
}

asio::awaitable<bool> Opener::try_host(Host host) {
  if (route_.kind == queue::RouteKind::lmtp && host.name.starts_with('/')) {
    Address address;
    address.peer = address.host = host.name;
    address.loopback = true;
    if (host.name.size() >= 108) {  // sockaddr_un
      opened_.trouble = "451 4.4.4 " + host.name + ": the path of a unix socket has at most 107 bytes";
      co_return true;
    }
    address.endpoint = asio::local::stream_protocol::endpoint(host.name);
    co_await try_address(std::move(address));
    co_return true;
  }
  boost::system::error_code no_literal;
  const auto literal = asio::ip::make_address(host.name, no_literal);
  if (!no_literal && route_.kind != queue::RouteKind::mx) {
    std::vector<asio::ip::address> one(1, literal);
    const bool done = co_await try_addresses(std::move(host), std::move(one));
    co_return done;
  }
  // IPv4 first: reverse DNS and reputation, by which receivers judge, are more often right for it.
  for (const RecordType type : {RecordType::a, RecordType::aaaa}) {
    auto answer = co_await look_up(host.name, type);
    if (answer.status == LookupStatus::failed || answer.status == LookupStatus::bogus) {
      hopeful_ = true;
      opened_.trouble = "451 4.4.3 " + host.name + ": address look-up: " + answer.why;
      continue;
    }
    auto found = addresses(answer, type);
    const bool done = co_await try_addresses(host, std::move(found));
    if (done) co_return true;
  }
  co_return false;
}

asio::awaitable<bool> Opener::try_addresses(Host host, std::vector<asio::ip::address> found) {
  const bool mx = route_.kind == queue::RouteKind::mx;
  for (const asio::ip::address& one : found) {
    if (grip_.cut || tried_ >= kMaxAddresses) co_return true;
    if (mx) {
      const AddressUse use = judge_address(one, setting_.own_addresses, setting_.options.allow_loopback_mx);
      if (use == AddressUse::own) {  // RFC 5321 5.1: this one and all that are worse lead back here
        own_ = true;
        own_preference_ = host.preference;
        co_return false;
      }
      if (use == AddressUse::nowhere) {
        nowhere_ = true;
        continue;
      }
    }
    ++tried_;
    hopeful_ = true;
    const std::uint16_t port = mx ? setting_.options.mx_port : route_.port;
    Address address;
    address.endpoint = asio::ip::tcp::endpoint(one, port);
    address.peer = host.name + "[" + one.to_string() + "]:" + std::to_string(port);
    address.host = host.name;
    address.loopback = one.is_loopback();
    if (dead_.contains(address.peer, std::chrono::steady_clock::now())) {
      later_.push_back(std::move(address));
      continue;
    }
    co_await try_address(std::move(address));
    if (opened_.connection) co_return true;
  }
  co_return false;
}

asio::awaitable<void> Opener::try_the_dead() {
  for (Address& address : later_) {
    if (grip_.cut) co_return;
    co_await try_address(std::move(address));
    if (opened_.connection) co_return;
  }
}

asio::awaitable<void> Opener::try_address(Address address) {
  opened_.peer = address.peer;
  const auto starttls = route_.tls_wrapped || route_.tls == queue::TlsPolicy::none ? smtp::Starttls::none
                        : route_.tls == queue::TlsPolicy::may                      ? smtp::Starttls::may
                                                                                   : smtp::Starttls::require;
  const bool fine = co_await reach(address, starttls);
  if (fine || starttls != smtp::Starttls::may || grip_.cut) co_return;
  // Opportunistic TLS (RFC 7435): a broken handshake is no reason to keep the mail.
  if (setting_.options.notice)
    setting_.options.notice(address.peer, opened_.trouble + "; trying again in clear");
  co_await reach(std::move(address), smtp::Starttls::none);
}

smtp::ClientOptions Opener::client_options(const Address& address, smtp::Starttls starttls) const {
  smtp::ClientOptions options;
  options.lmtp = route_.kind == queue::RouteKind::lmtp;
  options.hostname = setting_.options.hostname;
  options.peer = address.peer;
  options.starttls = starttls;
  options.tls_active = route_.tls_wrapped;
  options.username = route_.username;
  options.password = route_.password;
  // Not to servers that nobody here has chosen: some offer CHUNKING and do not swallow what they refuse.
  const auto now = std::chrono::steady_clock::now();
  options.chunking =
      route_.chunking && route_.kind != queue::RouteKind::mx && habits_.takes_chunks(address.peer, now);
  options.auth_in_clear = address.loopback;
  options.max_transactions = setting_.options.transactions_per_connection;
  if (const std::uint32_t most = habits_.messages(address.peer, now); most != 0)
    options.max_transactions = std::min(options.max_transactions, most);
  return options;
}

asio::awaitable<bool> Opener::reach(Address address, smtp::Starttls starttls) {
  using Next = smtp::Client::Next;
  const auto wire = std::make_shared<Wire>(loop_);
  grip_.wire = wire;
  const Timeouts& timeouts = setting_.options.timeouts;
  auto failure = co_await wire->connect(address.endpoint, timeouts.connect);
  if (failure) {
    opened_.trouble = "451 4.4.1 " + address.peer + ": connect: " + wire->describe(failure);
    if (!grip_.cut) dead_.note(address.peer, std::chrono::steady_clock::now());
    co_return true;
  }
  dead_.forget(address.peer);
  auto connection = std::make_shared<Connection>(wire, client_options(address, starttls), address.peer);
  const bool verify = route_.tls == queue::TlsPolicy::verify;
  bool wrap = route_.tls_wrapped;
  Next next = Next::read;
  if (!wrap) next = co_await converse(setting_, *connection, connection->client.start());
  if (wrap || next == Next::start_tls) {
    failure = co_await wire->handshake(setting_.tls, address.host, verify, timeouts.handshake);
    if (failure) {
      const std::string certificate = verify ? wire->tls_trouble() : std::string();
      opened_.trouble = "451 4.7.5 " + address.peer + ": TLS handshake: " +
                        (certificate.empty() ? wire->describe(failure) : "certificate: " + certificate);
      wire->cut();
      co_return false;
    }
    next = wrap ? connection->client.start() : connection->client.on_tls();
    next = co_await converse(setting_, *connection, next);
  }
  if (next == Next::ready) {
    opened_.connection = std::move(connection);
  } else {
    opened_.trouble = connection->client.why();
    wire->cut();
  }
  co_return true;
}

namespace {

Duration limit_of(const Timeouts& timeouts, smtp::Client::Wait wait) {
  switch (wait) {
    case smtp::Client::Wait::greeting: return timeouts.greeting;
    case smtp::Client::Wait::data_start: return timeouts.data_start;
    case smtp::Client::Wait::data_end: return timeouts.data_end;
    case smtp::Client::Wait::quit: return timeouts.quit;
    case smtp::Client::Wait::command: break;
  }
  return timeouts.command;
}

}  // namespace

asio::awaitable<smtp::Client::Next> converse(const Setting& setting, Connection& connection,
                                             smtp::Client::Next next) {
  const Options& options = setting.options;
  Wire& wire = *connection.wire;
  smtp::Client& client = connection.client;
  while (next == smtp::Client::Next::read) {
    if (!client.output().empty()) {
      const auto failure = co_await wire.write(client.output(), options.timeouts.data_block);
      if (failure) {
        const std::string what = wire.describe(failure);
        next = client.lost(what, wire.leftovers(), wire.closed_by_peer(failure));
        break;
      }
    }
    const auto failure = co_await wire.read(limit_of(options.timeouts, client.wait()));
    if (failure) {
      next = client.lost(wire.describe(failure), {}, wire.closed_by_peer(failure));
      break;
    }
    if (std::chrono::steady_clock::now() - connection.born > options.connection_age) client.retire();
    next = client.on_bytes(wire.received());
  }
  co_return next;
}

}  // namespace breakwater::delivery
