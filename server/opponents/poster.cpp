#include "opponents/poster.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "opponents/sink_tally.h"

namespace breakwater::opponents {
namespace {

constexpr int kPatienceMs = 60'000;
constexpr std::size_t kMaxReply = 64 * 1024;

// RFC 5321 4.5.2.
std::string stuffed(std::string_view message) {
  std::string out;
  out.reserve(message.size() + 64);
  bool line_start = true;
  for (const char c : message) {
    if (line_start && c == '.') out.push_back('.');
    out.push_back(c);
    line_start = c == '\n';
  }
  return out + (message.ends_with("\r\n") ? ".\r\n" : "\r\n.\r\n");
}

class Conversation {
 public:
  explicit Conversation(Fd socket) : socket_(std::move(socket)) {}

  // Sends, then reads one whole reply; its last line when it begins with `wanted`, else Fault::denied.
  Result<std::string> say(std::string_view text, char wanted) {
    while (!text.empty()) {
      const ssize_t sent = send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0) return error(Fault::unavailable, std::string("sending: ") + std::strerror(errno));
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    for (;;) {
      const auto end = in_.find('\n');
      if (end != std::string::npos) {
        std::string line = in_.substr(0, end);
        in_.erase(0, end + 1);
        if (line.ends_with('\r')) line.pop_back();
        if (line.size() > 3 && line[3] == '-') continue;
        if (line.empty() || line[0] != wanted) return error(Fault::denied, "the server said: " + line);
        return line;
      }
      if (const auto more = fill(); !more) return more.error();
    }
  }

 private:
  Result<void> fill() {
    pollfd waiting{socket_.get(), POLLIN, 0};
    char block[4096];
    const int ready = poll(&waiting, 1, kPatienceMs);
    if (ready < 0 && errno == EINTR) return {};
    if (ready <= 0) return error(Fault::unavailable, "the server has fallen silent");
    const ssize_t got = recv(socket_.get(), block, sizeof block, 0);
    if (got <= 0 || in_.size() > kMaxReply)
      return error(Fault::unavailable, "the server closed the connection");
    in_.append(block, static_cast<std::size_t>(got));
    return {};
  }

  Fd socket_;
  std::string in_;
};

}  // namespace

Result<Posted> post(const Endpoint& to, std::string_view sender, std::string_view recipient,
                    std::string_view message) {
  auto socket = connect_tcp(to, 10'000);
  if (!socket) return socket.error();
  Conversation server(std::move(*socket));
  const std::string envelope[] = {"", "EHLO demo.invalid\r\n", "MAIL FROM:<" + std::string(sender) + ">\r\n",
                                  "RCPT TO:<" + std::string(recipient) + ">\r\n"};
  for (const std::string& line : envelope) {
    if (const auto said = server.say(line, '2'); !said) return said.error();
  }
  if (const auto said = server.say("DATA\r\n", '3'); !said) return said.error();
  const auto accepted = server.say(stuffed(message), '2');
  if (!accepted) return accepted.error();
  const Posted posted{wall_clock_us(), *accepted};
  (void)server.say("QUIT\r\n", '2');
  return posted;
}

}  // namespace breakwater::opponents
