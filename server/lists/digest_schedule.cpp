#include "lists/digest_schedule.h"

namespace breakwater::lists {
namespace {

// The first time of day after `at`.
Instant next_time_of_day(std::chrono::minutes time, Instant at) {
  const Instant today = std::chrono::floor<std::chrono::days>(at) + time;
  return today > at ? today : today + std::chrono::days(1);
}

}  // namespace

std::optional<Instant> next_daily(const DigestPolicy& policy, const DigestBacklog& backlog) {
  if (!policy.daily_at || backlog.messages == 0) return std::nullopt;
  return next_time_of_day(*policy.daily_at, backlog.oldest);
}

std::optional<DigestTrigger> digest_due(const DigestPolicy& policy, const DigestBacklog& backlog,
                                        Instant now) {
  if (backlog.messages == 0) return std::nullopt;
  if (backlog.bytes >= policy.bytes) return DigestTrigger::bytes;
  if (backlog.messages >= policy.messages) return DigestTrigger::messages;
  const auto daily = next_daily(policy, backlog);
  return daily && now >= *daily ? std::optional(DigestTrigger::daily) : std::nullopt;
}

std::size_t digest_takes(const DigestPolicy& policy, std::span<const std::uint64_t> sizes) {
  std::size_t taken = 0;
  std::uint64_t bytes = 0;
  while (taken < sizes.size() && (taken == 0 || (taken < policy.messages && bytes < policy.bytes))) {
    const std::uint64_t size = sizes[taken++];
    bytes = size > UINT64_MAX - bytes ? UINT64_MAX : bytes + size;
  }
  return taken;
}

}  // namespace breakwater::lists
