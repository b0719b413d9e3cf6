#include "storm/drift.h"

#include <algorithm>
#include <charconv>

#include "storm/guard.h"
#include "storm/number_text.h"

namespace breakwater::storm {
namespace {

constexpr std::string_view kKey = "audience";
constexpr std::int64_t kMostPeople = 1'000'000'000'000;
constexpr std::string_view kHowToConfirm =
    "; an owner who finds the list right confirms it, by `breakwater list confirm` or by the command in the "
    "mail to the owners";

}  // namespace

std::optional<std::string> drift_of(const Policy& policy, std::int64_t audience,
                                    std::optional<std::int64_t> confirmed) {
  const std::int64_t now = std::clamp<std::int64_t>(audience, 0, kMostPeople);
  if (policy.expect_members > 0 && now > policy.expect_members) {
    return "the list would reach " + people(now) + ", and its file expects at most " +
           grouped(policy.expect_members) +
           " (expect_members); whoever runs the server raises that, or takes out who does not belong there";
  }
  if (!confirmed || policy.drift_percent <= 0) return std::nullopt;
  const std::int64_t before = std::clamp<std::int64_t>(*confirmed, 0, kMostPeople);
  const std::int64_t difference = now > before ? now - before : before - now;
  if (difference < least_drift || difference * 100 <= policy.drift_percent * before) return std::nullopt;
  std::string by = grouped(difference) + (now > before ? " more" : " fewer");
  if (before > 0) by += ", " + grouped(difference * 100 / before) + "%";
  return "the list would reach " + people(now) + ", and it was " + people(before) + " when last confirmed (" +
         by + "); a change of more than " + std::to_string(policy.drift_percent) + "% waits" +
         std::string(kHowToConfirm);
}

Result<void> note_audience_confirmed(ListId list, std::int64_t audience, Memory& memory, Instant now) {
  return memory.put(list, Kind::list, kKey,
                    std::to_string(std::clamp<std::int64_t>(audience, 0, kMostPeople)), now);
}

Result<std::optional<std::int64_t>> confirmed_audience(ListId list, Memory& memory, Instant now) {
  auto stored = memory.get(list, Kind::list, kKey, now);
  if (!stored) return stored.error();
  if (!*stored) return std::optional<std::int64_t>();
  const std::string& text = **stored;
  std::int64_t audience = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), audience);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || audience < 0) {
    return std::optional<std::int64_t>();  // damaged: as if never confirmed
  }
  return std::optional(audience);
}

}  // namespace breakwater::storm
