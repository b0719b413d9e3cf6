// What people write who come from other list managers.
#include "lists/command_habits.h"

#include <gtest/gtest.h>

namespace breakwater::lists {
namespace {

TEST(CommandHabits, a_word_names_this_list_or_another_or_none) {
  ListsByAddress lists;
  for (const auto& [name, domain] : {std::pair("tech", "lists.example"), std::pair("news", "lists.example"),
                                     std::pair("far", "b.example")}) {
    List list;
    list.name = name;
    list.domain = domain;
    lists.emplace(list.address(), list);
  }
  const CommandPlace here{&lists.at("tech@lists.example"), &lists};
  for (const char* own : {"tech", "TECH", "tech@lists.example", "Tech@Lists.Example"})
    EXPECT_TRUE(list_named(own, here).own) << own;
  EXPECT_EQ(list_named("News", here).elsewhere, "news-request@lists.example");
  EXPECT_EQ(list_named("far@b.example", here).elsewhere, "far-request@b.example");
  for (const char* none : {"far", "ann@lists.example", "", "@", "tech-join", "tech@b.example"}) {
    EXPECT_FALSE(list_named(none, here).own) << none;
    EXPECT_EQ(list_named(none, here).elsewhere, "") << none;
  }
  EXPECT_FALSE(list_named("tech", {}).own);
}

}  // namespace
}  // namespace breakwater::lists
