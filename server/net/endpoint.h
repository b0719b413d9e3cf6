// Addresses as people write them, and listening sockets. Blocking only as bind and connect to a unix socket
// are.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "terms/result.h"

namespace breakwater::net {

// A listening socket; the descriptor is the caller's from now on, non-blocking and close-on-exec.
struct ListeningSocket {
  int fd = -1;
  int family = 0;          // AF_INET, AF_INET6, AF_UNIX
  std::string address;     // as bound: "127.0.0.1:34567", "[::1]:25", a path
  std::uint16_t port = 0;  // 0 for AF_UNIX
  bool made_file = false;  // the unix socket's file is ours to remove
};

// "0.0.0.0:25", "[::]:25" (IPv6 only, so that both can be had), or an absolute path. An existing socket file
// that nobody answers on is replaced; one that somebody answers on is Fault::busy; a file of another kind is
// left alone.
Result<ListeningSocket> open_listener(const std::string& address, std::uint32_t unix_mode);

// A socket from the service manager, which must be listening. The descriptor is duplicated: `fd` stays open.
Result<ListeningSocket> adopt_listener(int fd, const std::string& name);

// "192.0.2.1" (also for ::ffff:192.0.2.1), "2001:db8::1", "unix".
std::string peer_address(const sockaddr* address);
// What connections are counted by: the address, of IPv6 its /64 (a customer has at least that). Empty: not
// counted.
std::string counted_address(const sockaddr* address);

}  // namespace breakwater::net
