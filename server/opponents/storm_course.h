// A trace's course through our own guard, in virtual time: what becomes of each message, and what it comes
// to. The guard is the server's own code, given as functions. One thread; memory, functions and `each`
// outlive it.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <set>
#include <string>

#include "opponents/storm_tally.h"
#include "storm/memory.h"
#include "storm/replay.h"
#include "storm/verdict.h"
#include "terms/result.h"

namespace breakwater::opponents {

// The guard's two questions; GuardOptions and Policy are in them.
struct StormGuard {
  std::function<Result<storm::Judgement>(const storm::Facts&, storm::Memory&, Instant)> judge;
  std::function<Result<void>(const storm::Facts&, storm::Memory&, Instant)> note_released;
};

struct CourseOptions {
  std::int64_t members = 0;
  // The sender confirms, and moderators release what waits for their approval, each a minute later.
  bool confirm = false;
  std::set<std::string> trusted;  // keys of owners' and moderators' addresses
};

// What became of one message in the end.
struct Became {
  std::string id;
  storm::Verdict verdict = storm::Verdict::distribute;
  std::string reason;
  std::int64_t audience = 0;
};

class StormCourse {
 public:
  using Each = std::function<void(const Became&)>;
  StormCourse(CourseOptions options, const StormGuard& guard, storm::Memory& memory, Each each)
      : options_(std::move(options)), guard_(guard), memory_(memory), each_(std::move(each)) {
    tally_.members = options_.members;
  }

  // Messages in order of time. `each` hears of them in that order, as soon as nothing can change any more: at
  // once, but for those that wait for a confirmation (and those behind them). Errors: those of memory.
  Result<void> take(const storm::TraceRow& row);
  Result<void> finish();  // what still waits
  const StormTally& tally() const { return tally_; }

 private:
  // A person will answer, at `due`.
  struct Waiting {
    Instant due;
    std::size_t number;  // of the message
    storm::Facts facts;
    storm::Judgement judgement;
  };

  storm::Facts facts_of(const storm::TraceRow& row) const;
  Result<void> answer_until(Instant now);
  Result<void> answered(Waiting waiting);
  void heard(std::size_t number, storm::Facts facts, storm::Judgement judgement, Instant now);
  void sent(std::size_t number, std::string reason, Instant at);
  void settle(std::size_t number, storm::Verdict verdict, std::string reason);

  CourseOptions options_;
  const StormGuard& guard_;
  storm::Memory& memory_;
  Each each_;
  StormTally tally_;
  std::deque<Waiting> waiting_;  // by due: all wait equally long
  struct Line {
    Became became;
    bool settled = false;
  };
  std::deque<Line> lines_;  // not told yet, in order
  std::size_t told_ = 0;
};

}  // namespace breakwater::opponents
