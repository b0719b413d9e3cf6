#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/print.h"

namespace breakwater::cli {

std::string progress_line(double share, std::uint64_t count, double per_second, const std::string& noun) {
  constexpr int kWidth = 30;
  char text[64];
  std::string line;
  if (share >= 0) {
    share = std::min(share, 1.0);
    const int full = static_cast<int>(share * kWidth);
    line += "[" + std::string(static_cast<std::size_t>(full), '=') + (full < kWidth ? ">" : "") +
            std::string(static_cast<std::size_t>(std::max(kWidth - full - 1, 0)), ' ') + "] ";
    std::snprintf(text, sizeof text, "%3d%% ", static_cast<int>(share * 100));
    line += text;
  }
  line += with_commas(count) + " " + noun;
  line += "  " + with_commas(static_cast<std::uint64_t>(per_second)) + "/s";
  if (share > 0 && share < 1 && per_second > 0) {
    const auto left = static_cast<int>(static_cast<double>(count) / share * (1 - share) / per_second + 0.5);
    std::snprintf(text, sizeof text, "  ETA %d:%02d", left / 60, left % 60);
    line += text;
  }
  return line;
}

Progress::Progress(std::string noun) : noun_(std::move(noun)), terminal_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void Progress::show(double share, std::uint64_t count) {
  if (!terminal_ || Clock::now() < next_) return;
  next_ = Clock::now() + std::chrono::milliseconds(100);
  draw(share, count);
}

void Progress::finish(double share, std::uint64_t count) {
  if (!terminal_) return;
  draw(share, count);
  std::fputc('\n', stderr);
  drawn_ = false;
}

void Progress::draw(double share, std::uint64_t count) {
  const double passed = seconds();
  const double rate = passed > 0 ? static_cast<double>(count) / passed : 0;
  std::fprintf(stderr, "\r%s\033[K", progress_line(share, count, rate, noun_).c_str());
  std::fflush(stderr);
  drawn_ = true;
}

double Progress::seconds() const { return std::chrono::duration<double>(Clock::now() - begun_).count(); }

}  // namespace breakwater::cli
