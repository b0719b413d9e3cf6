#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "mail/utf8.h"
#include "sources/csv_rows.h"
#include "sources/fd.h"
#include "sources/source.h"

namespace breakwater::sources {
namespace {

constexpr std::size_t kKeptStderr = 2000;
constexpr int kGraceMs = 2000;

// A child in a process group of its own, so that what it starts ends with it.
class Child {
 public:
  ~Child() { end(); }

  int start(const std::vector<std::string>& command) {
    int out[2], err[2];
    if (pipe2(out, O_CLOEXEC) != 0) return errno;
    output = Fd(out[0]);
    const Fd out_end(out[1]);
    if (pipe2(err, O_CLOEXEC) != 0) return errno;
    errors = Fd(err[0]);
    const Fd err_end(err[1]);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out_end.get(), 1);
    posix_spawn_file_actions_adddup2(&files, err_end.get(), 2);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // The server blocks and ignores signals that a program expects to end it.
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<std::string> words = command;
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::string path = "PATH=/usr/local/bin:/usr/bin:/bin", locale = "LC_ALL=C.UTF-8";
    char* environment[] = {path.data(), locale.data(), nullptr};
    const int failed =
        posix_spawn(&pid_, words[0].c_str(), &files, &attributes, arguments.data(), environment);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0) pid_ = -1;
    return failed;
  }

  // waitpid()'s status once it has ended; nullopt: it has not, `ms` later.
  std::optional<int> ended(int ms) {
    if (pid_ < 0) return status_;
    const Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    pollfd one{process.get(), POLLIN, 0};
    poll(&one, 1, ms);
    if (waitpid(pid_, &status_, WNOHANG) != pid_) return std::nullopt;
    kill(-std::exchange(pid_, -1), SIGKILL);  // what it left behind
    return status_;
  }

  Fd output, errors;

 private:
  void end() {
    if (pid_ < 0) return;
    kill(-pid_, SIGTERM);
    if (ended(kGraceMs)) return;
    kill(-pid_, SIGKILL);
    waitpid(std::exchange(pid_, -1), nullptr, 0);
  }

  pid_t pid_ = -1;
  int status_ = 0;
};

// Whoever may write to what the server runs, may do what the server may.
bool others_may_write(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) return false;  // starting it says what is wrong
  const bool ours = facts.st_uid == 0 || facts.st_uid == geteuid();
  const bool by_group = (facts.st_mode & S_IWGRP) != 0 && facts.st_gid != 0 && facts.st_gid != getegid();
  return !ours || by_group || (facts.st_mode & S_IWOTH) != 0;
}

class ProgramSource : public Source {
 public:
  ProgramSource(Program program, SourceLimits limits) : program_(std::move(program)), limits_(limits) {}

  std::string describe() const override {
    return "program " + (program_.command.empty() ? std::string("without a name") : program_.command[0]);
  }

  Result<SourceReport> read(const Each& each, std::stop_token stop) override {
    Reading reading(describe(), limits_, each, std::move(stop));
    if (program_.command.empty() || !program_.command[0].starts_with('/')) {
      return reading.failed(Fault::invalid, "its name is no absolute path");
    }
    if (others_may_write(program_.command[0])) {
      return reading.failed(Fault::denied, "others than root and the server may write to it: chown root " +
                                               program_.command[0] + "; chmod go-w " + program_.command[0]);
    }
    Child child;
    if (const int failed = child.start(program_.command); failed != 0) {
      return reading.failed(failed == EACCES ? Fault::denied : Fault::unavailable,
                            std::string("it cannot be started: ") + std::strerror(failed));
    }
    std::string said;
    CsvRows rows(reading, "", "");
    if (const auto all = pass_on(reading, child, rows, said); !all) return all.error();
    if (const auto good = end_well(reading, child, said); !good) return good.error();
    if (const auto finished = rows.finish(); !finished) return finished.error();
    return reading.done();
  }

 private:
  // Until it closes both its outputs.
  Result<void> pass_on(const Reading& reading, Child& child, CsvRows& rows, std::string& said) const {
    std::string block(1 << 16, '\0');
    std::uint64_t total = 0;
    while (child.output || child.errors) {
      if (const auto on = reading.may_go_on(); !on) return on.error();
      pollfd both[] = {{child.output.get(), POLLIN, 0}, {child.errors.get(), POLLIN, 0}};
      if (poll(both, 2, reading.wait_ms()) <= 0) continue;
      if (both[1].revents != 0) {
        const ssize_t got = read_some(child.errors, block);
        if (got > 0) keep_end(said, std::string_view(block.data(), static_cast<std::size_t>(got)));
      }
      if (both[0].revents == 0) continue;
      const ssize_t got = read_some(child.output, block);
      if (got <= 0) continue;
      total += static_cast<std::uint64_t>(got);
      if (total > program_.max_output) {
        return reading.failed(Fault::full, "it printed more than " + std::to_string(program_.max_output) +
                                               " bytes, the limit for a program");
      }
      const auto fed = rows.feed(std::string_view(block.data(), static_cast<std::size_t>(got)));
      if (!fed) return fed.error();
    }
    return {};
  }

  // Closes what has come to its end.
  static ssize_t read_some(Fd& from, std::string& block) {
    const ssize_t got = ::read(from.get(), block.data(), block.size());
    if (got == 0 || (got < 0 && errno != EINTR)) from.reset();
    return got;
  }

  static void keep_end(std::string& said, std::string_view more) {
    said += more;
    if (said.size() > kKeptStderr) said.erase(0, said.size() - kKeptStderr);
  }

  static Result<void> end_well(const Reading& reading, Child& child, const std::string& said) {
    std::optional<int> status;
    while (!status) {
      if (const auto on = reading.may_go_on(); !on) return on.error();
      status = child.ended(reading.wait_ms());
    }
    if (WIFEXITED(*status) && WEXITSTATUS(*status) == 0) return {};
    std::string what = WIFEXITED(*status)
                           ? "it failed with exit status " + std::to_string(WEXITSTATUS(*status))
                           : "it was ended by signal " + std::to_string(WTERMSIG(*status));
    const std::string_view shown = stripped(said);
    if (!shown.empty()) what += " and said: " + mail::printable(shown, kKeptStderr);
    return reading.failed(Fault::unavailable, what);
  }

  Program program_;
  SourceLimits limits_;
};

}  // namespace

std::unique_ptr<Source> make_source(Program program, SourceLimits limits) {
  return std::make_unique<ProgramSource>(std::move(program), limits);
}

}  // namespace breakwater::sources
