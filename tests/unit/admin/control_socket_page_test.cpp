// docs/control-socket.md has a row for each command of the desk, and for no other.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include "admin/desk.h"

namespace breakwater::admin {
namespace {

TEST(ControlSocketPage, NamesEachCommandAndNoOther) {
  std::ifstream file(BREAKWATER_SOURCE_DIR "/docs/control-socket.md");
  const std::vector<std::string> known = Desk::commands();
  std::vector<std::string> named;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    const std::string cell = line.substr(0, line.find('|', 1));
    const std::regex code("`([a-z.-]+)`");
    for (std::sregex_iterator at(cell.begin(), cell.end(), code), end; at != end; ++at)
      named.push_back((*at)[1].str());
  }
  EXPECT_TRUE(std::is_permutation(named.begin(), named.end(), known.begin(), known.end()));
  for (const std::string& command : known)
    EXPECT_EQ(std::count(named.begin(), named.end(), command), 1) << command;
}

}  // namespace
}  // namespace breakwater::admin
