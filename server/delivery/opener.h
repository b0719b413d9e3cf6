// Opens connections: finds a route's hosts, tries their addresses one after the other, does greeting, TLS and
// AUTH. What it needs of the surroundings is in Setting, made once and shared, read-only, by all loops.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "delivery/courier.h"
#include "delivery/dead_addresses.h"
#include "delivery/peer_habits.h"
#include "delivery/resolver.h"
#include "delivery/wire.h"
#include "queue/route.h"
#include "smtp/client.h"

namespace breakwater::delivery {

struct Setting {
  Options options;
  // The courier's own: it lives on the first loop, and what runs on the others must not keep it alive beyond
  // that.
  std::weak_ptr<Resolver> resolver;
  std::vector<boost::asio::ip::address> own_addresses;
  mutable boost::asio::ssl::context tls{
      boost::asio::ssl::context::tls_client};  // OpenSSL counts its users itself
};

// A connection that is set up, or being so. Lives on one loop; the wire may be held by whoever may have to
// cut it.
struct Connection {
  Connection(std::shared_ptr<Wire> stream, smtp::ClientOptions options, std::string name)
      : wire(std::move(stream)), client(std::move(options)), peer(std::move(name)) {}
  std::shared_ptr<Wire> wire;
  smtp::Client client;
  std::string peer;  // "mx1.example.org[192.0.2.1]:25"
  std::chrono::steady_clock::time_point born = std::chrono::steady_clock::now();
  bool pooled = false;
  std::string key;  // while it is pooled: whose
};

// By which a run is cut off from beside its coroutine, whatever it waits for. One thread.
struct Grip {
  bool cut = false;
  std::weak_ptr<Wire> wire;
  boost::asio::steady_timer* lookup = nullptr;
  void cut_off();
};

struct Opened {
  std::shared_ptr<Connection> connection;  // ready, or none
  queue::Outcome rest = queue::Outcome::deferred;
  std::string trouble;  // why there is none, as a reply line
  std::string peer;     // who was tried last
};

// Drives the client from `next` until it is ready or closed; writes, reads and does TLS as it says.
// `load` running: client.begin() gave `next`. The references must live until it is done.
boost::asio::awaitable<smtp::Client::Next> converse(const Setting& setting, Connection& connection,
                                                    smtp::Client::Next next);

class Opener {
 public:
  Opener(const Setting& setting, boost::asio::io_context& loop, const queue::Route& route,
         const std::string& domain, Grip& grip, DeadAddresses& dead, const PeerHabits& habits)
      : setting_(setting),
        loop_(loop),
        route_(route),
        domain_(domain),
        grip_(grip),
        dead_(dead),
        habits_(habits) {}

  boost::asio::awaitable<Opened> open();  // all the references must live until it is done

 private:
  struct Address {
    Wire::Endpoint endpoint;
    std::string peer;
    std::string host;       // the name that its certificate must have
    bool loopback = false;  // this host: nothing is read on the way
  };

  boost::asio::awaitable<HostChoice> hosts();
  boost::asio::awaitable<bool> try_host(Host host);  // true: done, well or not
  boost::asio::awaitable<bool> try_addresses(Host host, std::vector<boost::asio::ip::address> found);
  boost::asio::awaitable<void> try_address(Address address);
  boost::asio::awaitable<void> try_the_dead();
  boost::asio::awaitable<bool> reach(Address address,
                                     smtp::Starttls starttls);  // false: the TLS handshake failed
  boost::asio::awaitable<DnsAnswer> look_up(std::string name, RecordType type);
  smtp::ClientOptions client_options(const Address& address, smtp::Starttls starttls) const;
  void say_why_nothing();

  const Setting& setting_;
  boost::asio::io_context& loop_;
  const queue::Route& route_;
  const std::string& domain_;
  Grip& grip_;
  DeadAddresses& dead_;
  const PeerHabits& habits_;
  std::vector<Address> later_;  // those that were dead a moment ago
  Opened opened_;
  std::size_t tried_ = 0;
  bool own_ = false, nowhere_ = false, hopeful_ = false;  // hopeful: a later try may do better
  std::uint32_t own_preference_ = 65536;
};

}  // namespace breakwater::delivery
