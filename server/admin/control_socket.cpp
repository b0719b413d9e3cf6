#include "admin/control_socket.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <list>
#include <mutex>
#include <new>
#include <optional>
#include <thread>

#include "admin/control_protocol.h"
#include "admin/json_lines.h"

namespace breakwater::admin {
namespace {

constexpr int kIdleMs = 600'000;   // a session that asks nothing
constexpr int kWriteMs = 120'000;  // an answer that is not read
constexpr int kBreathMs = 100;     // before accepting is tried again where it cannot work
constexpr std::chrono::seconds kFarewell{5};

// The server's own user and root; the file's mode says the same, but a mode can be changed by accident.
std::optional<uid_t> permitted_peer(int fd) {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return std::nullopt;
  if (peer.uid != 0 && peer.uid != geteuid()) return std::nullopt;
  return peer.uid;
}

boost::json::object error_line(const Error& error) {
  return {{"error", boost::json::object{{"fault", fault_name(error.fault)}, {"what", error.what}}}};
}

Result<boost::json::object> ask(const Desk& desk, const boost::json::object& request, const Row& row,
                                const std::string& actor) {
  try {
    return desk.ask(request, row, actor);
  } catch (const std::exception& wrong) {  // no memory, say: this request fails, the server goes on
    return error(Fault::full, std::string("the request failed: ") + wrong.what());
  }
}

// Closes it, in any case.
void refuse(int fd, const char* why) {
  JsonLines lines(fd);
  try {
    (void)lines.write(error_line(error(Fault::busy, why)), 0);
    (void)lines.flush(0);
  } catch (const std::exception&) {  // no memory, not even for these words
  }
}

void converse(int fd, const Desk& desk) {
  JsonLines lines(fd);
  const auto peer = permitted_peer(fd);
  if (!peer) {
    (void)lines.write(error_line(error(Fault::denied, "only root and the server's own user may ask")),
                      kWriteMs);
    (void)lines.flush(kWriteMs);
    return;
  }
  // From the kernel: what the peer says of itself could be anything.
  const std::string actor = "uid " + std::to_string(*peer) + " by the control socket";
  for (;;) {
    const auto request = lines.read(kIdleMs);
    if (!request) {
      (void)lines.write(error_line(request.error()), kWriteMs);
      (void)lines.flush(kWriteMs);
      return;
    }
    if (!*request) return;
    bool read = true;
    const auto row = [&](const boost::json::object& one) {
      read = read && lines.write({{"row", one}}, kWriteMs).has_value();
      return read;
    };
    const auto answer = ask(desk, **request, row, actor);
    if (!read) return;
    const auto last = answer ? boost::json::object{{"done", *answer}} : error_line(answer.error());
    if (!lines.write(last, kWriteMs) || !lines.flush(kWriteMs)) return;
  }
}

}  // namespace

struct ControlSocket::State {
  struct Session {
    int fd = -1;
    bool ended = false;  // under `mutex`
    std::thread thread;
  };

  const Desk* desk = nullptr;
  std::string path;
  int listener = -1, wake = -1;
  std::mutex mutex;
  std::condition_variable ended;
  std::list<Session> sessions;
  std::thread acceptor;

  ~State() {
    if (acceptor.joinable()) {
      const std::uint64_t one = 1;
      (void)!write(wake, &one, sizeof one);
      acceptor.join();
    }
    // Reading ends at once; an answer under way may still go out, for a while.
    close_sessions(SHUT_RD);
    {
      std::unique_lock lock(mutex);
      ended.wait_for(lock, kFarewell, [this] {
        return std::all_of(sessions.begin(), sessions.end(), [](const Session& one) { return one.ended; });
      });
    }
    close_sessions(SHUT_RDWR);
    for (Session& session : sessions) session.thread.join();
    if (listener >= 0) {
      unlink(path.c_str());
      close(listener);
    }
    if (wake >= 0) close(wake);
  }

  void close_sessions(int how) {
    const std::lock_guard lock(mutex);
    for (const Session& session : sessions) {
      if (!session.ended) shutdown(session.fd, how);
    }
  }

  void reap() {
    const std::lock_guard lock(mutex);
    for (auto at = sessions.begin(); at != sessions.end();) {
      if (!at->ended) {
        ++at;
        continue;
      }
      at->thread.join();
      at = sessions.erase(at);
    }
  }

  void take(int fd) {
    reap();
    const std::lock_guard lock(mutex);
    if (sessions.size() >= kMaxSessions) return refuse(fd, "too many commands at once: try again");
    Session& session = sessions.emplace_back();
    session.fd = fd;
    try {
      session.thread = std::thread([this, &session] { serve(session); });
    } catch (
        const std::exception&) {  // as many threads as the system or systemd's TasksMax allows; no memory
      sessions.pop_back();
      refuse(fd, "the server can start no thread for this command: try again");
    }
  }

  void serve(Session& session) {
    // A copy is closed in converse(); the session's own stays valid until `ended`, for shutdown().
    const int copy = dup(session.fd);
    try {
      if (copy >= 0) converse(copy, *desk);
    } catch (const std::exception&) {  // no memory to read or to answer: the connection ends, the server not
    }
    const std::lock_guard lock(mutex);
    session.ended = true;
    close(session.fd);
    ended.notify_all();
  }

  // Until it is woken. What cannot be accepted for want of descriptors, memory or threads stays in the
  // backlog, and is tried again after a breath: the listener stays readable, and this would spin.
  void accept_all() {
    pollfd waiting[2] = {{wake, POLLIN, 0}, {listener, POLLIN, 0}};
    bool out_of_breath = false;
    for (;;) {
      waiting[0].revents = waiting[1].revents = 0;
      const int ready = out_of_breath ? poll(waiting, 1, kBreathMs) : poll(waiting, 2, -1);
      if (waiting[0].revents != 0) return;
      const bool tries = out_of_breath || ready < 0 || waiting[1].revents != 0;
      out_of_breath = ready < 0 && errno != EINTR;
      if (!tries || out_of_breath) continue;
      const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0)
        out_of_breath = errno != EAGAIN && errno != EINTR && errno != ECONNABORTED;
      else
        take_or_close(fd);
    }
  }

  void take_or_close(int fd) {
    try {
      take(fd);
    } catch (const std::bad_alloc&) {
      close(fd);
    }
  }
};

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(const std::string& path, const Desk& desk) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return error(Fault::invalid,
                 "control_socket '" + path + "' is longer than 107 bytes: give a shorter path");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const auto failed = [&](const char* doing) {
    return error(Fault::unavailable, std::string("cannot ") + doing + " the control socket " + path + ": " +
                                         std::strerror(errno));
  };
  struct stat old {};
  if (lstat(path.c_str(), &old) == 0) {
    if (!S_ISSOCK(old.st_mode)) return error(Fault::invalid, path + " is there already and is no socket");
    unlink(path.c_str());
  }
  auto state = std::make_unique<State>();
  state->desk = &desk;
  state->path = path;
  state->wake = eventfd(0, EFD_CLOEXEC);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (state->wake < 0 || listener < 0) return failed("make");
  // Nobody can connect before listen(); by then the mode is right. umask would be the whole process's.
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(listener);
    return failed("bind");
  }
  state->listener = listener;
  if (chmod(path.c_str(), 0600) != 0 || listen(listener, 16) != 0) return failed("open");
  state->acceptor = std::thread([raw = state.get()] { raw->accept_all(); });
  return std::unique_ptr<ControlSocket>(new ControlSocket(std::move(state)));
}

ControlSocket::ControlSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
ControlSocket::~ControlSocket() = default;

}  // namespace breakwater::admin
