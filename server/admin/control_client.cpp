#include "admin/control_client.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <cerrno>
#include <cstring>

#include "admin/control_protocol.h"

namespace breakwater::admin {
namespace {

constexpr int kWriteMs = 120'000;
constexpr int kAnswerMs = 600'000;  // a big write job may be waiting for its turn

std::string text_of(const boost::json::object& from, const char* key) {
  const auto* value = from.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

Result<ControlClient> ControlClient::connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return error(Fault::invalid, "control_socket '" + path + "' is longer than 107 bytes");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return error(Fault::unavailable, std::string("socket: ") + std::strerror(errno));
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return ControlClient(fd);
  const int status = errno;
  close(fd);
  const bool nobody = status == ENOENT || status == ECONNREFUSED || status == ENOTDIR;
  return error(nobody             ? Fault::not_found
               : status == EACCES ? Fault::denied
                                  : Fault::unavailable,
               "control socket " + path + ": " + std::strerror(status));
}

Result<boost::json::object> ControlClient::ask(const boost::json::object& request, const Row& row) {
  if (const auto sent = send(request); !sent) return sent.error();
  return receive(row);
}

Result<void> ControlClient::send(const boost::json::object& request) {
  if (const auto written = lines_.write(request, kWriteMs); !written) return written.error();
  return lines_.flush(kWriteMs);
}

Result<boost::json::object> ControlClient::receive(const Row& row) {
  for (;;) {
    auto line = lines_.read(kAnswerMs);
    if (!line) return line.error();
    if (!*line) return error(Fault::unavailable, "the server closed the control socket before it answered");
    boost::json::object& answer = **line;
    if (auto* one = answer.if_contains("row"); one != nullptr && one->is_object()) {
      (void)row(
          one->get_object());  // what is not wanted is read all the same: the next answer stands behind it
    } else if (auto* done = answer.if_contains("done"); done != nullptr && done->is_object()) {
      return std::move(done->get_object());
    } else if (auto* wrong = answer.if_contains("error"); wrong != nullptr && wrong->is_object()) {
      return error(fault_named(text_of(wrong->get_object(), "fault")), text_of(wrong->get_object(), "what"));
    } else {
      return error(Fault::invalid, "an answer on the control socket that this program does not know");
    }
  }
}

}  // namespace breakwater::admin
