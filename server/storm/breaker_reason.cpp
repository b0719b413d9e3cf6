#include "storm/breaker_reason.h"

#include <array>
#include <charconv>

#include "storm/evidence.h"
#include "storm/number_text.h"

namespace breakwater::storm {
namespace {

std::string two_digits(unsigned number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string time_text(Instant at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const auto minutes = static_cast<unsigned>((at - day).count() / 60'000);
  return std::to_string(static_cast<int>(date.year())) + "-" +
         two_digits(static_cast<unsigned>(date.month())) + "-" +
         two_digits(static_cast<unsigned>(date.day())) + " " + two_digits(minutes / 60) + ":" +
         two_digits(minutes % 60) + " UTC";
}

std::string tenths(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 1);
  return std::string(text.data(), end.ptr);
}

}  // namespace

std::string reason_of(const Switch& breaker, bool of_thread, double limit) {
  std::string out = of_thread ? "many people answer this thread at once, in few words"
                              : "many people write to this list at once, in few words";
  out += " (score " + tenths(breaker.score) + ", limit " + tenths(limit) + " at " + people(breaker.audience);
  out += of_thread ? "): replies to it are held" : "): the list's postings are held";
  out += "; when it has calmed down, one is let through as a probe, after " + time_text(breaker.probe_at) +
         " at the earliest";
  return out;
}

std::string_view name_of(BreakerState state) {
  switch (state) {
    case BreakerState::closed: return "closed";
    case BreakerState::open: return "open";
    case BreakerState::half_open: return "half-open";
  }
  return "";
}

std::optional<BreakerReport> report(Kind kind, std::string_view key, std::string_view value,
                                    const BreakerOptions& options, Instant now) {
  BreakerReport out;
  Switch breaker;
  if (kind == Kind::thread) {
    auto thread = Thread::decode(key, value);
    if (!thread) return std::nullopt;
    out.subject = thread->subject;
    breaker = std::move(thread->breaker);
  } else if (kind == Kind::list && key.empty() && is_list_state(value)) {
    breaker = ListState::decode(value).breaker;
  } else {
    return std::nullopt;
  }
  breaker.age_to(now);
  out.key = key;
  out.state = breaker.state;
  out.score = breaker.score;
  out.limit = limit_of(breaker.audience, options.sensitivity) * (kind == Kind::list ? list_room : 1);
  out.reproduction = breaker.reproduction();
  if (breaker.state != BreakerState::closed) {
    out.opened_at = breaker.opened_at;
    out.probe_at = breaker.probe_at;
  }
  out.openings = breaker.openings;
  out.held = breaker.held;
  out.spared = breaker.spared;
  out.evidence = std::move(breaker.evidence);
  return out;
}

}  // namespace breakwater::storm
