#include "opponents/storm_course.h"

#include <chrono>
#include <utility>

#include "mail/address.h"

namespace breakwater::opponents {
namespace {

constexpr Duration kAnswersAfter = std::chrono::minutes(1);

}  // namespace

storm::Facts StormCourse::facts_of(const storm::TraceRow& row) const {
  storm::Facts facts = storm::facts_of(row, ListId{1}, options_.members);
  // Archives write addresses in ways of their own ("ann at example.org"): then the text itself is the person.
  if (auto address = mail::parse_address(row.from)) facts.sender = std::move(address->key);
  facts.trusted = options_.trusted.contains(facts.sender);
  return facts;
}

Result<void> StormCourse::take(const storm::TraceRow& row) {
  if (const auto done = answer_until(row.at); !done) return done;
  tally_.came(row.at);
  storm::Facts facts = facts_of(row);
  auto judgement = guard_.judge(facts, memory_, row.at);
  if (!judgement) return judgement.error();
  const std::size_t number = told_ + lines_.size();
  lines_.push_back({{row.id, judgement->verdict, {}, options_.members}, false});
  heard(number, std::move(facts), std::move(*judgement), row.at);
  return {};
}

Result<void> StormCourse::finish() {
  while (!waiting_.empty()) {
    if (const auto done = answer_until(waiting_.front().due); !done) return done;
  }
  return {};
}

Result<void> StormCourse::answer_until(Instant now) {
  while (!waiting_.empty() && waiting_.front().due <= now) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    if (const auto done = answered(std::move(next)); !done) return done;
  }
  return {};
}

Result<void> StormCourse::answered(Waiting waiting) {
  if (waiting.judgement.verdict == storm::Verdict::hold) {  // moderators release it: no further question
    if (const auto noted = guard_.note_released(waiting.facts, memory_, waiting.due); !noted) return noted;
    sent(waiting.number, "released by moderators a minute later: " + waiting.judgement.reason, waiting.due);
    return {};
  }
  waiting.facts.confirmed = true;
  auto judgement = guard_.judge(waiting.facts, memory_, waiting.due);
  if (!judgement) return judgement.error();
  if (judgement->verdict == storm::Verdict::distribute)
    judgement->reason = "confirmed by its sender a minute later: " + waiting.judgement.reason;
  heard(waiting.number, std::move(waiting.facts), std::move(*judgement), waiting.due);
  return {};
}

void StormCourse::heard(std::size_t number, storm::Facts facts, storm::Judgement judgement, Instant now) {
  using storm::Verdict;
  if (judgement.opened) tally_.opened(now);
  const bool asks_sender = judgement.verdict == Verdict::confirm && !facts.confirmed;
  const bool asks_moderators = judgement.verdict == Verdict::hold && judgement.approvals > 0;
  if (options_.confirm && (asks_sender || asks_moderators)) {
    waiting_.push_back({now + kAnswersAfter, number, std::move(facts), std::move(judgement)});
    return;
  }
  switch (judgement.verdict) {
    case Verdict::distribute: return sent(number, std::move(judgement.reason), now);
    case Verdict::defer:  // it goes out when the budgets have room
      ++tally_.deferred;
      tally_.sent(judgement.until.value_or(now));
      break;
    case Verdict::confirm: ++tally_.awaiting; break;
    case Verdict::hold: ++tally_.held; break;
    case Verdict::divert: ++tally_.diverted; break;
    case Verdict::refuse: ++tally_.refused; break;
    case Verdict::discard: ++tally_.discarded; break;
  }
  settle(number, judgement.verdict, std::move(judgement.reason));
}

void StormCourse::sent(std::size_t number, std::string reason, Instant at) {
  tally_.sent(at);
  settle(number, storm::Verdict::distribute, std::move(reason));
}

void StormCourse::settle(std::size_t number, storm::Verdict verdict, std::string reason) {
  Line& line = lines_[number - told_];
  line.became.verdict = verdict;
  line.became.reason = std::move(reason);
  line.settled = true;
  for (; !lines_.empty() && lines_.front().settled; ++told_) {
    if (each_) each_(lines_.front().became);
    lines_.pop_front();
  }
}

}  // namespace breakwater::opponents
