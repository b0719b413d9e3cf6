// The clock was set under what waits.
#include "store/clock_set.h"

#include <gtest/gtest.h>

#include "scratch.h"
#include "store/hold.h"

namespace breakwater::store {
namespace {

using std::chrono::hours;

class ClockSet : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(add_list_with_members(db(), 5));
    MemberRows rows(db());
    const auto audience = lists::expand(rows, ListId{1}, to_office, 5).value();
    ASSERT_TRUE(add_message(db(), {MessageId{1}, "x", kNow}));
    Posting open = make_posting(1), held = make_posting(2);
    open.message = held.message = MessageId{1};
    ASSERT_TRUE(add_posting(db(), open, audience, kNow + hours{100}));
    held.until = kNow + hours{72};
    ASSERT_TRUE(add_held(db(), held, &audience));
    ASSERT_TRUE(add_token(db(), {.digest = std::string(32, 'd'),
                                 .person = "ann@example.org",
                                 .posting = PostingId{2},
                                 .list = ListId{1},
                                 .thread = "",
                                 .expires = kNow + hours{72}}));
  }
  Connection& db() { return database_.connection(); }
  Instant instant(const std::string& query) { return from_ms(database_.number(query)); }
  Database database_;
};

TEST_F(ClockSet, DeadlinesStayAsFarAwayAsTheyWere) {
  const Instant due = instant("SELECT due FROM slice WHERE posting = 1");
  for (const hours by : {hours{120}, hours{-120}, hours{1}, hours{-1}}) {
    ASSERT_TRUE(move_deadlines(db(), by));
    EXPECT_EQ(instant("SELECT expires FROM slice WHERE posting = 1"), kNow + hours{100} + by);
    EXPECT_EQ(instant("SELECT until FROM posting WHERE id = 2"), kNow + hours{72} + by);
    EXPECT_EQ(instant("SELECT expires FROM token"), kNow + hours{72} + by);
    EXPECT_EQ(instant("SELECT due FROM slice WHERE posting = 1"), due + std::min(by, hours{0}));
    database_.sql("UPDATE slice SET due = " + std::to_string(to_ms(due)));
    ASSERT_TRUE(move_deadlines(db(), -by));
    database_.sql("UPDATE slice SET due = " + std::to_string(to_ms(due)));
  }
}

TEST_F(ClockSet, NobodyWaitsLongerThanTheSchedule) {
  database_.sql("UPDATE slice SET due = " + std::to_string(to_ms(kNow + hours{4})));
  EXPECT_EQ(bound_waits(db(), kNow, hours{4}).value(), 0);
  EXPECT_EQ(bound_waits(db(), kNow - hours{1}, hours{4}).value(), 1) << "the open one, not the held one";
  EXPECT_EQ(instant("SELECT due FROM slice WHERE posting = 1"), kNow - hours{1});
  EXPECT_EQ(instant("SELECT due FROM slice WHERE posting = 2"), kNow + hours{4});
}

}  // namespace
}  // namespace breakwater::store
