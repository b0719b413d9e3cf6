// The trace of a posting: a slice at a time, its ids, marks and log read together. Memory is one slice's,
// time is one pass over what the posting has.
#include <limits>
#include <utility>

#include "queue/handover_log.h"
#include "store/ledger.h"
#include "store/slice_rows.h"

namespace breakwater::store {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

struct Answer {
  Instant at{};
  queue::Outcome outcome = queue::Outcome::deferred;
  std::string reply;
  std::uint32_t peer = 0;
};

// What was said about each recipient of one slice.
class Answers {
 public:
  explicit Answers(std::size_t recipients) : of_(recipients) {}

  Result<void> read(Instant base, std::string_view peer, std::string_view log) {
    if (peers_.empty() || peers_.back() != peer) peers_.emplace_back(peer);
    return queue::read_handovers(base, log, [this](const queue::Handover& record) { add(record); });
  }

  // The answer that decided; for who is not settled, and who was given up after a 4xx, the last one.
  const Answer* decisive(std::size_t at) const {
    const std::uint32_t answer = of_[at].settling != kNone ? of_[at].settling : of_[at].last;
    return answer == kNone ? nullptr : &answers_[answer];
  }
  std::uint32_t tries(std::size_t at) const { return of_[at].tries; }
  const std::string& peer(const Answer& answer) const { return peers_[answer.peer]; }

 private:
  struct Of {
    std::uint32_t settling = kNone;  // the first that delivered or failed; what comes later is a duplicate
    std::uint32_t last = kNone;
    std::uint32_t tries = 0;
  };

  void add(const queue::Handover& record) {
    const auto number = static_cast<std::uint32_t>(answers_.size());
    answers_.push_back({record.at, record.outcome, std::string(record.reply),
                        static_cast<std::uint32_t>(peers_.size() - 1)});
    for (const auto& [first, count] : record.runs) {
      for (std::size_t at = first; at < of_.size() && at - first < count; ++at) {
        of_[at].last = number;
        ++of_[at].tries;
        if (record.outcome != queue::Outcome::deferred && of_[at].settling == kNone)
          of_[at].settling = number;
      }
    }
  }

  std::vector<Answer> answers_;
  std::vector<std::string> peers_;
  std::vector<Of> of_;
};

const char* state_of(const SliceRow& row, std::size_t at, const Answer* answer) {
  if (row.slice.settled.test(at)) {
    return answer != nullptr && answer->outcome == queue::Outcome::delivered ? "delivered" : "failed";
  }
  if (row.state == SliceState::dropped) return "dropped";
  if (row.state == SliceState::held) return "held";
  return answer != nullptr || row.slice.attempts > 0 ? "deferred" : "queued";
}

Result<void> trace_slice(Connection& db, const SliceRow& row, TraceRow& line,
                         const std::function<void(const TraceRow&)>& each) {
  Answers answers(row.slice.ids.size());
  auto read = each_log(db, row.slice.key, [&](Instant base, std::string_view peer, std::string_view log) {
    return answers.read(base, peer, log);
  });
  if (!read) return read;
  return each_mailbox(db, row.slice.ids, [&](std::size_t at, std::string_view mailbox) {
    if (row.state == SliceState::moved && !row.slice.settled.test(at))
      return;  // it stands in another slice now
    const Answer* answer = answers.decisive(at);
    line.mailbox = mailbox;
    line.state = state_of(row, at, answer);
    if (line.state == "dropped") {
      line.at = row.slice.due;
      line.peer.clear();
      line.reply = row.last_reply;
    } else if (answer != nullptr) {
      line.at = answer->at;
      line.peer = answers.peer(*answer);
      line.reply = answer->reply;
    } else {
      line.at = Instant{};
      line.peer.clear();
      line.reply.clear();
    }
    line.attempts = answers.tries(at) > 0 ? answers.tries(at) : row.slice.attempts;
    each(line);
  });
}

}  // namespace

Result<void> trace(Connection& db, PostingId posting, const std::function<void(const TraceRow&)>& each) {
  auto numbers = db.prepare("SELECT number FROM slice WHERE posting = ?1 ORDER BY number");
  numbers.bind(1, posting);
  TraceRow line;
  for (;;) {
    auto more = numbers.step();
    if (!more) return more.error();
    if (!*more) return {};
    auto row = slice_row(db, {posting, static_cast<std::uint32_t>(numbers.int64(0))});
    if (!row) return row.error();
    if (!*row) continue;
    if (auto traced = trace_slice(db, **row, line, each); !traced) return traced;
  }
}

}  // namespace breakwater::store
