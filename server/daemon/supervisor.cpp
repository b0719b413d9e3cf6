#include "daemon/supervisor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace breakwater::daemon {
namespace {

constexpr int kFirstPassed = 3;  // SD_LISTEN_FDS_START

std::optional<long long> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  long long value = 0;
  const char* end = text + std::strlen(text);
  if (std::from_chars(text, end, value).ptr != end) return std::nullopt;
  return value;
}

bool is_for_us(const char* variable) {
  const auto pid = number_in(variable);
  return !pid || *pid == getpid();
}

std::string port_or_path_of(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return {};
  if (storage.ss_family == AF_INET) {
    return std::to_string(ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port));
  }
  if (storage.ss_family == AF_INET6) {
    return std::to_string(ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port));
  }
  if (storage.ss_family == AF_UNIX) return reinterpret_cast<const sockaddr_un*>(&storage)->sun_path;
  return {};
}

}  // namespace

void notify_supervisor(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (path == nullptr || (path[0] != '/' && path[0] != '@') || std::strlen(path) >= sizeof to.sun_path)
    return;
  const std::size_t length = std::strlen(path);
  std::memcpy(to.sun_path, path, length);
  if (path[0] == '@') to.sun_path[0] = '\0';  // abstract
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  (void)sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), size);
  close(fd);
}

std::optional<std::chrono::milliseconds> watchdog_interval() {
  const auto usec = number_in("WATCHDOG_USEC");
  if (!usec || *usec <= 0 || !is_for_us("WATCHDOG_PID")) return std::nullopt;
  return std::chrono::milliseconds{std::max<long long>(*usec / 2000, 1)};
}

std::vector<PassedSocket> passed_sockets() {
  std::vector<PassedSocket> sockets;
  const auto count = number_in("LISTEN_FDS");
  if (!count || !number_in("LISTEN_PID") || !is_for_us("LISTEN_PID")) return sockets;
  for (int fd = kFirstPassed; fd < kFirstPassed + std::min<long long>(*count, 64); ++fd) {
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    sockets.push_back({fd, port_or_path_of(fd)});
  }
  return sockets;
}

int start_anew(const std::string& config_file) {
  if (std::getenv("LISTEN_FDS") != nullptr) return 1;
  std::this_thread::sleep_for(std::chrono::seconds{1});
  char program[] = "breakwater", command[] = "serve", option[] = "--config";
  std::string file = config_file;
  char* arguments[] = {program, command, option, file.data(), nullptr};
  execv("/proc/self/exe", arguments);
  std::perror("breakwater: cannot start anew");
  return 1;
}

}  // namespace breakwater::daemon
