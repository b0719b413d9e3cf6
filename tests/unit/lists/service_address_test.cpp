#include "lists/service_address.h"

#include <gtest/gtest.h>

namespace breakwater::lists {
namespace {

TEST(AServiceAddress, is_a_lists_own_or_a_postmasters) {
  ListsByAddress lists;
  for (const char* name : {"tech", "new-tech"}) {
    List list;
    list.name = name;
    list.domain = "lists.example";
    lists.emplace(list.address(), list);
  }
  const auto is_one = [&](const std::string& text) {
    return is_service_address(lists, "mx.example", *mail::parse_address(text));
  };
  for (const char* one :
       {"tech-owner", "TECH-Owner", "tech-request", "tech-request+abc", "tech-bounces+x=y", "tech-join",
        "tech-subscribe", "tech-leave", "tech-unsubscribe", "tech-confirm", "tech-confirm+abc",
        "new-tech-owner", "\"tech-owner\"", "postmaster", "Postmaster"}) {
    EXPECT_TRUE(is_one(std::string(one) + "@Lists.example")) << one;
  }
  EXPECT_TRUE(is_one("postmaster@mx.example"));
  for (const char* one : {"tech@lists.example", "new-tech@lists.example", "old-owner@lists.example",
                          "tech-team@lists.example", "owner@lists.example", "-owner@lists.example",
                          "tech-owner@example.org", "postmaster@example.org", "tech-@lists.example"}) {
    EXPECT_FALSE(is_one(one)) << one;
  }
}

}  // namespace
}  // namespace breakwater::lists
