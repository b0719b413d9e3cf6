#include "net/endpoint.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

namespace breakwater::net {
namespace {

constexpr int kBacklog = 4096;  // the kernel's own limit (net.core.somaxconn) is the lower one

class OwnedFd {
 public:
  explicit OwnedFd(int fd) : fd_(fd) {}
  ~OwnedFd() {
    if (fd_ >= 0) ::close(fd_);
  }
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Error failed(const std::string& doing, int code) {
  Fault fault = Fault::unavailable;
  std::string advice;
  if (code == EADDRINUSE) {
    fault = Fault::busy;
    advice = "; another program has it (ss -ltnp shows which)";
  } else if (code == EACCES || code == EPERM) {
    fault = Fault::denied;
    advice = "; ports below 1024 need root, CAP_NET_BIND_SERVICE or socket activation";
  } else if (code == EADDRNOTAVAIL) {
    advice = "; this machine does not have that address";
  }
  return error(fault, doing + ": " + std::generic_category().message(code) + advice);
}

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (code != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return port;
}

std::optional<Address> parse_tcp(const std::string& text) {
  auto colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  auto port = parse_port(std::string_view(text).substr(colon + 1));
  if (!port) return std::nullopt;
  std::string host = text.substr(0, colon);
  Address address;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(*port);
    if (inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &in6.sin6_addr) != 1)
      return std::nullopt;
    std::memcpy(&address.storage, &in6, sizeof in6);
    address.length = sizeof in6;
    return address;
  }
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(*port);
  if (inet_pton(AF_INET, host.c_str(), &in.sin_addr) != 1) return std::nullopt;
  std::memcpy(&address.storage, &in, sizeof in);
  address.length = sizeof in;
  return address;
}

const sockaddr* generic(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address.storage);
}

// Fills in family, address and port from what the kernel says.
Result<ListeningSocket> describe(int fd, const std::string& name) {
  Address bound;
  bound.length = sizeof bound.storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound.storage), &bound.length) != 0) {
    return failed("cannot ask for the address of " + name, errno);
  }
  ListeningSocket socket;
  socket.fd = fd;
  socket.family = bound.storage.ss_family;
  if (socket.family == AF_UNIX) {
    socket.address = reinterpret_cast<const sockaddr_un*>(&bound.storage)->sun_path;
    return socket;
  }
  char text[INET6_ADDRSTRLEN] = "";
  if (socket.family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&bound.storage);
    inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
    socket.port = ntohs(in->sin_port);
    socket.address = text;
  } else if (socket.family == AF_INET6) {
    const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&bound.storage);
    inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text);
    socket.port = ntohs(in6->sin6_port);
    socket.address = "[" + std::string(text) + "]";
  } else {
    return error(Fault::invalid, name + " is neither an internet nor a unix socket");
  }
  socket.address += ":" + std::to_string(socket.port);
  return socket;
}

bool answered(const Address& address) {
  OwnedFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (probe.get() < 0) return true;  // not known: leave the file alone
  return ::connect(probe.get(), generic(address), address.length) == 0 || errno != ECONNREFUSED;
}

Result<ListeningSocket> open_unix(const std::string& path, std::uint32_t mode) {
  Address address;
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  if (path.size() >= sizeof un.sun_path) {
    return error(Fault::invalid, "the path of a unix socket may have 107 bytes at most: " + path);
  }
  std::memcpy(un.sun_path, path.c_str(), path.size() + 1);
  std::memcpy(&address.storage, &un, sizeof un);
  address.length = sizeof un;

  struct stat present {};
  if (::lstat(path.c_str(), &present) == 0) {
    if (!S_ISSOCK(present.st_mode))
      return error(Fault::exists, path + " exists and is not a socket; move it away");
    if (answered(address))
      return error(Fault::busy, path + " is answered by another program; stop that first");
    ::unlink(path.c_str());
  }
  OwnedFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return failed("cannot make a unix socket", errno);
  ::fchmod(fd.get(), mode);  // the file is made with this mode: at no instant is it open to more
  if (::bind(fd.get(), generic(address), address.length) != 0)
    return failed("cannot listen on " + path, errno);
  if (::chmod(path.c_str(), mode) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    int code = errno;
    ::unlink(path.c_str());
    return failed("cannot listen on " + path, code);
  }
  ListeningSocket socket;
  socket.fd = fd.release();
  socket.family = AF_UNIX;
  socket.address = path;
  socket.made_file = true;
  return socket;
}

}  // namespace

Result<ListeningSocket> open_listener(const std::string& address, std::uint32_t unix_mode) {
  if (!address.empty() && address.front() == '/') return open_unix(address, unix_mode);
  auto parsed = parse_tcp(address);
  if (!parsed) {
    return error(Fault::invalid, "not an address to listen on: '" + address +
                                     "'; write 0.0.0.0:25, [::]:25 or the full path of a unix socket");
  }
  OwnedFd fd(::socket(parsed->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return failed("cannot make a socket for " + address, errno);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (parsed->storage.ss_family == AF_INET6)
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd.get(), generic(*parsed), parsed->length) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    return failed("cannot listen on " + address, errno);
  }
  auto socket = describe(fd.get(), address);
  if (socket) fd.release();
  return socket;
}

Result<ListeningSocket> adopt_listener(int fd, const std::string& name) {
  const std::string what = "descriptor " + std::to_string(fd) + " (" + name + ")";
  int listening = 0;
  socklen_t length = sizeof listening;
  if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0) {
    return failed(what + " from the service manager cannot be used", errno);
  }
  if (listening == 0)
    return error(Fault::invalid, what + " from the service manager is not a listening socket");
  OwnedFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (copy.get() < 0) return failed("cannot duplicate " + what, errno);
  ::fcntl(copy.get(), F_SETFL, ::fcntl(copy.get(), F_GETFL) | O_NONBLOCK);
  auto socket = describe(copy.get(), what);
  if (socket) copy.release();
  return socket;
}

namespace {

// 16 bytes of an IPv6 address, or of an IPv4 one as ::ffff:a.b.c.d; nullopt for a unix socket.
std::optional<in6_addr> as_ipv6(const sockaddr* address) {
  in6_addr bytes{};
  if (address->sa_family == AF_INET6) return reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  if (address->sa_family != AF_INET) return std::nullopt;
  bytes.s6_addr[10] = bytes.s6_addr[11] = 0xff;
  std::memcpy(bytes.s6_addr + 12, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, 4);
  return bytes;
}

std::string text_of(const in6_addr& bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  if (IN6_IS_ADDR_V4MAPPED(&bytes)) {
    inet_ntop(AF_INET, bytes.s6_addr + 12, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, &bytes, text, sizeof text);
  }
  return text;
}

}  // namespace

std::string peer_address(const sockaddr* address) {
  auto bytes = as_ipv6(address);
  return bytes ? text_of(*bytes) : "unix";
}

std::string counted_address(const sockaddr* address) {
  auto bytes = as_ipv6(address);
  if (!bytes) return {};
  if (!IN6_IS_ADDR_V4MAPPED(&*bytes)) std::memset(bytes->s6_addr + 8, 0, 8);
  return text_of(*bytes);
}

}  // namespace breakwater::net
