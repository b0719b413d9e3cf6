#include "opponents/blast.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

#include "opponents/blast_dialogue.h"

namespace breakwater::opponents {
namespace {

constexpr std::size_t kReadBlock = 64 * 1024;

struct Line {
  Line(Fd socket, BlastRun& run) : fd(std::move(socket)), dialogue(run) {}
  Fd fd;
  BlastDialogue dialogue;
  std::string unread, unsent;
  bool writing = false;
};

class Blaster {
 public:
  explicit Blaster(const BlastOptions& options) : run_(options), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

  Result<BlastReport> go() {
    for (std::uint32_t at = 0; at < run_.options.connections; ++at) {
      auto fd = connect_tcp(run_.options.to, 10'000);
      if (!fd) return fd.error();
      make_nonblocking(*fd);
      lines_.push_back(std::make_unique<Line>(std::move(*fd), run_));
      watch(at, EPOLLIN, EPOLL_CTL_ADD);
    }
    open_ = lines_.size();
    const auto begin = BlastDialogue::Clock::now();
    epoll_event events[256];
    while (open_ != 0 && !run_.done()) {
      const int count = epoll_wait(epoll_.get(), events, 256, run_.options.patience_ms);
      if (count == 0) return error(Fault::unavailable, run_.options.to.text() + " has fallen silent");
      for (int at = 0; at < count; ++at) on_event(events[at].data.u64, events[at].events);
    }
    run_.report.seconds = std::chrono::duration<double>(BlastDialogue::Clock::now() - begin).count();
    return run_.report;
  }

 private:
  void watch(std::size_t at, std::uint32_t wanted, int how) {
    epoll_event event{};
    event.events = wanted;
    event.data.u64 = at;
    epoll_ctl(epoll_.get(), how, lines_[at]->fd.get(), &event);
  }

  void on_event(std::size_t at, std::uint32_t events) {
    if (lines_[at] == nullptr) return;
    if ((events & EPOLLOUT) != 0) {
      send(at);
      if (lines_[at] == nullptr) return;
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
    Line& line = *lines_[at];
    const ssize_t got = recv(line.fd.get(), block_.data(), block_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return lose(at);
    line.unread.append(block_.data(), static_cast<std::size_t>(got));
    std::size_t used = 0;
    const bool on = line.dialogue.feed(line.unread, used, line.unsent);
    line.unread.erase(0, used);
    if (!on || line.unread.size() > kReadBlock) return end(at);
    send(at);
  }

  void send(std::size_t at) {
    Line& line = *lines_[at];
    std::size_t sent_all = 0;
    while (sent_all < line.unsent.size()) {
      const ssize_t sent =
          ::send(line.fd.get(), line.unsent.data() + sent_all, line.unsent.size() - sent_all, MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0 && errno != EAGAIN) return lose(at);
      if (sent < 0) break;
      sent_all += static_cast<std::size_t>(sent);
    }
    line.unsent.erase(0, sent_all);
    const bool writing = !line.unsent.empty();
    if (writing != line.writing) watch(at, writing ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
    line.writing = writing;
  }

  void lose(std::size_t at) {
    if (lines_[at]->dialogue.in_transaction()) {
      ++run_.report.lost_connections;
      run_.refuse("connection lost");
    }
    end(at);
  }

  void end(std::size_t at) {
    lines_[at].reset();
    --open_;
  }

  BlastRun run_;
  Fd epoll_;
  std::vector<std::unique_ptr<Line>> lines_;
  std::size_t open_ = 0;
  std::string block_ = std::string(kReadBlock, '\0');
};

}  // namespace

Result<BlastReport> blast(const BlastOptions& options) {
  if (options.recipients.empty()) return error(Fault::invalid, "a recipient is needed");
  if (options.connections == 0 || options.messages == 0) {
    return error(Fault::invalid, "connections and messages are at least 1");
  }
  return Blaster(options).go();
}

}  // namespace breakwater::opponents
