// What every demo stands on: a temporary site, the real server as a child process, a sink, and people who
// answer the server's letters. One thread, the demo's.
#pragma once

#include <signal.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/control_client.h"
#include "cli/child.h"
#include "cli/demo_sink.h"
#include "cli/demo_site.h"
#include "opponents/socket.h"
#include "terms/result.h"

namespace breakwater::cli {

// SIGINT and SIGTERM are blocked and asked for: everything ends in order, whenever they come.
class Interrupts {
 public:
  Interrupts();
  bool wait(int ms);

 private:
  sigset_t signals_{};
  bool came_ = false;
};

struct HouseOptions {
  std::uint64_t members = 10'000;
  std::uint64_t nested = 0, domains = kDemoDomains;
  std::string sink;         // HOST:PORT; empty: one of its own
  bool individual = false;  // one recipient a transaction
  bool chunking = false;    // its own sink offers it
  bool well_known = false;  // listen on port 2525 where that is free: somebody is to type it
  DemoSink::Watch watch;    // of its own sink
  std::uint32_t sink_latency_ms = 0;
};

class DemoHouse {
 public:
  // From here on signals end the demo, not the process.
  Result<void> open(const HouseOptions& options);
  void close();  // ends the server, in order

  Interrupts& interrupts() { return interrupts_; }
  const opponents::Endpoint& at() const { return at_; }  // where the server listens
  const DemoSite& site() const { return *site_; }
  DemoSink* sink() { return sink_.get(); }  // nullptr: another's
  admin::ControlClient& control() { return *control_; }
  bool server_runs() { return server_->running(); }
  double server_peak_mb() const { return peak_rss_mb(server_->pid()); }
  double server_cpu_s() const { return cpu_seconds(server_->pid()); }
  // Answers, in the place of their readers, the letters that ask a sender to confirm and a moderator to
  // release, and says so on stderr. When the server took the last answer, in us since 1970; 0: none was
  // asked.
  Result<std::int64_t> answer_letters();
  int letters_answered() const { return letters_answered_; }
  // The last lines of the server's log behind `what`.
  Error with_log(std::string what) const;

 private:
  Result<void> start_sink(const HouseOptions& options, SiteOptions& site);
  Result<void> start_server();
  Result<void> ask_server();

  Interrupts interrupts_;
  std::optional<DemoSite> site_;  // the others before it: they end first
  std::unique_ptr<DemoSink> sink_;
  std::unique_ptr<Child> server_;
  std::optional<admin::ControlClient> control_;
  opponents::Endpoint at_;
  int letters_answered_ = 0;
};

// The demo's standing in mail: who writes to the list, and the list.
std::string demo_list_address(const std::string& name);

}  // namespace breakwater::cli
