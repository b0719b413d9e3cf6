#include "store/dsn_request.h"

#include <gtest/gtest.h>

#include "scratch.h"

namespace breakwater::store {
namespace {

TEST(DsnRequest, IsKeptWithItsPostingAndGoesWithIt) {
  Database database;
  Connection& db = database.connection();
  ASSERT_TRUE(add_message(db, {MessageId{1}, "From: a\r\n\r\n", kNow}));
  for (const std::int64_t id : {1, 2, 3}) {
    Posting posting = make_posting(id);
    posting.message = MessageId{1};
    ASSERT_TRUE(add_posting(db, posting, {}, kNow));
  }
  ASSERT_TRUE(add_dsn_request(db, PostingId{1}, {"rfc822;chief@old.example", false}));
  ASSERT_TRUE(add_dsn_request(db, PostingId{2}, {"", true}));
  ASSERT_TRUE(add_dsn_request(db, PostingId{3}, {}));
  EXPECT_EQ(dsn_request(db, PostingId{1})->orcpt, "rfc822;chief@old.example");
  EXPECT_FALSE(dsn_request(db, PostingId{1})->whole);
  EXPECT_TRUE(dsn_request(db, PostingId{2})->whole);
  EXPECT_FALSE(dsn_request(db, PostingId{3})->whole);
  EXPECT_EQ(database.number("SELECT count(*) FROM dsn_request"), 2) << "what asks for nothing costs nothing";
  ASSERT_EQ(prune(db, kNow + std::chrono::hours{1}, 10).value(), 3);
  EXPECT_EQ(database.number("SELECT count(*) FROM dsn_request"), 0);
}

}  // namespace
}  // namespace breakwater::store
