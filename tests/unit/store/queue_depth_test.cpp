#include <gtest/gtest.h>

#include "scratch.h"
#include "store/hold.h"
#include "store/ledger.h"

namespace breakwater::store {
namespace {

TEST(QueueDepth, EachRouteWithItsRecipientsAndItsOldestPosting) {
  Database database;
  Connection& db = database.connection();
  EXPECT_TRUE(queue_by_route(db).value().empty());
  ASSERT_TRUE(add_list_with_members(db, 4, "a.example"));
  ASSERT_TRUE(add_list_with_members(db, 3, "b.example"));
  const auto by_mx = [](std::string_view domain) { return "world:" + std::string(domain); };
  const auto one_office = [](std::string_view domain) {
    return domain == "a.example" ? std::string("office") : "world:" + std::string(domain);
  };
  ASSERT_TRUE(add_posting_to_list(db, 1, 2, one_office));
  ASSERT_TRUE(add_posting_to_list(db, 2, 100, by_mx));
  database.sql("UPDATE posting SET received = received + 5000 WHERE id = 2");
  const auto lines = queue_by_route(db).value();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].route, "office");
  EXPECT_EQ(lines[0].remaining, 4);
  EXPECT_EQ(lines[0].oldest, kNow);
  EXPECT_EQ(lines[1].route, "world");
  EXPECT_EQ(lines[1].remaining, 10);
  EXPECT_EQ(lines[1].oldest, kNow);
  ASSERT_TRUE(drop(db, PostingId{1}, kNow, ""));
  const auto left = queue_by_route(db).value();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].remaining, 7);
  EXPECT_EQ(left[0].oldest, kNow + std::chrono::seconds{5});
}

TEST(QueueDepth, WhatIsHeldDoesNotWaitForARoute) {
  Database database;
  Connection& db = database.connection();
  ASSERT_TRUE(add_list_with_members(db, 4));
  MemberRows rows(db);
  const auto audience = lists::expand(rows, ListId{1}, to_office, 2).value();
  ASSERT_TRUE(add_message(db, {MessageId{1}, "x", kNow}));
  ASSERT_TRUE(add_held(db, make_posting(1), &audience));
  EXPECT_TRUE(queue_by_route(db).value().empty());
}

}  // namespace
}  // namespace breakwater::store
