// The demo's own sink, in a thread of this process, and what arrives there: copies of postings, and the
// letters that the server writes to people. Owned by the demo's thread; `watch` runs on the sink's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "opponents/sink.h"
#include "terms/result.h"

namespace breakwater::cli {

struct Arrived {
  std::uint64_t copies = 0, transactions = 0;  // of postings: the null reverse-path's are letters
  std::int64_t first_us = 0, last_us = 0;
};

// A mail of the server to a person.
struct DemoLetter {
  std::string to, subject;
  std::string command_address;  // a reply there carries out a command; empty: none is offered
};

class DemoSink {
 public:
  // Besides counting, each copy's transaction goes to `watch`, on the sink's thread. May be empty. It answers
  // the end of the data `latency_ms` later.
  using Watch = std::function<void(const opponents::Taken&, std::int64_t taken_us)>;
  static Result<std::unique_ptr<DemoSink>> start(Watch watch, std::uint32_t latency_ms,
                                                 bool chunking = false);
  ~DemoSink();
  DemoSink(const DemoSink&) = delete;
  DemoSink& operator=(const DemoSink&) = delete;

  opponents::Endpoint at() const { return {"127.0.0.1", sink_->port()}; }
  Arrived arrived() const;
  // Those that came since the last call.
  std::vector<DemoLetter> letters();
  std::uint64_t letters_taken() const;

 private:
  DemoSink() = default;
  void take(const opponents::Taken& taken, std::int64_t taken_us);

  Watch watch_;
  mutable std::mutex mutex_;
  Arrived arrived_;                  // under mutex_
  std::vector<DemoLetter> letters_;  // under mutex_
  std::uint64_t letters_taken_ = 0;  // under mutex_
  std::unique_ptr<opponents::Sink> sink_;
  std::thread thread_;
};

// What the demo answers to a letter in the place of its reader: "confirm", "release"; empty: nothing.
std::string demo_answer(const DemoLetter& letter);

}  // namespace breakwater::cli
