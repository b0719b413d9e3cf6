// A real server of its own for a test: in a folder, on loopback or a socket there, gone with the test.
#pragma once

#include <arpa/inet.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "sources/fd.h"

namespace breakwater::sources {

class PrivateServer {
 public:
  // Runs the program as `user` if this is root (PostgreSQL refuses root); its output goes to `log`.
  void start(std::vector<std::string> words, const std::string& log, const char* user = nullptr) {
    pid_ = fork();
    if (pid_ != 0) return;
    if (freopen(log.c_str(), "w", stdout) == nullptr || dup2(1, 2) < 0) _exit(126);
    const passwd* who = user != nullptr && getuid() == 0 ? getpwnam(user) : nullptr;
    if (who != nullptr && (setgid(who->pw_gid) != 0 || setuid(who->pw_uid) != 0)) _exit(125);
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // behind setuid(), which takes it back
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  ~PrivateServer() { stop(SIGKILL); }

  void stop(int signal) {
    if (pid_ <= 0) return;
    kill(pid_, signal);
    waitpid(std::exchange(pid_, -1), nullptr, 0);
  }

  // Until it answers, 20 s at most.
  void await(const std::function<bool()>& answers) {
    for (int at = 0; at < 400; ++at) {
      if (answers()) return;
      if (waitpid(pid_, nullptr, WNOHANG) == pid_) throw std::runtime_error("the server has ended");
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    throw std::runtime_error("the server does not answer");
  }

 private:
  pid_t pid_ = -1;
};

// A listening socket on loopback; what connects to it is never accepted.
class DeafListener {
 public:
  DeafListener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof here;
    auto* const at = reinterpret_cast<sockaddr*>(&here);
    if (bind(fd_.get(), at, size) != 0 || listen(fd_.get(), 8) != 0 ||
        getsockname(fd_.get(), at, &size) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(here.sin_port);
  }
  std::string port() const { return std::to_string(port_); }

 private:
  Fd fd_;
  int port_ = 0;
};

inline std::string free_port() { return DeafListener().port(); }

inline void command(const std::string& line) {
  if (std::system((line + " >/dev/null 2>&1").c_str()) != 0) throw std::runtime_error("failed: " + line);
}

}  // namespace breakwater::sources
