// Problems as they are found, each at its place, and what helps to state them. One collector a load; it keeps
// views into the texts it was shown, which must outlive it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/document.h"

namespace breakwater::config {

inline constexpr std::size_t max_problems = 100;  // of one file; further ones would not be read anyway

class Problems {
 public:
  using File = std::size_t;  // in the order in which problems are to be listed

  File open(std::string name, std::string_view text);
  void add(File file, Place at, std::string what);
  Problem at(File file, Place at, std::string what) const;  // the same, not added
  const std::string& name_of(File file) const { return files_[file].name; }
  bool none() const { return found_.empty(); }
  std::size_t count() const { return found_.size(); }
  std::vector<Problem> take();  // in order of file, line and column

 private:
  struct Source {
    std::string name;
    std::string_view text;
    std::size_t problems = 0;
  };
  struct Found {
    File file = 0;
    Problem problem;
  };
  std::vector<Source> files_;
  std::vector<Found> found_;
};

// The word that was meant: the nearest by edit distance (swapped neighbours count one), or empty when none is
// near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

std::string in_quotes(std::string_view value);  // 'value', cut and with control characters shown as '?'
std::string listed(const std::vector<std::string>& words, std::string_view last);  // "a, b or c"

}  // namespace breakwater::config
