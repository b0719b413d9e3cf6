#include "config/rules.h"

#include <sys/un.h>

#include <algorithm>
#include <set>

#include "config/checks.h"
#include "config/units.h"
#include "lists/service_address.h"
#include "mail/address.h"

namespace breakwater::config {
namespace {

bool is_path(const std::string& text) { return text.find('/') != std::string::npos; }
bool has_any_port(const std::string& address) { return address.ends_with(":0"); }

std::string key_of(const std::string& address) {
  const auto parsed = mail::parse_address(address);
  return parsed ? parsed->key : address;
}

bool too_long_for_socket(const std::string& path) { return path.size() >= sizeof(sockaddr_un::sun_path); }

void check_socket_length(Reader& reader, Place at, const std::string& key, const std::string& path) {
  if (!too_long_for_socket(path)) return;
  reader.problem(at, "'" + key + "' becomes " + in_quotes(path) +
                         ", which is too long for the path of a socket (107 "
                         "bytes)");
}

void check_key_pair(Reader& reader, const Places& places) {
  if (places.has("certificate") && !places.has("key")) {
    reader.problem(places.of("certificate"), "'certificate' without 'key': name the file of its private key");
  }
  if (places.has("key") && !places.has("certificate")) {
    reader.problem(places.of("key"), "'key' without 'certificate': name the file of the certificate chain");
  }
}

void check_listener_tls(Reader& reader, const ReadListener& listener) {
  const Listener& value = listener.value;
  const bool submission = listener.places.sound("kind") && value.kind == ListenerKind::submission;
  check_key_pair(reader, listener.places);
  if (listener.places.has("certificate") || listener.places.has("key")) return;
  if (submission) {
    reader.problem(listener.places.section,
                   "a submission listener without TLS could let nobody log in; set 'certificate' and 'key'");
  } else if (value.tls_wrapped) {
    reader.problem(listener.places.of("tls_wrapped"), "'tls_wrapped' needs 'certificate' and 'key'");
  }
}

void check_route_host(Reader& reader, const ReadRoute& route) {
  if (!route.places.sound("kind")) return;
  const queue::Route& value = route.value;
  const bool has_host = route.places.has("host");
  const bool to_path = is_path(value.host);
  if (value.kind == queue::RouteKind::mx) {
    for (const char* key : {"host", "port", "username", "password", "tls_wrapped"}) {
      if (!route.places.has(key)) continue;
      reader.problem(route.places.of(key),
                     "'" + std::string(key) +
                         "' has no meaning with kind = \"mx\"; for one server that takes all, "
                         "write kind = \"smarthost\"");
    }
    return;
  }
  const std::string kind = value.kind == queue::RouteKind::lmtp ? "lmtp" : "smarthost";
  if (!has_host)
    reader.problem(route.places.section, "missing key 'host' in [[route]]: a " + kind + " route needs it");
  if (value.kind == queue::RouteKind::smarthost && to_path) {
    reader.problem(route.places.of("host"), "a unix socket is for kind = \"lmtp\" only");
  }
  if (value.kind == queue::RouteKind::lmtp && to_path) {
    check_socket_length(reader, route.places.of("host"), "host", value.host);
  }
  if (value.kind == queue::RouteKind::lmtp && !to_path && route.places.sound("host") && value.port == 25) {
    reader.problem(route.places.of(route.places.has("port") ? "port" : "host"),
                   "LMTP is never spoken on port 25 (RFC 2033 5); set 'port' to the server's, often 24");
  }
}

void check_route_login(Reader& reader, const ReadRoute& route) {
  const queue::Route& value = route.value;
  if (!route.places.sound("kind") || value.kind == queue::RouteKind::mx) return;
  const bool has_name = route.places.has("username");
  const bool has_password = route.places.has("password");
  if (!has_name && !has_password) return;
  if (!has_name) reader.problem(route.places.of("password"), "'password' without 'username'");
  if (!has_password) reader.problem(route.places.of("username"), "'username' without 'password'");
  if (value.kind == queue::RouteKind::lmtp) {
    reader.problem(route.places.of(has_name ? "username" : "password"),
                   "a login is for kind = \"smarthost\" only");
    return;
  }
  const bool sure =
      value.tls_wrapped || value.tls == queue::TlsPolicy::require || value.tls == queue::TlsPolicy::verify;
  if (!sure) {
    reader.problem(route.places.of(route.places.has("tls") ? "tls"
                                   : has_name              ? "username"
                                                           : "password"),
                   "a password goes over TLS only; set tls = \"require\" or, better, \"verify\"");
  }
}

}  // namespace

void check_limits(Reader& reader, const ReadServer& server) {
  const Limits& limits = server.value.limits;
  if (const auto at = server.tables.find("limits"); at != server.tables.end()) {
    const Places& places = at->second;
    if (limits.connections_per_address > limits.connections) {
      const char* key = places.has("connections_per_address") ? "connections_per_address" : "connections";
      reader.problem(places.of(key), "'connections_per_address' (" +
                                         std::to_string(limits.connections_per_address) +
                                         ") is above 'connections' (" + std::to_string(limits.connections) +
                                         "): one address could take them all");
    }
    if (limits.receive_memory_bytes < limits.message_bytes) {
      const char* key = places.has("receive_memory") ? "receive_memory" : "message_size";
      const auto shown = [](std::uint64_t bytes) { return format_size(static_cast<std::int64_t>(bytes)); };
      reader.problem(places.of(key), "'receive_memory' (" + shown(limits.receive_memory_bytes) +
                                         ") is below 'message_size' (" + shown(limits.message_bytes) +
                                         "): the largest message could never come in");
    }
  }
  check_socket_length(reader, server.top.of(server.top.has("control_socket") ? "control_socket" : "data_dir"),
                      server.top.has("control_socket") ? "control_socket" : "data_dir",
                      server.value.control_socket);
}

void check_listeners(Reader& reader, const ReadServer& server) {
  if (server.listeners.empty() && !server.unsure.contains("listener")) {
    reader.problem({},
                   "no [[listener]]: the server would hear nobody; add one with kind = \"mx\" and address = "
                   "\"0.0.0.0:25\"");
  }
  std::set<std::string> seen;
  for (const ReadListener& listener : server.listeners) {
    const Listener& value = listener.value;
    if (value.address.empty()) continue;
    if (is_path(value.address)) {
      if (listener.places.sound("kind") && value.kind != ListenerKind::lmtp) {
        reader.problem(listener.places.of("address"), "a unix socket is for kind = \"lmtp\" only");
      }
      check_socket_length(reader, listener.places.of("address"), "address", value.address);
    }
    if (value.kind == ListenerKind::lmtp && value.address.ends_with(":25")) {
      reader.problem(listener.places.of("address"), "LMTP is never spoken on port 25 (RFC 2033 5)");
    }
    check_listener_tls(reader, listener);
    if (!has_any_port(value.address) && !seen.insert(value.address).second) {
      reader.problem(listener.places.of("address"), "a second listener on this address");
    }
  }
}

void check_web(Reader& reader, const ReadServer& server) {
  const auto found = server.tables.find("web");
  if (found == server.tables.end()) return;
  const Places& places = found->second;
  const Web& web = server.value.web;
  check_key_pair(reader, places);
  if (places.has("listen") != places.has("url")) {
    reader.problem(places.section, places.has("url")
                                       ? "'url' without 'listen': say where the pages are served"
                                       : "'listen' without 'url': say how members reach the pages");
  }
  const bool loopback = web.listen.starts_with("127.") || web.listen.starts_with("[::1]");
  if (!web.listen.empty() && !loopback && !places.has("certificate")) {
    reader.problem(places.of("listen"),
                   "pages for members are served under TLS; set 'certificate' and 'key', or listen on "
                   "127.0.0.1 behind a proxy");
  }
}

void check_routes(Reader& reader, const ReadServer& server) {
  std::set<std::string> names;
  std::map<std::string, std::string> patterns;  // pattern, route
  bool broken = server.unsure.contains("route");
  for (const ReadRoute& route : server.routes) {
    if (!route.value.name.empty() && !names.insert(route.value.name).second) {
      reader.problem(route.places.of("name"), "a second route named " + in_quotes(route.value.name));
    }
    broken = broken || route.value.domains.empty();
    for (std::size_t i = 0; i < route.value.domains.size(); ++i) {
      const auto [other, first] = patterns.emplace(route.value.domains[i], route.value.name);
      if (first) continue;
      reader.problem(
          route.places.of("domains", i),
          "the pattern " + in_quotes(other->first) + " is in route " + in_quotes(other->second) + " already");
    }
    check_route_host(reader, route);
    check_route_login(reader, route);
  }
  // With a route whose domains could not be read, nobody knows whether "*" is missing.
  if (broken || patterns.contains("*")) return;
  reader.problem({},
                 "no route for \"*\": copies to other domains could not leave; add \"*\" to the domains of a "
                 "[[route]], or one with "
                 "kind = \"mx\" and domains = [\"*\"]");
}

namespace {

// With what tells addresses apart.
lists::ListsByAddress by_address(const std::vector<ReadList>& lists) {
  lists::ListsByAddress all;
  for (const ReadList& list : lists) {
    lists::List named;
    named.name = list.value.name;
    named.domain = list.value.domain;
    all.emplace(named.address(), std::move(named));
  }
  return all;
}

// Where an owner's letters go must be somebody's mailbox.
void check_owners(Problems& problems, const ReadList& list, const lists::ListsByAddress& all,
                  const std::string& hostname) {
  const lists::List& value = list.value;
  for (std::size_t i = 0; i < value.owners.size(); ++i) {
    const auto owner = mail::parse_address(value.owners[i]);
    if (!owner) continue;
    if (owner->key == value.address() || owner->key == value.sub_address("owner")) {
      problems.add(list.file, list.places.of("owners", i),
                   "the list cannot be its own owner: mail to " + value.sub_address("owner") +
                       " would go in a circle");
    } else if (lists::is_service_address(all, hostname, *owner)) {
      problems.add(list.file, list.places.of("owners", i),
                   in_quotes(value.owners[i]) + " " + std::string(lists::kServiceAddress) +
                       "; name somebody's mailbox");
    }
  }
}

}  // namespace

void check_lists(Problems& problems, std::vector<ReadList>& lists, const ReadServer* server) {
  const lists::ListsByAddress all = by_address(lists);
  std::map<std::string, Problems::File> seen;
  for (ReadList& list : lists) {
    lists::List& value = list.value;
    if (server != nullptr) {
      const std::uint64_t most = server->value.limits.message_bytes;
      if (list.places.has("max_message_size") && value.max_message_bytes > most) {
        problems.add(
            list.file, list.places.of("max_message_size"),
            "'max_message_size' (" + format_size(static_cast<std::int64_t>(value.max_message_bytes)) +
                ") is above the server's 'message_size' (" + format_size(static_cast<std::int64_t>(most)) +
                "), which comes first; raise that in [limits] of " + problems.name_of(0));
      }
      if (!list.places.has("max_message_size")) value.max_message_bytes = most;
    }
    if (value.name.empty() || value.domain.empty()) continue;
    const auto [other, first] = seen.emplace(value.address(), list.file);
    if (!first) {
      problems.add(list.file, list.places.of(list.places.has("name") ? "name" : "domain"),
                   "the list " + value.address() + " is in " + problems.name_of(other->second) + " already");
    }
    check_owners(problems, list, all, server ? server->value.hostname : std::string());
  }
}

void check_guards(Problems& problems, const std::vector<ReadList>& lists) {
  for (const ReadList& list : lists) {
    const storm::Policy& guard = list.value.guard;
    const auto rises = [&](const char* low, std::int64_t below, const char* high, std::int64_t above,
                           const auto& shown, const char* why) {
      const bool is_set = list.guard_places.has(low) || list.guard_places.has(high);
      if (below == 0 || above == 0 || above >= below || !is_set) return;
      problems.add(list.file, list.guard_places.of(list.guard_places.has(high) ? high : low),
                   in_quotes(high) + " (" + shown(above) + ") is below " + in_quotes(low) + " (" +
                       shown(below) + "): " + why);
    };
    const auto number = [](std::int64_t value) { return std::to_string(value); };
    rises("confirm_above", guard.confirm_above, "moderator_above", guard.moderator_above, number,
          "a moderator would decide on what its sender has not confirmed; lower 'confirm_above', or set it "
          "to 0");
    rises("moderator_above", guard.moderator_above, "two_moderators_above", guard.two_moderators_above,
          number, "one moderator would never be enough; lower 'moderator_above', or set it to 0");
    rises("open_time", guard.breaker.open_time.count(), "longest_open_time",
          guard.breaker.longest_open_time.count(), format_duration,
          "the open time can only grow; raise 'longest_open_time'");
  }
}

void check_postmaster(Reader& reader, const ReadServer& server, const std::vector<ReadList>& lists) {
  std::set<std::string> own = {"postmaster@" + server.value.hostname};
  for (const ReadList& list : lists) own.insert("postmaster@" + list.value.domain);
  const lists::ListsByAddress all = by_address(lists);
  for (std::size_t i = 0; i < server.value.postmaster.size(); ++i) {
    const auto address = mail::parse_address(server.value.postmaster[i]);
    const bool service = address && lists::is_service_address(all, server.value.hostname, *address);
    if (!service && !own.contains(key_of(server.value.postmaster[i]))) continue;
    reader.problem(server.top.of("postmaster", i),
                   "mail to " + in_quotes(server.value.postmaster[i]) +
                       " comes to this server, which would send it to itself; name somebody's mailbox");
  }
}

}  // namespace breakwater::config
