#include "opponents/socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace breakwater::opponents {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Result<Addresses> resolve(const Endpoint& endpoint, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(endpoint.host.empty() ? nullptr : endpoint.host.c_str(),
                               std::to_string(endpoint.port).c_str(), &hints, &found);
  if (code != 0) return error(Fault::unavailable, endpoint.text() + ": " + gai_strerror(code));
  return Addresses(found, &freeaddrinfo);
}

// 0, or the errno of a connection that was to be made within `timeout_ms`.
int wait_connected(const Fd& socket, int timeout_ms) {
  pollfd waiting{socket.get(), POLLOUT, 0};
  if (poll(&waiting, 1, timeout_ms) != 1) return ETIMEDOUT;
  int status = 0;
  socklen_t length = sizeof status;
  getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &status, &length);
  return status;
}

}  // namespace

Fd::~Fd() {
  if (value_ >= 0) close(value_);
}

std::string Endpoint::text() const {
  const bool colons = host.find(':') != std::string::npos;
  return (colons ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  const auto wrong = [&] { return error(Fault::invalid, "'" + std::string(text) + "' is not HOST:PORT"); };
  if (colon == std::string_view::npos || colon == 0) return wrong();
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return wrong();  // an IPv6 address needs its brackets
  Endpoint endpoint{std::string(host), 0};
  const auto [end, status] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (host.empty() || port.empty() || status != std::errc{} || end != port.data() + port.size())
    return wrong();
  return endpoint;
}

Result<Fd> listen_tcp(const Endpoint& at) {
  auto addresses = resolve(at, AI_PASSIVE);
  if (!addresses) return addresses.error();
  const addrinfo& first = **addresses;
  Fd socket(::socket(first.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int one = 1;
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(socket.get(), first.ai_addr, first.ai_addrlen) != 0 || listen(socket.get(), SOMAXCONN) != 0) {
    return error(errno == EADDRINUSE ? Fault::busy : Fault::unavailable,
                 "cannot listen on " + at.text() + ": " + std::strerror(errno));
  }
  return socket;
}

std::uint16_t local_port(const Fd& socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&address)->sin6_port);
  return ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

Result<Fd> connect_tcp(const Endpoint& to, int timeout_ms) {
  auto addresses = resolve(to, 0);
  if (!addresses) return addresses.error();
  int status = ECONNREFUSED;
  for (const addrinfo* at = addresses->get(); at != nullptr; at = at->ai_next) {
    Fd socket(::socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    status = connect(socket.get(), at->ai_addr, at->ai_addrlen) == 0 ? 0 : errno;
    if (status == EINPROGRESS) status = wait_connected(socket, timeout_ms);
    if (status != 0) continue;
    fcntl(socket.get(), F_SETFL, fcntl(socket.get(), F_GETFL) & ~O_NONBLOCK);
    disable_nagle(socket);
    return socket;
  }
  return error(Fault::unavailable, "cannot connect to " + to.text() + ": " + std::strerror(status));
}

void make_nonblocking(const Fd& socket) {
  fcntl(socket.get(), F_SETFL, fcntl(socket.get(), F_GETFL) | O_NONBLOCK);
}

void disable_nagle(const Fd& socket) {
  const int one = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

void acknowledge_now(const Fd& socket) {
  const int one = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
}

}  // namespace breakwater::opponents
