// `breakwater storm replay`: a trace through the guard, in virtual time; a trace of any length in fixed
// memory. One thread.
#pragma once

#include <cstdint>
#include <string>

namespace breakwater::cli {

struct ReplayOptions {
  std::string trace;  // a file, or "-" for standard input
  std::int64_t members = 0;
  std::string list_file;  // empty: shipped defaults
  bool only_breaker = false;
  bool confirm = false;  // senders confirm, moderators release
  bool compare = false;  // other servers' rules beside ours
};

int run_replay(const ReplayOptions& options);

}  // namespace breakwater::cli
