// A progress bar on stderr where that is a terminal, and silence where it is not. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace breakwater::cli {

// "[=====>    ]  52% 442,000 rows  93,100/s  ETA 0:04"; without a known share only count and rate. Pure.
std::string progress_line(double share, std::uint64_t count, double per_second, const std::string& noun);

class Progress {
 public:
  explicit Progress(std::string noun);
  ~Progress();  // takes the line away
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `share` 0..1, below 0: not known. Draws at most ten times a second.
  void show(double share, std::uint64_t count);
  void finish(double share, std::uint64_t count);  // leaves the last line standing
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  void draw(double share, std::uint64_t count);
  std::string noun_;
  bool terminal_, drawn_ = false;
  Clock::time_point begun_ = Clock::now(), next_ = begun_;
};

}  // namespace breakwater::cli
