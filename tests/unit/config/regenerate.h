// Files that come from the table of fields are compared with what they should be. With
// BREAKWATER_REGENERATE=1 in the environment they are written instead, to be looked through before they are
// committed.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
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
  EXPECT_EQ(text_of_file(path), text)
      << path << " is not what the code makes; if the code is right: BREAKWATER_REGENERATE=1 unit_config";
}

}  // namespace breakwater::config
