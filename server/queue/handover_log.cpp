#include "queue/handover_log.h"

#include <algorithm>
#include <optional>

#include "terms/invariant.h"

namespace breakwater::queue {
namespace {

constexpr std::size_t kMaxReply = 500;  // RFC 5321 4.5.3.1.5 allows 512 a line; multi-line replies are joined

constexpr std::uint64_t kMaxDelta = 1ULL
                                    << 40;  // ms; 34 years: more is corrupt, and would overflow an Instant

void put(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

std::optional<std::uint64_t> get(std::string_view& in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 63 && !in.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (!(byte & 0x80)) return value;
  }
  return std::nullopt;
}

void put_runs(std::string& out, const std::uint32_t* indices, std::size_t count) {
  std::size_t runs = 0;
  for (std::size_t at = 0; at < count; ++at) runs += at == 0 || indices[at] != indices[at - 1] + 1;
  put(out, runs);
  std::uint64_t end = 0;  // one past the last run
  for (std::size_t first = 0; first < count;) {
    std::size_t last = first;
    while (last + 1 < count && indices[last + 1] == indices[last] + 1) ++last;
    BREAKWATER_ASSERT(indices[first] >= end);
    put(out, indices[first] - end);
    put(out, last - first + 1);
    end = std::uint64_t{indices[last]} + 1;
    first = last + 1;
  }
}

bool get_runs(std::string_view& in, std::vector<std::pair<std::uint32_t, std::uint32_t>>& runs) {
  const auto count = get(in);
  if (!count || *count > in.size()) return false;
  runs.clear();
  std::uint64_t end = 0;
  for (std::uint64_t at = 0; at < *count; ++at) {
    const auto gap = get(in);
    const auto length = get(in);
    if (!gap || !length || *length == 0 || *gap > 0xFFFF'FFFF || *length > 0xFFFF'FFFF) return false;
    const std::uint64_t first = end + *gap;
    end = first + *length;
    if (end > 0xFFFF'FFFF) return false;
    runs.emplace_back(static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(*length));
  }
  return true;
}

}  // namespace

void HandoverLog::append(Instant at, Outcome outcome, std::string_view reply, const std::uint32_t* indices,
                         std::size_t count) {
  put(bytes_, static_cast<std::uint64_t>(std::max<std::int64_t>((at - base_).count(), 0)));
  bytes_.push_back(static_cast<char>(outcome));
  put_runs(bytes_, indices, count);
  const std::size_t length = std::min(reply.size(), kMaxReply);
  put(bytes_, length);
  const std::size_t start = bytes_.size();
  bytes_.append(reply.substr(0, length));
  std::replace_if(
      bytes_.begin() + static_cast<std::ptrdiff_t>(start), bytes_.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
}

std::string HandoverLog::take(Instant next_base) {
  base_ = next_base;
  return std::exchange(bytes_, {});
}

Result<void> read_handovers(Instant base, std::string_view bytes,
                            const std::function<void(const Handover&)>& each) {
  Handover record;
  while (!bytes.empty()) {
    const auto delta = get(bytes);
    if (!delta || bytes.empty()) return error(Fault::invalid, "handover log: truncated record");
    if (*delta > kMaxDelta) return error(Fault::invalid, "handover log: a time out of range");
    const auto outcome = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    if (outcome > static_cast<unsigned char>(Outcome::failed) || !get_runs(bytes, record.runs)) {
      return error(Fault::invalid, "handover log: malformed record");
    }
    const auto length = get(bytes);
    if (!length || *length > bytes.size()) return error(Fault::invalid, "handover log: truncated reply");
    record.at = base + Duration{static_cast<std::int64_t>(*delta)};
    record.outcome = static_cast<Outcome>(outcome);
    record.reply = bytes.substr(0, *length);
    bytes.remove_prefix(*length);
    each(record);
  }
  return {};
}

}  // namespace breakwater::queue
