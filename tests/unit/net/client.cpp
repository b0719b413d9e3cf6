#include "client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace breakwater::net {
namespace {

using Clock = std::chrono::steady_clock;

bool wait_for(int fd, short events, Clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
  pollfd poll_fd{fd, events, 0};
  return left > 0 && ::poll(&poll_fd, 1, static_cast<int>(left)) == 1;
}

}  // namespace

Client::Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ended_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0;
}

Client::Client(const std::string& unix_path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, unix_path.c_str(), sizeof address.sun_path - 1);
  ended_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0;
}

Client::~Client() { hang_up(); }

void Client::hang_up() {
  ssl_.reset();
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  ended_ = true;
}

void Client::send(const std::string& bytes) {
  if (fd_ < 0) return;
  for (std::size_t sent = 0; sent < bytes.size();) {
    const auto count = ssl_
                           ? SSL_write(ssl_.get(), bytes.data() + sent, static_cast<int>(bytes.size() - sent))
                           : ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;  // the peer has closed: reply() will tell
    sent += static_cast<std::size_t>(count);
  }
}

bool Client::fill(Clock::time_point until) {
  if (ended_) return false;
  if (!(ssl_ && SSL_pending(ssl_.get()) > 0) && !wait_for(fd_, POLLIN, until)) return false;
  char bytes[16384];
  const auto count = ssl_ ? SSL_read(ssl_.get(), bytes, sizeof bytes) : ::recv(fd_, bytes, sizeof bytes, 0);
  if (count <= 0 && ssl_ && SSL_get_error(ssl_.get(), static_cast<int>(count)) == SSL_ERROR_WANT_READ)
    return true;
  if (count <= 0)
    ended_ = true;
  else
    input_.append(bytes, static_cast<std::size_t>(count));
  return !ended_;
}

std::string Client::reply(std::chrono::milliseconds patience) {
  const auto until = Clock::now() + patience;
  for (std::size_t begin = 0;;) {
    const auto end = input_.find("\r\n", begin);
    if (end == std::string::npos) {
      if (!fill(until)) return std::exchange(input_, "");
      continue;
    }
    if (end - begin < 4 || input_[begin + 3] != '-') {
      std::string whole = input_.substr(0, end + 2);
      input_.erase(0, end + 2);
      return whole;
    }
    begin = end + 2;
  }
}

bool Client::closed(std::chrono::milliseconds patience) {
  const auto until = Clock::now() + patience;
  while (fill(until)) {
  }
  return ended_;
}

bool Client::start_tls(int newest) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_security_level(context_.get(), 0);  // the test of old versions must be able to offer them
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context_.get(), newest);
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_fd(ssl_.get(), fd_);
  return SSL_connect(ssl_.get()) == 1;
}

}  // namespace breakwater::net
