// How the sink behaves: what it offers, and where it is slow, refuses, drops or hangs. A value, fixed at
// start.
#pragma once

#include <cstdint>
#include <string>

namespace breakwater::opponents {

// Where it falls silent for ever: at the connection (no greeting), a command, or the end of the data.
enum class HangAt { nowhere, connect, ehlo, mail, rcpt, data, dot, quit };

struct SinkRules {
  std::string hostname = "sink.invalid";
  bool lmtp = false;                      // RFC 2033: an answer for each recipient
  bool chunking = false;                  // RFC 3030: offers CHUNKING, takes BDAT
  bool quick_ack = false;                 // acknowledges at TCP what it has read, without the usual wait
  std::uint32_t latency_ms = 0;           // waits that long before it answers the end of the data
  std::uint32_t max_rcpt = 0;             // more in one transaction: 452 4.5.3 (0: no limit)
  std::uint64_t tempfail_every = 0;       // every n-th RCPT: 450
  std::uint64_t permfail_every = 0;       // every n-th RCPT: 550
  std::uint64_t data_tempfail_every = 0;  // every n-th answer to the data: 451
  std::uint32_t messages = 0;       // on one connection, which it then closes without a word (0: no limit)
  std::uint32_t refuse_chunks = 0;  // BDAT gets this code, though CHUNKING is offered
  std::uint32_t busy_messages = 0;  // on one connection; the next content gets 421 and it closes
  std::uint64_t drop_every = 0;  // every n-th transaction: closed at the end of the data, without an answer
  HangAt hang_at = HangAt::nowhere;
  std::string tempfail_match, permfail_match;  // recipients that contain this text: 450, 550
};

}  // namespace breakwater::opponents
