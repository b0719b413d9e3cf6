// For the tests of every kind of source: what it gave, or what it said instead; a folder for a test.
#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "sources/source.h"

namespace breakwater::sources {

struct Collected {
  std::vector<SourceRow> rows;
  Result<SourceReport> report = SourceReport{};

  std::string said() const { return report ? "" : report.error().what; }
  std::vector<std::string> addresses() const {
    std::vector<std::string> out;
    for (const SourceRow& row : rows) out.push_back(row.address);
    return out;
  }
};

inline Collected collect(Source& source, std::stop_token stop = {}) {
  Collected out;
  out.report = source.read(
      [&](const SourceRow& row) -> Result<void> {
        out.rows.push_back(row);
        return {};
      },
      std::move(stop));
  return out;
}

inline SourceLimits within(int ms) {
  SourceLimits limits;
  limits.time = std::chrono::milliseconds(ms);
  return limits;
}

// The most memory this process has had so far. What rows it kept would show: a megabyte each 5,000 or so.
inline double peak_mb() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024;
}
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
constexpr double kKeptMb = 1000;  // what is freed is kept for a while
#else
constexpr double kKeptMb = 20;
#endif

class Folder {
 public:
  Folder() {
    std::string name = "/tmp/breakwater-sources-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(*this / name, std::ios::binary) << text;
    return *this / name;
  }

 private:
  std::string path_;
};

}  // namespace breakwater::sources
