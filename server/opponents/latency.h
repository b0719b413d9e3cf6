// Latencies in a histogram of fixed size: buckets about 3 % wide, so a run of any length costs the same
// memory.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace breakwater::opponents {

class Latencies {
 public:
  void add(std::uint64_t us) {
    ++buckets_[bucket(us)];
    ++count_;
    if (us > max_) max_ = us;
  }
  std::uint64_t count() const { return count_; }
  std::uint64_t max_us() const { return max_; }
  // The upper edge of the bucket in which `percent` of all are reached; 0 without any.
  std::uint64_t percentile_us(double percent) const {
    const auto wanted = static_cast<std::uint64_t>(percent / 100 * static_cast<double>(count_) + 0.5);
    std::uint64_t seen = 0;
    for (std::size_t at = 0; at < buckets_.size(); ++at) {
      seen += buckets_[at];
      if (seen != 0 && seen >= wanted) return upper_edge(at) < max_ ? upper_edge(at) : max_;
    }
    return max_;
  }

 private:
  static constexpr unsigned kSub = 32;  // buckets of each power of two
  static std::size_t bucket(std::uint64_t us) {
    if (us < kSub) return us;
    const auto power = static_cast<unsigned>(std::bit_width(us)) - 6;  // us >> power is in 32..63
    return static_cast<std::size_t>((power + 1) * kSub + ((us >> power) - kSub));
  }
  static std::uint64_t upper_edge(std::size_t at) {
    if (at < kSub) return at;
    const std::size_t power = at / kSub - 1;
    return ((static_cast<std::uint64_t>(kSub) + at % kSub + 1) << power) - 1;
  }
  std::array<std::uint64_t, 60 * kSub> buckets_{};
  std::uint64_t count_ = 0, max_ = 0;
};

}  // namespace breakwater::opponents
