// A child process of this same program: its output as lines, its end awaited, never left behind. One thread.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "opponents/socket.h"
#include "terms/result.h"

namespace breakwater::cli {

class Child {
 public:
  // Runs /proc/self/exe with `arguments`; stderr goes to the file `log`, stdout too unless it is to be read
  // here. It gets SIGTERM should this process die.
  static Result<std::unique_ptr<Child>> start(const std::vector<std::string>& arguments,
                                              const std::string& log, bool read_output);
  ~Child();  // stop()
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  bool running();
  // The next line of its output; waits at most that long.
  std::optional<std::string> line(int timeout_ms);
  void stop();  // SIGTERM, and SIGKILL when it has not ended after 35 s

 private:
  Child(pid_t pid, opponents::Fd output) : pid_(pid), output_(std::move(output)) {}
  pid_t pid_;
  bool ended_ = false;
  opponents::Fd output_;
  std::string unread_;
};

// The most memory a process has had resident, in MiB (VmHWM); 0 where that cannot be read.
double peak_rss_mb(pid_t pid);
// The CPU time that a process has used so far, all its threads, in seconds; 0 where that cannot be read.
double cpu_seconds(pid_t pid);

}  // namespace breakwater::cli
