#include "cli/demo_site.h"

#include <gtest/gtest.h>

namespace breakwater::cli {
namespace {

TEST(DemoSite, nested_lists_cover_all_members_and_overlap_by_half) {
  EXPECT_TRUE(DemoSite::nested_lists(1000, 0).empty());
  for (const std::uint64_t count : {1U, 2U, 10U, 499U}) {
    for (const std::uint64_t members : {1U, 999U, 1100U, 550'000U}) {
      const auto lists = DemoSite::nested_lists(members, count);
      ASSERT_EQ(lists.size(), count);
      EXPECT_EQ(lists.front().first, 0U);
      EXPECT_EQ(lists.back().first + lists.back().members, members);
      for (std::size_t at = 1; at < count; ++at) {
        const auto middle = lists[at - 1].first + lists[at - 1].members / 2;
        EXPECT_LE(lists[at].first, middle + 1);
        EXPECT_GE(lists[at].first + 1, middle);
        EXPECT_GE(lists[at].first + lists[at].members, lists[at - 1].first + lists[at - 1].members);
      }
    }
  }
}

}  // namespace
}  // namespace breakwater::cli
