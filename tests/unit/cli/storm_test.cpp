#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/storm_guard.h"
#include "cli/storm_simulate.h"
#include "cli/storm_table.h"

namespace breakwater::cli {
namespace {

TEST(StormTable, has_the_numbers_by_the_names_that_are_documented) {
  opponents::StormTally tally;
  tally.members = 10;
  tally.came(from_ms(1'000'000));
  tally.sent(from_ms(1'000'000));
  EXPECT_TRUE(boost::json::serialize(tally_json(tally))
                  .starts_with(R"({"messages":1,"fanouts":1,"deliveries":10,"held":0,"opened_at":null,)"));
  tally.came(from_ms(1'060'000));
  tally.opened(from_ms(1'060'000));
  ++tally.held;
  EXPECT_TRUE(
      boost::json::serialize(tally_json(tally))
          .starts_with(
              R"({"messages":2,"fanouts":1,"deliveries":10,"held":1,"opened_at":1060,"opened_after":1,)"));
  EXPECT_EQ(tally_json(tally).at("spared"), 10);
}

TEST(StormTable, wraps_words_and_never_cuts_them) {
  EXPECT_EQ(wrapped("one two three", 9, "  "), "  one two\n  three\n");
  EXPECT_EQ(wrapped("unbreakable", 4, ""), "unbreakable\n");
  EXPECT_EQ(wrapped("", 4, "  "), "");
}

TEST(StormSimulate, puts_seven_rules_beside_each_other) {
  const auto rows = simulate(*opponents::find_storm("nhs-2016"), 850'000, 1);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 7U);
  EXPECT_EQ(rows->front().tally.deliveries(), 68'850'000);
  EXPECT_EQ(rows->front().name, "no guard");
  EXPECT_EQ(rows->back().tally.deliveries(), 850'000);
  const auto json = rules_json(*rows);
  EXPECT_EQ(json.at(0).as_object().begin()->key(), "rule");
}

class ListFile {
 public:
  explicit ListFile(const std::string& text) {
    folder_ = std::filesystem::temp_directory_path() / "breakwater-storm-XXXXXX";
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    std::ofstream(name()) << text;
  }
  ~ListFile() { std::filesystem::remove_all(folder_); }
  std::string name() const { return folder_ + "/tech.toml"; }

 private:
  std::string folder_;
};

TEST(StormGuard, takes_policy_and_owners_from_a_lists_file) {
  const ListFile file(
      "domain = \"lists.example\"\nowners = [\"Ann@Example.org\"]\n[guard]\nconfirm_above = 77\n");
  const auto read = read_storm_policy(file.name());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->policy.confirm_above, 77);
  EXPECT_TRUE(read->trusted.contains("ann@example.org"));
}

TEST(StormGuard, says_that_a_file_is_no_lists_file) {
  const ListFile file("domain = 7\n");
  EXPECT_FALSE(read_storm_policy(file.name()));
  EXPECT_FALSE(read_storm_policy("/nonexistent/tech.toml"));
}

}  // namespace
}  // namespace breakwater::cli
