#include "cli/password.h"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

namespace breakwater::cli {
namespace {

// The echo comes back however the scope is left.
class Silence {
 public:
  Silence() {
    tcgetattr(STDIN_FILENO, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~Silence() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  termios before_{};
};

Result<std::string> line() {
  std::string text;
  if (!std::getline(std::cin, text)) return error(Fault::invalid, "no password on standard input");
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty()) return error(Fault::invalid, "the password is empty");
  return text;
}

Result<std::string> prompt(const std::string& question) {
  std::fprintf(stderr, "%s: ", question.c_str());
  const Silence silence;
  auto text = line();
  std::fputc('\n', stderr);
  return text;
}

}  // namespace

Result<std::string> read_password(const std::string& for_whom) {
  if (isatty(STDIN_FILENO) == 0) return line();
  auto first = prompt("Password for " + for_whom);
  if (!first) return first;
  const auto second = prompt("Once more");
  if (!second) return second.error();
  if (*first != *second) return error(Fault::invalid, "the two passwords differ");
  return first;
}

}  // namespace breakwater::cli
