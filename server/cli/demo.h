// `breakwater demo`: the real server on a temporary site, with a sink behind it, and one message through
// both.
#pragma once

#include <cstdint>
#include <string>

namespace breakwater::cli {

struct DemoOptions {
  std::uint64_t members = 10'000;
  std::string sink;         // HOST:PORT; empty: one of its own
  bool individual = false;  // one recipient a transaction
  bool chunking = false;    // its own sink offers it
  bool once = false;        // end when all copies have arrived
  bool json = false;        // the result as one line of JSON
};

int run_demo(const DemoOptions& options);

}  // namespace breakwater::cli
