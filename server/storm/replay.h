// Replay: a storm or a discussion as a trace, one row a message in order of time, through the guard in
// virtual time. Pure: the same code that judges in the server judges here, only the clock is the trace's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "storm/memory.h"
#include "storm/verdict.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::storm {

// Texts are UTF-8 and data from outside.
struct TraceRow {
  Instant at{};
  std::string from;                     // the author's address
  std::string id;                       // Message-ID, with <>
  std::string in_reply_to;              // a Message-ID with <>, or empty
  std::vector<std::string> references;  // oldest first
  std::string subject, body;
  bool automatic = false;  // a header said that a program wrote it
};

// What the guard would be told of it: texts cut to what it reads.
Facts facts_of(const TraceRow& row, ListId list, std::int64_t audience);

// What a replay came to.
struct ReplaySummary {
  std::int64_t messages = 0;
  std::int64_t fanouts = 0;     // distributed
  std::int64_t deliveries = 0;  // copies of those
  std::int64_t held = 0;
  std::int64_t others = 0;           // confirm, divert, defer, refuse, discard
  std::optional<Instant> opened_at;  // the first time that the breaker opened
};

// Judges row after row; a trace of any length in the space of the memory.
class Replay {
 public:
  using Judge = std::function<Result<Judgement>(const Facts&, Memory&, Instant now)>;

  // `memory` must outlive the replay.
  Replay(Judge judge, Memory& memory, ListId list, std::int64_t audience)
      : judge_(std::move(judge)), memory_(memory), list_(list), audience_(audience) {}

  // Errors: those of memory.
  Result<Judgement> feed(const TraceRow& row);
  const ReplaySummary& summary() const { return summary_; }

 private:
  Judge judge_;
  Memory& memory_;
  ListId list_;
  std::int64_t audience_;
  ReplaySummary summary_;
};

}  // namespace breakwater::storm
