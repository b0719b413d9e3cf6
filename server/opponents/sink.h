// The sink: a fast SMTP or LMTP server that takes everything, counts it and can misbehave on demand. One
// thread, epoll, big reads, one write a batch; an opponent for benchmarks, tests and the demo, not a mail
// server.
//
// run() owns its thread until stop(); stop() and counts() may be called from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "opponents/sink_rules.h"
#include "opponents/sink_tally.h"
#include "opponents/socket.h"
#include "terms/result.h"

namespace breakwater::opponents {

struct SinkOptions {
  Endpoint listen{"127.0.0.1", 0};
  SinkRules rules;
  TallyOptions tally;
  std::uint64_t until = 0;                 // run() returns after so many recipients (0: only by stop())
  std::uint32_t max_connections = 10'000;  // more are told 421
};

class Sink {
 public:
  static Result<std::unique_ptr<Sink>> open(SinkOptions options);
  ~Sink();
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  std::uint16_t port() const;
  void run();
  void stop();
  SinkCounts counts() const;
  // Called on the sink's thread about every `period` while run() runs.
  void every(std::chrono::milliseconds period, std::function<void()> tick);

 private:
  struct State;
  explicit Sink(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace breakwater::opponents
