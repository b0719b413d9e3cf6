#include "storm/breaker_record.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "mail/utf8.h"
#include "storm/evidence.h"
#include "storm/record_text.h"

namespace breakwater::storm {
namespace {

constexpr int kVersion = 1;
constexpr std::size_t kMostEvidence = 6, kEvidenceBytes = 100, kSubjectBytes = 100;
constexpr std::int64_t kMostCount = 1'000'000'000'000'000;
constexpr double kMostScore = 1e9;
// A storm of a thousand posts is over when it is over: its score is capped, or it would take days to fade.
constexpr double kMostLimits = 2;

void encode(RecordWriter& out, const Switch& breaker) {
  out.real(breaker.score).instant(breaker.at).number(static_cast<int>(breaker.state));
  out.instant(breaker.opened_at).instant(breaker.probe_at).number(breaker.openings);
  out.number(breaker.held).number(breaker.spared).number(breaker.audience);
  out.real(breaker.lately).real(breaker.earlier);
}

Switch decode_switch(RecordReader& in) {
  Switch breaker;
  breaker.score = in.real(0, kMostScore);
  breaker.at = in.instant();
  breaker.state = static_cast<BreakerState>(in.number(0, 2));
  breaker.opened_at = in.instant();
  breaker.probe_at = in.instant();
  breaker.openings = in.number(0, kMostCount);
  breaker.held = in.number(0, kMostCount);
  breaker.spared = in.number(0, kMostCount);
  breaker.audience = in.number(0, kMostCount);
  breaker.lately = in.real(0, kMostScore);
  breaker.earlier = in.real(0, kMostScore);
  return breaker;
}

void encode_evidence(RecordWriter& out, const Switch& breaker) {
  for (const std::string& line : breaker.evidence) out.line(line);
}

void decode_evidence(RecordReader& in, Switch& breaker) {
  while (in.more_lines() && breaker.evidence.size() < kMostEvidence) {
    breaker.evidence.push_back(mail::printable(in.line(), kEvidenceBytes));
  }
}

void encode(RecordWriter& out, const std::optional<Instant>& at) { out.instant(at.value_or(Instant{})); }

std::optional<Instant> decode_time(RecordReader& in) {
  const Instant at = in.instant();
  return at == Instant{} ? std::nullopt : std::optional(at);
}

}  // namespace

void Switch::age_to(Instant now) {
  score = decayed(score, now - at);
  lately *= fading(now - at, 10);
  earlier *= fading(now - at, 20);
  at = now;
}

void Switch::add(double weight, double limit, std::string why) {
  score = std::clamp(score + weight, 0.0, kMostLimits * limit);
  if (weight <= 0 || why.empty()) return;
  if (evidence.size() >= kMostEvidence) evidence.erase(evidence.begin());
  evidence.push_back(mail::printable(why, kEvidenceBytes));
}

// The last ten minutes' replies for each of the ten minutes' before: above 1 a storm grows.
double Switch::reproduction() const {
  constexpr double kEnough = 2, kMost = 99;
  const double before = earlier - lately;
  if (earlier < kEnough) return 0;
  return before * kMost <= lately ? kMost : lately / before;
}

int Senders::times(std::uint32_t who) const {
  const auto known =
      std::find_if(seen_.begin(), seen_.end(), [&](const Seen& seen) { return seen.who == who; });
  return known == seen_.end() ? 0 : known->times;
}

void Senders::count(std::uint32_t who) {
  const auto known =
      std::find_if(seen_.begin(), seen_.end(), [&](const Seen& seen) { return seen.who == who; });
  if (known != seen_.end()) {
    known->times = std::min(known->times + 1, 9);
    return;
  }
  if (seen_.size() >= most_) seen_.erase(seen_.begin());
  seen_.push_back({who, 1});
}

void Senders::encode(RecordWriter& out) const {
  out.number(static_cast<std::int64_t>(seen_.size()));
  for (const Seen& seen : seen_) out.number(std::int64_t{seen.who} * 10 + seen.times);
}

void Senders::decode(RecordReader& in) {
  const auto count = in.number(0, static_cast<std::int64_t>(most_));
  for (std::int64_t at = 0; at < count && in.ok(); ++at) {
    const auto both = in.number(0, std::int64_t{0xFFFF'FFFF} * 10 + 9);
    seen_.push_back({static_cast<std::uint32_t>(both / 10), static_cast<int>(both % 10)});
  }
}

std::uint32_t short_digest(std::string_view sender) {
  std::uint32_t value = 0;
  const std::string digits = digest(sender);
  std::from_chars(digits.data(), digits.data() + 8, value, 16);
  return std::max(value, 1U);
}

std::optional<Thread> Thread::decode(std::string_view key, std::string_view value) {
  RecordReader in(value, 't', kVersion);
  Thread thread;
  thread.key = key;
  thread.starter = static_cast<std::uint32_t>(in.number(0, 0xFFFF'FFFF));
  thread.began = in.instant();
  thread.last = in.instant();
  thread.breaker = decode_switch(in);
  thread.senders.decode(in);
  thread.subject = in.line();
  decode_evidence(in, thread.breaker);
  if (!in.ok()) return std::nullopt;
  return thread;
}

std::string Thread::encode() const {
  RecordWriter out('t', kVersion);
  out.number(starter).instant(began).instant(last);
  storm::encode(out, breaker);
  senders.encode(out);
  out.line(mail::printable(subject, kSubjectBytes));
  encode_evidence(out, breaker);
  return std::move(out).text();
}

ListState ListState::decode(std::string_view value) {
  RecordReader in(value, 'l', kVersion);
  ListState list;
  list.breaker = decode_switch(in);
  list.fresh = in.real(0, kMostScore);
  list.last = decode_time(in);
  list.thread_opened = decode_time(in);
  list.all_closed = decode_time(in);
  list.replies = in.real(0, kMostScore);
  list.from_newcomers = in.real(0, kMostScore);
  list.postings = in.real(0, kMostScore);
  list.senders.decode(in);
  decode_evidence(in, list.breaker);
  return in.ok() ? list : ListState{};
}

std::string ListState::encode() const {
  RecordWriter out('l', kVersion);
  storm::encode(out, breaker);
  out.real(fresh);
  storm::encode(out, last);
  storm::encode(out, thread_opened);
  storm::encode(out, all_closed);
  out.real(replies).real(from_newcomers).real(postings);
  senders.encode(out);
  encode_evidence(out, breaker);
  return std::move(out).text();
}

bool is_list_state(std::string_view value) { return RecordReader(value, 'l', kVersion).ok(); }

}  // namespace breakwater::storm
