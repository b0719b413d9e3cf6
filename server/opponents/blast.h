// The load generator: posts messages over many connections at once and measures what the server's 250 costs.
// Runs on the caller's thread until all are answered.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "opponents/latency.h"
#include "opponents/socket.h"
#include "terms/result.h"

namespace breakwater::opponents {

struct BlastOptions {
  Endpoint to{"127.0.0.1", 2525};
  std::uint32_t connections = 10;
  std::uint64_t messages = 1000;
  std::uint64_t bytes = 2048;  // of a message, header block included
  std::string sender = "blast@example.invalid";
  std::vector<std::string> recipients;  // of each transaction
  std::uint32_t fan = 1;                // above 1: each recipient n times, numbered: "user.1@..", "user.2@.."
  bool pipeline = false;     // a transaction is one write, the next one follows its end of data at once
  int patience_ms = 60'000;  // without any answer: given up
};

struct BlastReport {
  std::uint64_t accepted = 0, refused = 0, recipients = 0;
  std::uint64_t lost_connections = 0;
  double seconds = 0;
  Latencies latency;          // from the end of data to its answer
  std::string first_refusal;  // what the server said
  double per_second() const { return seconds > 0 ? static_cast<double>(accepted) / seconds : 0; }
};

// Errors: Fault::unavailable when no connection can be made or the server falls silent.
Result<BlastReport> blast(const BlastOptions& options);

}  // namespace breakwater::opponents
