#include "storm/limiter.h"

#include <algorithm>
#include <charconv>

#include "terms/invariant.h"

namespace breakwater::storm {
namespace {

constexpr std::int64_t kHourUs = 3'600'000'000;
// A cost in microseconds stays within an int64: 2e9 x 3.6e9 is 7.2e18.
constexpr std::int64_t kMostDeliveries = max_rate;
// Times beyond this many years are no times of ours: what is stored may be damaged.
constexpr std::int64_t kLastMs = 253'402'300'800'000;  // year 10000
constexpr std::int64_t kLastUs = kLastMs * 1000;

// Rounded up: a budget is never overdrawn by rounding.
std::int64_t cost_us(std::int64_t deliveries, const Rate& rate) {
  const std::int64_t count = std::clamp<std::int64_t>(deliveries, 0, kMostDeliveries);
  const std::int64_t an_hour = std::clamp<std::int64_t>(rate.an_hour, 1, kMostDeliveries);
  const std::int64_t whole = count * kHourUs;
  return whole / an_hour + (whole % an_hour != 0 ? 1 : 0);
}

std::int64_t us_of(Instant at) { return std::clamp<std::int64_t>(to_ms(at), 0, kLastMs) * 1000; }
// Rounded up to the clock's milliseconds.
Instant instant_of(std::int64_t us) { return from_ms(us / 1000 + (us % 1000 != 0 ? 1 : 0)); }

}  // namespace

std::int64_t rate_of(std::int64_t setting, const AutoRate& automatic, std::int64_t audience) {
  if (setting > 0) return setting;
  const std::int64_t people = std::clamp<std::int64_t>(audience, 0, kMostDeliveries / automatic.fanouts);
  return std::max(automatic.least, automatic.fanouts * people);
}

Budget Budget::decode(std::string_view value) {
  Budget budget;
  const char* const end = value.data() + value.size();
  std::int64_t paid = 0, last = 0;
  const auto first = std::from_chars(value.data(), end, paid);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ' ') return budget;
  const auto second = std::from_chars(first.ptr + 1, end, last);
  if (second.ec != std::errc() || second.ptr != end) return budget;
  if (paid < 0 || paid > kLastUs || last < 0 || last > kLastMs) return budget;
  budget.paid_off_us_ = paid;
  budget.last_ms_ = last;
  return budget;
}

std::string Budget::encode() const { return std::to_string(paid_off_us_) + " " + std::to_string(last_ms_); }

// In the present clock's time: if the clock was set back, what is owed is owed from now on, not from the old
// clock's now on. (Forwards needs no care: an hour that was skipped is an hour's budget given away, once.)
std::int64_t Budget::paid_off_at(Instant now) const {
  const std::int64_t behind_ms = last_ms_ - us_of(now) / 1000;
  if (behind_ms <= clock_skew.count()) return paid_off_us_;
  return std::max<std::int64_t>(0, paid_off_us_ - behind_ms * 1000);
}

Instant Budget::earliest(std::int64_t deliveries, const Rate& rate, Instant now) const {
  const std::int64_t burst = std::max<std::int64_t>(1, rate.burst);
  // What may be owed when it goes, so that with it no more than a burst is.
  const std::int64_t room = cost_us(burst, rate) - cost_us(std::min(deliveries, burst), rate);
  return std::max(now, instant_of(std::max<std::int64_t>(0, paid_off_at(now) - room)));
}

void Budget::take(std::int64_t deliveries, const Rate& rate, Instant now) {
  const std::int64_t from = std::max(paid_off_at(now), us_of(earliest(deliveries, rate, now)));
  paid_off_us_ = std::min(kLastUs, from + std::min(kLastUs, cost_us(deliveries, rate)));
  const std::int64_t now_ms = us_of(now) / 1000;
  // Kept within the skew of two servers, or each would win a little from the other's clock.
  const bool stepped_back = last_ms_ - now_ms > clock_skew.count();
  last_ms_ = stepped_back ? now_ms : std::max(last_ms_, now_ms);
}

}  // namespace breakwater::storm
