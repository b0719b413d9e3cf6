// What the sink has taken: counts, the record of recipients, and (for tests) the messages as files.
// Written by the sink's thread alone; counts() may be read from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "opponents/socket.h"
#include "terms/result.h"

namespace breakwater::opponents {

struct SinkCounts {
  std::uint64_t connections = 0, open = 0, transactions = 0, recipients = 0, bytes = 0;
  std::uint64_t refused_temporarily = 0, refused_for_good = 0, dropped = 0, turned_away = 0;
  std::int64_t first_us = 0, last_us = 0;  // since 1970: the first and the last transaction taken
  std::string json() const;                // one line, without its end
};

// A finished transaction. `recipients`: accepted ones, each followed by '\n'.
struct Taken {
  std::string_view helo, mail, sender, recipients, how;
  std::vector<std::string> parameters;  // of RCPT, in order
  std::string_view message;             // only when wants_message()
  std::uint64_t count = 0, bytes = 0;
};

struct TallyOptions {
  std::string record_file;   // one accepted recipient a line, appended
  bool record_full = false;  // microseconds since 1970, sender and recipient, separated by tabs
  std::string
      store_dir;  // NNNNNN.eml (dots unstuffed) and NNNNNN.json (envelope; written last) for each message
  // Sees each transaction with its message, on the sink's thread, and when it was taken (us since 1970).
  std::function<void(const Taken&, std::int64_t taken_us)> watch = nullptr;
};

class SinkTally {
 public:
  static Result<void> open(SinkTally& tally, TallyOptions options);

  bool wants_message() const { return !options_.store_dir.empty() || options_.watch != nullptr; }
  void connected();
  void disconnected();
  void refused(bool for_good);
  void dropped();
  void turned_away();  // a connection beyond those it takes
  void taken(const Taken& taken);
  void flush();  // the record, once a batch of events
  SinkCounts counts() const;

  // Counters behind the rules' "every n-th".
  std::uint64_t rcpt_seen = 0, answers_seen = 0, transactions_seen = 0;

 private:
  void record(const Taken& taken, std::int64_t now_us);
  void store(const Taken& taken);

  using Counter = std::atomic<std::uint64_t>;
  static void add(Counter& counter, std::uint64_t n) {  // one writer: no locked instruction is needed
    counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }

  TallyOptions options_;
  Fd record_;
  std::string lines_;
  Counter connections_{0}, open_{0}, transactions_{0}, recipients_{0}, bytes_{0};
  Counter refused_temporarily_{0}, refused_for_good_{0}, dropped_{0}, turned_away_{0};
  std::atomic<std::int64_t> first_us_{0}, last_us_{0};
};

std::int64_t wall_clock_us();

}  // namespace breakwater::opponents
