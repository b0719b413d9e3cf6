#include "storm/voices.h"

#include <algorithm>

#include "storm/record_text.h"

namespace breakwater::storm {
namespace {

constexpr int kVersion = 1;
constexpr int kMostDays = 1000;
// Not the calendar's day: a storm goes on over midnight.
constexpr Duration kOneTime = std::chrono::hours(12);

// What lies further ahead was written before the clock was set back: it must not count as now for years.
bool is_one_time(Instant counted, Instant now) { return std::chrono::abs(now - counted) < kOneTime; }

}  // namespace

int Voice::days_known(Instant now) const {
  return days > 0 && is_one_time(last_counted, now) ? days - 1 : days;
}

void Voice::note_distributed(Instant now) {
  if (days > 0 && is_one_time(last_counted, now)) return;
  days = std::min(days + 1, kMostDays);
  last_counted = now;
}

Voice Voice::decode(std::string_view value) {
  RecordReader in(value, 'v', kVersion);
  Voice voice;
  voice.days = static_cast<int>(in.number(0, kMostDays));
  voice.last_counted = in.instant();
  return in.ok() ? voice : Voice{};
}

std::string Voice::encode() const {
  return RecordWriter('v', kVersion).number(days).instant(last_counted).text();
}

Result<Voice> voice_of(ListId list, std::string_view sender, Memory& memory, Instant now) {
  auto stored = memory.get(list, Kind::voice, digest(sender), now);
  if (!stored) return stored.error();
  return *stored ? Voice::decode(**stored) : Voice{};
}

Result<void> note_voice(ListId list, std::string_view sender, Voice voice, Memory& memory, Instant now) {
  const Instant before = voice.last_counted;
  voice.note_distributed(now);
  if (voice.days > 0 && voice.last_counted == before) return {};  // as it stands there
  return memory.put(list, Kind::voice, digest(sender), voice.encode(), now);
}

}  // namespace breakwater::storm
