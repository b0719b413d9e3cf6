#include "daemon/settings.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace breakwater::daemon {
namespace {

std::string_view name_of(config::ListenerKind kind) {
  switch (kind) {
    case config::ListenerKind::mx: return "mx";
    case config::ListenerKind::submission: return "submission";
    case config::ListenerKind::lmtp: return "lmtp";
  }
  return "";
}

std::uint32_t mode_of(config::SocketAccess access) {
  switch (access) {
    case config::SocketAccess::owner: return 0600;
    case config::SocketAccess::group: return 0660;
    case config::SocketAccess::everybody: return 0666;
  }
  return 0600;
}

// This machine's addresses, loopback left out: an MX that has one of them leads back to us (RFC 5321 5.1).
std::vector<std::string> own_addresses() {
  std::vector<std::string> found;
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return found;
  for (const ifaddrs* at = all; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || (at->ifa_flags & IFF_LOOPBACK) != 0) continue;
    char text[INET6_ADDRSTRLEN] = {};
    const void* address = nullptr;
    if (at->ifa_addr->sa_family == AF_INET) {
      address = &reinterpret_cast<const sockaddr_in*>(at->ifa_addr)->sin_addr;
    } else if (at->ifa_addr->sa_family == AF_INET6) {
      address = &reinterpret_cast<const sockaddr_in6*>(at->ifa_addr)->sin6_addr;
    }
    if (address && inet_ntop(at->ifa_addr->sa_family, address, text, sizeof text)) found.emplace_back(text);
  }
  freeifaddrs(all);
  return found;
}

// "127.0.0.1:25" and "[::]:25" have the port "25"; a path is itself.
std::string_view port_or_path(std::string_view address) {
  return address.starts_with('/') ? address : address.substr(address.rfind(':') + 1);
}

}  // namespace

net::ServerOptions server_options(const config::Config& config) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  net::ServerOptions options;
  options.command = seconds{config.timeouts.command_s};
  options.data_block = seconds{config.timeouts.data_block_s};
  options.handshake = seconds{config.timeouts.handshake_s};
  options.early_talker = milliseconds{config.timeouts.early_talker_ms};
  options.connections = config.limits.connections;
  options.connections_per_address = config.limits.connections_per_address;
  options.receive_memory_bytes = config.limits.receive_memory_bytes;
  return options;
}

std::vector<net::ListenerSettings> listener_settings(const config::Config& config,
                                                     const std::vector<PassedSocket>& passed) {
  std::vector<net::ListenerSettings> all;
  for (const config::Listener& listener : config.listeners) {
    net::ListenerSettings settings;
    settings.name = name_of(listener.kind);
    settings.address = listener.address;
    settings.unix_mode = mode_of(listener.socket_access);
    settings.certificate = listener.certificate;
    settings.key = listener.key;
    settings.session.protocol =
        listener.kind == config::ListenerKind::lmtp ? smtp::Protocol::lmtp : smtp::Protocol::smtp;
    settings.session.hostname = config.hostname;
    settings.session.submission = listener.kind == config::ListenerKind::submission;
    settings.session.tls_wrapped = listener.tls_wrapped;
    settings.session.max_message_bytes = config.limits.message_bytes;
    settings.session.max_recipients = config.limits.recipients;
    const auto socket = std::find_if(passed.begin(), passed.end(), [&](const PassedSocket& candidate) {
      return candidate.port_or_path == port_or_path(listener.address);
    });
    if (socket != passed.end()) settings.adopted_fd = socket->fd;
    all.push_back(std::move(settings));
  }
  return all;
}

std::vector<PassedSocket> unclaimed(const config::Config& config, const std::vector<PassedSocket>& passed) {
  std::vector<PassedSocket> left;
  std::copy_if(passed.begin(), passed.end(), std::back_inserter(left), [&](const PassedSocket& socket) {
    return std::none_of(config.listeners.begin(), config.listeners.end(), [&](const auto& listener) {
      return port_or_path(listener.address) == socket.port_or_path;
    });
  });
  return left;
}

delivery::Options courier_options(const config::Config& config) {
  delivery::Options options;
  options.hostname = config.hostname;
  options.own_addresses = own_addresses();
  options.resolver.trust_anchor_file = config.delivery.trust_anchor;
  options.mx_port = config.delivery.mx_port;
  options.allow_loopback_mx = config.delivery.allow_loopback_mx;
  options.connections = config.delivery.connections;
  options.idle = std::chrono::seconds{config.delivery.idle_s};
  options.timeouts.connect = std::chrono::seconds{config.delivery.connect_s};
  const Duration reply = std::chrono::seconds{config.delivery.reply_s};
  for (Duration* wait : {&options.timeouts.greeting, &options.timeouts.command, &options.timeouts.data_start,
                         &options.timeouts.data_block, &options.timeouts.data_end}) {
    *wait = std::min(*wait, reply);
  }
  // RFC 5321 4.5.3.2.6: the answer to the dot may take twice as long as any other, or the message is sent
  // twice.
  options.timeouts.data_end = std::min<Duration>(std::chrono::minutes{10}, 2 * reply);
  options.resolver.forwarder = config.delivery.resolver;
  options.resolver.hosts_file = config.delivery.hosts_file;
  options.resolver.zone_files = config.delivery.zone_files;
  options.notice = [](std::string_view peer, std::string_view what) {
    log::event(log::Level::warning, "delivery_notice", {{"peer", peer}, {"what", what}});
  };
  return options;
}

log::Options log_options(const config::Config& config) {
  log::Options options;
  options.level = log::parse_level(config.log.level).value_or(log::Level::info);
  options.format = log::parse_format(config.log.format).value_or(log::Format::automatic);
  return options;
}

bool keeps_routes(const config::Config& old, const config::Config& now) {
  return std::all_of(old.routes.all().begin(), old.routes.all().end(), [&](const queue::Route& route) {
    const queue::Route* same = now.routes.by_name(route.name);
    return same != nullptr && (same->kind == queue::RouteKind::mx) == (route.kind == queue::RouteKind::mx);
  });
}

}  // namespace breakwater::daemon
