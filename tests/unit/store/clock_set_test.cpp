// The clock was set under what waits.
#include "store/clock_set.h"

#include <gtest/gtest.h>

#include "scratch.h"
#include "store/bounces.h"
#include "store/directory.h"
#include "store/hold.h"
#include "store/member_orders.h"
#include "store/subscriptions.h"
#include "store/sync_offers.h"

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
    ASSERT_TRUE(add_member_orders(db(), {.digest = std::string(32, 'o'),
                                         .list = ListId{1},
                                         .person = "ann@example.org",
                                         .orders = "remove bob@example.org\n",
                                         .expires = kNow + hours{168}}));
    ASSERT_TRUE(add_sync_offer(db(),
                               {.digest = std::string(32, 's'),
                                .list = ListId{1},
                                .person = "ann@example.org",
                                .plan = "5-1",
                                .expires = kNow + hours{336}},
                               kNow));
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
    EXPECT_EQ(instant("SELECT expires FROM member_order"), kNow + hours{168} + by);
    EXPECT_EQ(instant("SELECT expires FROM sync_offer"), kNow + hours{336} + by);
    EXPECT_EQ(instant("SELECT due FROM slice WHERE posting = 1"), due + std::min(by, hours{0}));
    database_.sql("UPDATE slice SET due = " + std::to_string(to_ms(due)));
    ASSERT_TRUE(move_deadlines(db(), -by));
    database_.sql("UPDATE slice SET due = " + std::to_string(to_ms(due)));
  }
}

TEST_F(ClockSet, NobodyWaitsLongerThanTheSchedule) {
  database_.sql("UPDATE slice SET due = " + std::to_string(to_ms(kNow + hours{4})));
  const LongestWaits longest{.retry = hours{4}, .give_up = hours{200}};
  EXPECT_EQ(bound_waits(db(), kNow, longest).value(), 0);
  EXPECT_EQ(bound_waits(db(), kNow - hours{1}, longest).value(), 1) << "the open one, not the held one";
  EXPECT_EQ(instant("SELECT due FROM slice WHERE posting = 1"), kNow - hours{1});
  EXPECT_EQ(instant("SELECT due FROM slice WHERE posting = 2"), kNow + hours{4});
}

// docs/operations.md: the clock was years ahead, and is set right while the server is down.
TEST_F(ClockSet, NothingWaitsForYearsAfterTheClockWasSetBackWhileTheServerWasDown) {
  database_.sql("UPDATE posting SET warned = received, state = 1, finished = received WHERE id = 1");
  database_.sql("UPDATE posting SET warned = received WHERE id = 2");
  database_.sql("INSERT INTO held_letter VALUES (1, " + std::to_string(to_ms(kNow)) + ")");
  const Membership who{ListId{1}, find_address(db(), "m0@example.org").value().value()};
  ASSERT_TRUE(put_bounce_watch(db(), who, {lists::Stage::probe_sent, kNow, PostingId{9}, kNow + hours{168}}));
  ASSERT_TRUE(add_bounce_news(db(), who.list, who.address, {}, kNow));
  ASSERT_TRUE(put_request_tally(db(), "ann@example.org", "1 2 3", kNow + hours{24}));
  ASSERT_TRUE(put_subscription(db(), who.list, who.address, lists::Subscription::confirming, kNow,
                               kNow + hours{168}));
  const Instant now = kNow - hours{24 * 3650};
  ASSERT_TRUE(bound_waits(db(), now,
                          {.retry = hours{4},
                           .give_up = hours{120},
                           .held = hours{72},
                           .token = hours{336},
                           .request = hours{168},
                           .probe = hours{168}}));
  EXPECT_EQ(instant("SELECT max(due) FROM slice WHERE state = 0"), now);
  EXPECT_EQ(instant("SELECT max(expires) FROM slice WHERE state = 0"), now + hours{120});
  EXPECT_LE(instant("SELECT max(expires) FROM slice"), now + hours{120});
  EXPECT_EQ(instant("SELECT until FROM posting WHERE id = 2"), now + hours{72});
  EXPECT_EQ(instant("SELECT max(received) FROM posting WHERE state = 3"), now);
  EXPECT_EQ(instant("SELECT max(warned) FROM posting WHERE state = 3"), now);
  EXPECT_EQ(instant("SELECT max(finished) FROM posting"), now) << "pruned in a month";
  EXPECT_EQ(instant("SELECT told FROM held_letter"), now);
  EXPECT_EQ(instant("SELECT expires FROM token"), now + hours{336});
  EXPECT_EQ(instant("SELECT expires FROM member_order"), now + hours{336});
  EXPECT_EQ(instant("SELECT expires FROM sync_offer"), now + hours{336});
  EXPECT_EQ(instant("SELECT due FROM bounce_watch"), now + hours{168});
  EXPECT_EQ(instant("SELECT since FROM bounce_watch"), now);
  EXPECT_EQ(instant("SELECT due FROM bounce_letter"), now + kBetweenLetters);
  EXPECT_EQ(instant("SELECT due FROM subscription"), now + hours{168});
  EXPECT_EQ(database_.number("SELECT count(*) FROM request_tally"), 0);
}

}  // namespace
}  // namespace breakwater::store
