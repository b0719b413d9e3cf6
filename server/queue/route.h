// Routes: by which way the recipients of a domain are reached. Pure look-up; delivery/ walks the way.
// Immutable once built, shared by every thread as part of a configuration snapshot.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "terms/instant.h"

namespace breakwater::queue {

enum class RouteKind {
  smarthost,  // everything to one host, by SMTP
  lmtp,       // everything to one host, by LMTP (RFC 2033)
  mx,         // to the recipient domain's own MX (RFC 5321 5.1)
};

// none: never STARTTLS; may: when offered; require: defer where it is not offered or fails; verify: require,
// and the certificate must name the host.
enum class TlsPolicy { none, may, require, verify };

struct Route {
  std::string name;  // unique; what queue listings show
  RouteKind kind = RouteKind::mx;
  std::vector<std::string>
      domains;       // "*", "example.org", ".example.org" (its subdomains); the longest match wins
  std::string host;  // smarthost, lmtp: name, address, or path of a unix socket (lmtp)
  std::uint16_t port = 25;
  TlsPolicy tls = TlsPolicy::may;
  bool tls_wrapped = false;           // TLS from the first byte (465)
  std::string username, password;     // smarthost: AUTH over TLS only
  std::uint32_t connections = 20;     // at once; mx: to one domain
  std::vector<Duration> retry_waits;  // as RetrySchedule::waits, for this route; empty: those of the server
  Duration give_up_after{0};          // from when a slice was first due; 0: as RetrySchedule says
  std::uint32_t recipients = 100;     // in one transaction
  bool chunking = true;               // BDAT where the next server offers it
};

class RouteTable {
 public:
  RouteTable() = default;
  explicit RouteTable(std::vector<Route> routes) : routes_(std::move(routes)) {}
  // The route for a domain (A-labels, lower case); nullptr when none matches.
  const Route* route_of(std::string_view domain) const;
  const Route* by_name(std::string_view name) const;
  const std::vector<Route>& all() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

// What a slice carries as its route: the route's name, and for mx the domain too ("mx:example.org"), since
// there each domain is a destination of its own.
std::string destination_of(const Route& route, std::string_view domain);
// The parts of the above: ("mx", "example.org") or ("office", "").
std::pair<std::string_view, std::string_view> split_destination(std::string_view destination);

}  // namespace breakwater::queue
