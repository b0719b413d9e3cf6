#include "cli/import_order.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>

namespace breakwater::cli {
namespace {

std::vector<std::string> addresses(const ImportOrder& order) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < order.size(); ++at) found.emplace_back(order.at(at).fields[0]);
  return found;
}

TEST(ImportOrder, keeps_every_field_and_its_line) {
  ImportOrder order;
  order.add(7, {"ann@x.example", "Ann", "owner", "none"});
  order.add(9, {"no sign", "", "", ""});
  order.sort();
  std::map<std::size_t, ImportOrder::Fields> rows;
  for (std::size_t at = 0; at < 2; ++at) rows[order.at(at).line] = order.at(at).fields;
  EXPECT_EQ(rows.at(7), (ImportOrder::Fields{"ann@x.example", "Ann", "owner", "none"}));
  EXPECT_EQ(rows.at(9), (ImportOrder::Fields{"no sign", "", "", ""}));
  order.clear();
  EXPECT_EQ(order.size(), 0U);
}

TEST(ImportOrder, domains_come_together_whatever_their_case) {
  ImportOrder order;
  std::size_t line = 0;
  for (const char* address :
       {"b@one.example", "a@two.example", "a@ONE.example", "c@Two.Example", "B@one.example"})
    order.add(++line, {address, "", "", ""});
  order.sort();
  const auto found = addresses(order);
  const auto where = [&](const char* address) {
    return std::find(found.begin(), found.end(), address) - found.begin();
  };
  EXPECT_EQ(where("b@one.example"), where("a@ONE.example") + 1);
  EXPECT_EQ(where("B@one.example"), where("b@one.example") + 1) << "the later row comes later";
  EXPECT_EQ(where("c@Two.Example"), where("a@two.example") + 1);
}

TEST(ImportOrder, nothing_is_lost_and_a_domain_is_one_stretch) {
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<std::uint8_t, std::uint8_t>>& given) {
    ImportOrder order;
    std::multiset<std::string> expected;
    std::size_t line = 0;
    for (const auto& [local, domain] : given) {
      const std::string address = std::to_string(local % 20) + "@d" + std::to_string(domain % 5) + ".example";
      expected.insert(address);
      order.add(++line, {address, "", "", ""});
    }
    order.sort();
    const auto found = addresses(order);
    RC_ASSERT(std::multiset<std::string>(found.begin(), found.end()) == expected);
    std::set<std::string> ended;
    for (std::size_t at = 1; at < found.size(); ++at) {
      const std::string before = found[at - 1].substr(found[at - 1].find('@'));
      const std::string here = found[at].substr(found[at].find('@'));
      if (before != here) ended.insert(before);
      RC_ASSERT(!ended.contains(here));
      if (found[at] == found[at - 1]) RC_ASSERT(order.at(at).line > order.at(at - 1).line);
    }
  }));
}

}  // namespace
}  // namespace breakwater::cli
