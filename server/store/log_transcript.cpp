#include "store/log_transcript.h"

#include <algorithm>

#include "queue/handover_log.h"

namespace breakwater::store {

Result<LogSummary> summarize(Instant base, std::string_view log) {
  LogSummary summary;
  auto read = queue::read_handovers(base, log, [&](const queue::Handover& record) {
    summary.last = std::max(summary.last, record.at);
    if (record.outcome == queue::Outcome::delivered) return;
    summary.last_refusal = record.reply;
    if (record.outcome != queue::Outcome::deferred) return;
    for (const auto& [first, count] : record.runs) summary.deferred += count;
  });
  if (!read) return read.error();
  return summary;
}

IndexMap map_indices(std::span<const AddressId> from, std::span<const AddressId> to) {
  IndexMap places;
  for (std::uint32_t a = 0, b = 0; a < from.size() && b < to.size();) {
    if (from[a] == to[b]) places.emplace_back(a, b);
    const bool step_a = from[a] <= to[b];
    const bool step_b = to[b] <= from[a];
    a += step_a;
    b += step_b;
  }
  return places;
}

Result<std::string> transcribe(Instant base, std::string_view log, const IndexMap& places) {
  queue::HandoverLog copy(base);
  std::vector<std::uint32_t> indices;
  auto read = queue::read_handovers(base, log, [&](const queue::Handover& record) {
    indices.clear();
    for (const auto& [first, count] : record.runs) {
      auto place =
          std::lower_bound(places.begin(), places.end(), std::pair<std::uint32_t, std::uint32_t>(first, 0));
      for (; place != places.end() && place->first - first < count; ++place) indices.push_back(place->second);
    }
    if (!indices.empty())
      copy.append(record.at, record.outcome, record.reply, indices.data(), indices.size());
  });
  if (!read) return read.error();
  return copy.bytes();
}

}  // namespace breakwater::store
