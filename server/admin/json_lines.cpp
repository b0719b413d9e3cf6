#include "admin/json_lines.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace breakwater::admin {
namespace {

constexpr std::size_t kBlock = 64 * 1024;

Result<void> wait(int fd, short events, int timeout_ms) {
  pollfd waiting{fd, events, 0};
  for (;;) {
    const int ready = poll(&waiting, 1, timeout_ms);
    if (ready > 0) return {};
    if (ready == 0) return error(Fault::unavailable, "the other end of the control socket has fallen silent");
    if (errno != EINTR) return error(Fault::unavailable, std::string("poll: ") + std::strerror(errno));
  }
}

}  // namespace

JsonLines::~JsonLines() {
  if (fd_ >= 0) close(fd_);
}

JsonLines::JsonLines(JsonLines&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      in_(std::move(other.in_)),
      out_(std::move(other.out_)),
      scanned_(other.scanned_),
      used_(other.used_) {}

// False: the peer has closed.
Result<bool> JsonLines::fill(int timeout_ms) {
  if (const auto ready = wait(fd_, POLLIN, timeout_ms); !ready) return ready.error();
  if (used_ != 0) {
    in_.erase(0, used_);
    scanned_ -= used_;
    used_ = 0;
  }
  const std::size_t old = in_.size();
  in_.resize(old + kBlock);
  const ssize_t got = recv(fd_, in_.data() + old, kBlock, 0);
  in_.resize(old + static_cast<std::size_t>(got > 0 ? got : 0));
  if (got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN))) return true;
  if (got < 0) return error(Fault::unavailable, std::string("control socket: ") + std::strerror(errno));
  return false;
}

Result<std::optional<boost::json::object>> JsonLines::read(int timeout_ms) {
  std::size_t end = 0;
  while ((end = in_.find('\n', scanned_)) == std::string::npos) {
    scanned_ = in_.size();
    if (in_.size() - used_ > kMaxLine)
      return error(Fault::full, "a line of more than 8 MiB on the control socket");
    const auto more = fill(timeout_ms);
    if (!more) return more.error();
    if (*more) continue;
    if (in_.size() == used_) return std::optional<boost::json::object>();
    return error(Fault::unavailable, "the control socket was closed in the middle of a line");
  }
  boost::json::error_code status;
  const boost::json::string_view line(in_.data() + used_, end - used_);
  auto value = boost::json::parse(line, status);
  used_ = scanned_ = end + 1;
  if (status || !value.is_object())
    return error(Fault::invalid, "a line on the control socket is no JSON object");
  return std::optional<boost::json::object>(std::move(value.get_object()));
}

Result<void> JsonLines::write(const boost::json::object& line, int timeout_ms) {
  out_.append(boost::json::serialize(line)).push_back('\n');
  if (out_.size() < kBlock) return {};
  return flush(timeout_ms);
}

Result<void> JsonLines::flush(int timeout_ms) {
  std::size_t sent_all = 0;
  while (sent_all < out_.size()) {
    const ssize_t sent =
        send(fd_, out_.data() + sent_all, out_.size() - sent_all, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      sent_all += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      if (const auto ready = wait(fd_, POLLOUT, timeout_ms); !ready) return ready.error();
    } else if (errno != EINTR) {
      return error(Fault::unavailable, std::string("control socket: ") + std::strerror(errno));
    }
  }
  out_.clear();
  return {};
}

}  // namespace breakwater::admin
