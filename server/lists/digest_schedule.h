// When a list's digest goes out and what is in it: by size, by number, or once a day. Pure; nothing is
// remembered but what waits, so a restart or a skipped hour sends neither twice nor never.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "terms/instant.h"

namespace breakwater::lists {

struct DigestPolicy {
  std::uint64_t bytes = 64 * 1024;  // goes when this much waits; at least 1
  std::size_t messages = 50;        // or so many; at least 1
  // Of the day in UTC, below 24 h; nullopt: by size alone.
  std::optional<std::chrono::minutes> daily_at = std::chrono::hours(6);
  bool enabled = true;  // false: members with digests get each message
};

// What waits: accepted for the list and in no digest yet.
struct DigestBacklog {
  std::size_t messages = 0;
  std::uint64_t bytes = 0;
  Instant oldest{};  // when the first of them was accepted; means nothing when there are none
};

enum class DigestTrigger { bytes, messages, daily };

// nullopt: not now. The daily one: a time of day has passed since the oldest was accepted, so an empty digest
// is never sent and one that a stopped server missed goes when it starts.
std::optional<DigestTrigger> digest_due(const DigestPolicy& policy, const DigestBacklog& backlog,
                                        Instant now);

// When digest_due() says daily if nothing else comes; nullopt: never, for nothing waits or goes daily.
std::optional<Instant> next_daily(const DigestPolicy& policy, const DigestBacklog& backlog);

// How many of the waiting messages, oldest first by their sizes in bytes, go into one digest: up to
// policy.messages and to the first that reaches policy.bytes; at least one. So a digest is at most
// policy.bytes and one message long, however long the server stood still.
std::size_t digest_takes(const DigestPolicy& policy, std::span<const std::uint64_t> sizes);

}  // namespace breakwater::lists
