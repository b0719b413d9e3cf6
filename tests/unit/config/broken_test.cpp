// Each folder in broken/ is a configuration with something wrong, and expected.txt what is said about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include "config/config.h"
#include "regenerate.h"

namespace breakwater::config {
namespace {

namespace fs = std::filesystem;

const fs::path broken_folder = fs::path(BREAKWATER_SOURCE_DIR) / "tests/unit/config/broken";

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(broken_folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

class Broken : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    before_ = fs::current_path();
    fs::current_path(broken_folder / GetParam());  // so that messages name files as an administrator would
  }
  void TearDown() override { fs::current_path(before_); }

 private:
  fs::path before_;
};

TEST_P(Broken, SaysAllThatIsWrong) {
  const Loaded loaded = load("breakwater.toml");
  EXPECT_EQ(loaded.config, nullptr);
  ASSERT_FALSE(loaded.problems.empty());
  std::string text;
  for (const Problem& problem : loaded.problems) text += problem.text() + "\n";
  expect_file("expected.txt", text);
}

TEST_P(Broken, ProblemsAreInOrderAndPointIntoTheirLine) {
  const Loaded loaded = load("breakwater.toml");
  const auto order = [](const Problem& a, const Problem& b) {
    const bool a_list = a.file != "breakwater.toml", b_list = b.file != "breakwater.toml";
    return std::tie(a_list, a.file, a.line, a.column) < std::tie(b_list, b.file, b.line, b.column);
  };
  EXPECT_TRUE(std::is_sorted(loaded.problems.begin(), loaded.problems.end(), order));
  for (const Problem& problem : loaded.problems) {
    EXPECT_FALSE(problem.what.empty());
    EXPECT_THAT(problem.text(), testing::Not(testing::HasSubstr("secret")));
    if (problem.line > 0) {
      EXPECT_GE(problem.column, 1U);
      EXPECT_LE(problem.column, problem.excerpt.size() + 1) << problem.text();  // all lines are short
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Configurations, Broken, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param; });

TEST(BrokenFolder, IsThere) { EXPECT_GE(cases().size(), 24U); }

}  // namespace
}  // namespace breakwater::config
