// `breakwater demo --storm NAME`: a real storm through the real server over SMTP, with ordinary mail beside
// it. One thread, and one that posts the ordinary mail.
#pragma once

#include <cstdint>
#include <string>

namespace breakwater::cli {

struct StormDemoOptions {
  std::string storm;
  std::uint64_t members = 0;  // 0: the storm's own
  std::uint64_t seed = 1;
  int seconds = 45;                    // in which the storm's minutes are played
  std::uint32_t sink_latency_ms = 0;   // that the next server takes to answer a transaction
  bool once = false;                   // end with the score card
  bool json = false;                   // and the score as one line of JSON
  std::string program = "breakwater";  // how a shell calls this program, for the commands that it shows
};

int run_storm_demo(const StormDemoOptions& options);

}  // namespace breakwater::cli
