// `breakwater demo`: the real server on a temporary site, with a sink behind it, and one message through
// both.
#pragma once

#include <cstdint>
#include <string>

#include "cli/demo_site.h"

namespace breakwater::cli {

struct DemoOptions {
  std::uint64_t members = 10'000;
  std::uint64_t nested = 0;              // lists, overlapping by half, that the members come from; 0: none
  std::uint64_t domains = kDemoDomains;  // of the members
  std::uint64_t bytes = 2048;            // of the message's body
  std::string sink;                      // HOST:PORT; empty: one of its own
  std::uint32_t sink_latency_ms = 0;
  bool individual = false;             // one recipient a transaction
  bool chunking = false;               // its own sink offers it
  bool once = false;                   // end when all copies have arrived
  bool json = false;                   // the result as one line of JSON
  std::string program = "breakwater";  // how a shell calls this program, for the commands that it shows
};

int run_demo(const DemoOptions& options);

}  // namespace breakwater::cli
