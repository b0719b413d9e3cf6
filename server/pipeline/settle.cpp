#include "pipeline/settle.h"

#include <utility>

#include "terms/invariant.h"

namespace breakwater::pipeline {
namespace {

using queue::Handover;
using queue::Outcome;

class Settling {
 public:
  Settling(queue::Slice& slice, queue::Bitmap& answered, Instant now)
      : slice_(slice), answered_(answered), now_(now), expired_(now >= slice.expires) {}

  void apply(const Handover& handover) {
    for (const auto& [first, count] : handover.runs) {
      for (std::uint32_t at = first; at < first + count && at < slice_.settled.size(); ++at) {
        apply_to(at, handover.outcome, handover.reply, handover.at);
      }
    }
  }

  // Those that no answer named: the connection never came up, or broke before their turn.
  void apply_rest(Outcome outcome, const std::string& why, queue::HandoverLog& log) {
    std::vector<std::uint32_t> rest;
    for (std::uint32_t at = 0; at < slice_.settled.size(); ++at) {
      if (!slice_.settled.test(at) && !answered_.test(at)) rest.push_back(at);
    }
    if (rest.empty()) return;
    log.append(now_, outcome, why, rest.data(), rest.size());
    for (const std::uint32_t at : rest) apply_to(at, outcome, why, now_);
  }

  Settled result;

 private:
  void apply_to(std::uint32_t at, Outcome outcome, std::string_view reply, Instant when) {
    answered_.set(at);
    if (slice_.settled.test(at)) return;  // a duplicate answer changes nothing
    if (outcome == Outcome::deferred && !expired_) return;
    slice_.settled.set(at);
    if (outcome == Outcome::delivered) {
      ++result.delivered;
      return;
    }
    ++result.failed;
    Failure failure{at, status_of(reply), std::string(reply), when};
    if (outcome == Outcome::deferred) {  // the schedule is over: RFC 3463 X.4.7
      failure.status = "5.4.7";
      failure.diagnostic = "delivery time expired; last answer: " + std::string(reply);
    }
    result.failures.push_back(std::move(failure));
  }

  queue::Slice& slice_;
  queue::Bitmap& answered_;
  Instant now_;
  bool expired_;
};

}  // namespace

Result<Settled> settle(queue::Slice& slice, queue::Bitmap& answered, const queue::Report& report,
                       const queue::RetrySchedule& schedule, Instant now, std::uint64_t entropy) {
  BREAKWATER_ASSERT(answered.size() == slice.settled.size());
  Settling settling(slice, answered, now);
  const auto read =
      queue::read_handovers(report.base, report.log, [&](const Handover& h) { settling.apply(h); });
  if (!read) return read.error();
  settling.result.log = report.log;
  settling.result.log_base = report.base;
  if (report.finished) {
    queue::HandoverLog rest(report.base);
    settling.apply_rest(report.rest, report.trouble.empty() ? "451 4.4.2 connection lost" : report.trouble,
                        rest);
    settling.result.log += rest.bytes();
  }
  settling.result.finished = slice.settled.all();
  if (report.finished && !settling.result.finished) {
    ++slice.attempts;
    slice.due = schedule.next(slice.attempts, now, slice.expires, entropy);
  }
  return std::move(settling.result);
}

std::string status_of(std::string_view reply) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::string fallback = !reply.empty() && reply.front() == '5' ? "5.0.0" : "4.0.0";
  if (reply.size() < 9 || (reply[3] != ' ' && reply[3] != '-')) return fallback;
  const std::string_view text = reply.substr(4);
  std::size_t end = 0, dots = 0;
  while (end < text.size() && (is_digit(text[end]) || text[end] == '.')) dots += text[end++] == '.';
  const bool shaped = dots == 2 && end >= 5 && end <= 9 && (text[0] == '4' || text[0] == '5') &&
                      text[1] == '.' && is_digit(text[end - 1]) && (end == text.size() || text[end] == ' ');
  return shaped ? std::string(text.substr(0, end)) : fallback;
}

}  // namespace breakwater::pipeline
