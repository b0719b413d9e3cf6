// Files that come from the table of fields are compared with what they should be. With
// BREAKWATER_REGENERATE=1 in the environment they are written instead, to be looked through before they are
// committed.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace breakwater::config {

inline std::string text_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void expect_file(const std::string& path, const std::string& text) {
  if (std::getenv("BREAKWATER_REGENERATE") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  const std::string found = text_of_file(path);
  if (found == text) return;
  std::istringstream is_lines(found), want_lines(text);
  std::string is, want;
  std::size_t line = 0;
  do {
    is.clear(), want.clear();
    std::getline(is_lines, is), std::getline(want_lines, want);
    ++line;
  } while (is == want && (is_lines || want_lines));
  ADD_FAILURE() << path << ":" << line << " is not what the code makes\n  is:      " << is
                << "\n  made is: " << want
                << "\nIf the code is right, write the files anew: BREAKWATER_REGENERATE=1 unit_config";
}

}  // namespace breakwater::config
