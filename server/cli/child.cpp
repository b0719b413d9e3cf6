#include "cli/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace breakwater::cli {
namespace {

// Between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(const std::vector<char*>& arguments, int log, int output, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);  // it died before that took effect
  setpgid(0, 0);                        // Ctrl-C is for the parent, who stops its children in order
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(output >= 0 ? output : log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv("/proc/self/exe", arguments.data());
  _exit(127);
}

}  // namespace

Result<std::unique_ptr<Child>> Child::start(const std::vector<std::string>& arguments, const std::string& log,
                                            bool read_output) {
  opponents::Fd log_file(open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log_file) return error(Fault::unavailable, log + ": " + std::strerror(errno));
  int ends[2] = {-1, -1};
  if (read_output && pipe2(ends, O_CLOEXEC) != 0)
    return error(Fault::full, std::string("pipe: ") + std::strerror(errno));
  opponents::Fd reading(ends[0]), writing(ends[1]);
  std::vector<std::string> copies = arguments;
  copies.insert(copies.begin(), "breakwater");
  std::vector<char*> raw;
  for (std::string& one : copies) raw.push_back(one.data());
  raw.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return error(Fault::full, std::string("fork: ") + std::strerror(errno));
  if (pid == 0) become(raw, log_file.get(), writing.get(), parent);
  return std::unique_ptr<Child>(new Child(pid, std::move(reading)));
}

Child::~Child() { stop(); }

bool Child::running() {
  if (!ended_ && waitpid(pid_, nullptr, WNOHANG) == pid_) ended_ = true;
  return !ended_;
}

std::optional<std::string> Child::line(int timeout_ms) {
  for (;;) {
    const auto end = unread_.find('\n');
    if (end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    pollfd waiting{output_.get(), POLLIN, 0};
    if (poll(&waiting, 1, timeout_ms) <= 0) return std::nullopt;
    char block[4096];
    const ssize_t got = read(output_.get(), block, sizeof block);
    if (got <= 0) return std::nullopt;
    unread_.append(block, static_cast<std::size_t>(got));
  }
}

void Child::stop() {
  if (!running()) return;
  kill(pid_, SIGTERM);
  for (int waited_ms = 0; waited_ms < 35'000 && running(); waited_ms += 10) usleep(10'000);
  if (!running()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  ended_ = true;
}

double peak_rss_mb(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;  // in kB
  }
  return 0;
}

double cpu_seconds(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  // proc(5): user and system time are fields 14 and 15; field 2 is a name in brackets that may hold anything.
  std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace breakwater::cli
