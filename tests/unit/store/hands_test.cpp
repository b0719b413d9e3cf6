// Tokens, frozen lists and the audit trail.
#include <gtest/gtest.h>

#include "scratch.h"
#include "store/hold.h"

namespace breakwater::store {
namespace {

using std::chrono::hours;

class HandsRows : public ::testing::Test {
 protected:
  Connection& db() { return database_.connection(); }
  static Token token_of(char letter, Instant expires) {
    Token token;
    token.digest = std::string(32, letter);
    token.digest[5] = '\0';
    token.person = "ann@example.org";
    token.posting = PostingId{7};
    token.list = ListId{3};
    token.thread = "t1";
    token.moderator = true;
    token.expires = expires;
    return token;
  }
  void add_posting_of(std::int64_t id, std::int64_t list, PostingKind kind) {
    Posting posting = make_posting(id);
    posting.list = ListId{list};
    posting.kind = kind;
    ASSERT_TRUE(add_message(db(), {MessageId{id}, "x", kNow}));
    lists::Audience audience;
    audience.recipients = 1;
    audience.slices.push_back({"office", queue::pack_ids(std::vector{AddressId{1}}), 1});
    ASSERT_TRUE(add_posting(db(), posting, audience, kNow));
  }
  Database database_;
};

TEST_F(HandsRows, ATokenIsUsedOnce) {
  const Token token = token_of('a', kNow + hours{1});
  ASSERT_TRUE(add_token(db(), token));
  const auto found = find_token(db(), token.digest).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->digest, token.digest);
  EXPECT_EQ(found->person, "ann@example.org");
  EXPECT_EQ(found->posting, PostingId{7});
  EXPECT_EQ(found->list, ListId{3});
  EXPECT_EQ(found->thread, "t1");
  EXPECT_TRUE(found->moderator);
  EXPECT_EQ(found->expires, kNow + hours{1});
  EXPECT_FALSE(found->used);
  EXPECT_FALSE(find_token(db(), token.digest).value()->used) << "looking is not using";
  EXPECT_FALSE(use_token(db(), std::string(32, 'b'), kNow).value());
  EXPECT_TRUE(use_token(db(), token.digest, kNow).value());
  EXPECT_FALSE(use_token(db(), token.digest, kNow).value());
  EXPECT_TRUE(find_token(db(), token.digest).value()->used) << "its reader is told so";
  EXPECT_FALSE(find_token(db(), std::string(32, 'b')).value());
  EXPECT_EQ(add_token(db(), token).error().fault, Fault::exists);
}

TEST_F(HandsRows, ATokenExpires) {
  const Token token = token_of('a', kNow + hours{1});
  ASSERT_TRUE(add_token(db(), token));
  ASSERT_TRUE(add_token(db(), token_of('b', kNow + hours{2})));
  EXPECT_FALSE(use_token(db(), token.digest, kNow + hours{1}).value());
  EXPECT_EQ(prune_tokens(db(), kNow).value(), 0);
  const auto remembered = hours{1} + std::chrono::days{30};
  EXPECT_EQ(prune_tokens(db(), kNow + remembered - Duration{1}).value(), 0) << "its reader is told so";
  EXPECT_EQ(prune_tokens(db(), kNow + remembered).value(), 1);
  EXPECT_EQ(database_.number("SELECT count(*) FROM token"), 1);
}

TEST_F(HandsRows, OnlyADigestIsAToken) {
  Token token = token_of('a', kNow);
  token.digest.resize(31);
  EXPECT_EQ(add_token(db(), token).error().fault, Fault::invalid);
}

TEST_F(HandsRows, AListIsFrozenUntilItIsThawed) {
  EXPECT_FALSE(frozen(db(), ListId{4}).value());
  ASSERT_TRUE(freeze(db(), {ListId{4}, kNow, "uid 0", "storm"}));
  ASSERT_TRUE(freeze(db(), {ListId{2}, kNow, "uid 0", "other"}));
  ASSERT_TRUE(freeze(db(), {ListId{4}, kNow + hours{1}, "ann", "still"}));
  const auto found = frozen(db(), ListId{4}).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->since, kNow);
  EXPECT_EQ(found->actor, "ann");
  EXPECT_EQ(found->reason, "still");
  const auto all = frozen_lists(db()).value();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].list, ListId{2});
  EXPECT_TRUE(thaw(db(), ListId{4}).value());
  EXPECT_FALSE(thaw(db(), ListId{4}).value());
  EXPECT_FALSE(frozen(db(), ListId{4}).value());
}

TEST_F(HandsRows, AFreezeStopsPostingsAndNotWhatOwnersAreSent) {
  add_posting_of(1, 1, PostingKind::list);
  add_posting_of(2, 2, PostingKind::list);
  add_posting_of(3, 1, PostingKind::owner);
  add_posting_of(4, 1, PostingKind::notice);
  add_posting_of(5, 1, PostingKind::list);
  const auto pending = pending_of(db(), ListId{1}).value();
  ASSERT_EQ(pending.size(), 2U);
  EXPECT_EQ(pending[0].id, PostingId{1});
  EXPECT_EQ(pending[1].id, PostingId{5});
  EXPECT_TRUE(frozen_postings(db()).value().empty());
  ASSERT_TRUE(freeze(db(), {ListId{1}, kNow, "", ""}));
  EXPECT_EQ(frozen_postings(db()).value(), (std::vector{PostingId{1}, PostingId{5}}));
  EXPECT_EQ(open_postings(db()).value().size(), 5U) << "who leaves them out is dispatch";
  ASSERT_TRUE(drop(db(), PostingId{1}, kNow, ""));
  EXPECT_EQ(frozen_postings(db()).value(), (std::vector{PostingId{5}}));
}

TEST_F(HandsRows, TheAuditKeepsTheLastHundredThousand) {
  database_.sql("BEGIN");
  for (int at = 1; at <= 100'003; ++at) {
    const std::string list = at % 2 == 0 ? "even@lists.example" : "odd@lists.example";
    ASSERT_TRUE(
        add_audit(db(), {kNow, "uid 0", "freeze", list, PostingId{at}, "'; DROP TABLE audit; --", "done"}));
  }
  database_.sql("COMMIT");
  EXPECT_EQ(database_.number("SELECT count(*) FROM audit"), 100'000);
  EXPECT_EQ(database_.number("SELECT min(number) FROM audit"), 4);
  const auto newest = audits(db(), "", 2).value();
  ASSERT_EQ(newest.size(), 2U);
  EXPECT_EQ(newest[0].posting, PostingId{100'003});
  EXPECT_EQ(newest[0].actor, "uid 0");
  EXPECT_EQ(newest[0].action, "freeze");
  EXPECT_EQ(newest[0].reason, "'; DROP TABLE audit; --");
  EXPECT_EQ(newest[0].outcome, "done");
  EXPECT_EQ(newest[0].at, kNow);
  EXPECT_EQ(newest[1].posting, PostingId{100'002});
  const auto even = audits(db(), "even@lists.example", 2).value();
  ASSERT_EQ(even.size(), 2U);
  EXPECT_EQ(even[1].posting, PostingId{100'000});
}

}  // namespace
}  // namespace breakwater::store
