#include "store/spool.h"

#include <gtest/gtest.h>

#include "scratch.h"

namespace breakwater::store {
namespace {

class Spool : public ::testing::Test {
 protected:
  Connection& db() { return database_.connection(); }
  Database database_;
};

lists::Audience audience_of(std::uint32_t slices, std::uint32_t each) {
  lists::Audience audience;
  std::uint32_t serial = 1;
  for (std::uint32_t number = 0; number < slices; ++number) {
    std::vector<AddressId> ids;
    for (std::uint32_t at = 0; at < each; ++at) ids.push_back(make_address_id(DomainId{1}, serial++));
    audience.slices.push_back({"office", queue::pack_ids(ids), each});
  }
  audience.recipients = std::int64_t{slices} * each;
  return audience;
}

TEST_F(Spool, APostingComesBackAsItWasWritten) {
  const std::string bytes("From: a\r\n\r\n\0\xff.\r\n", 16);
  ASSERT_TRUE(add_message(db(), {MessageId{7}, bytes, kNow}));
  Posting posting = make_posting(9);
  posting.message = MessageId{7};
  posting.kind = PostingKind::owner;
  posting.envid = "QQ314159";
  posting.peer = "[192.0.2.1]";
  posting.verdict = "distribute";
  posting.reason = "a member may post";
  ASSERT_TRUE(add_posting(db(), posting, audience_of(3, 10), kNow + std::chrono::hours{1}));
  EXPECT_EQ(message_bytes(db(), MessageId{7}).value(), bytes);
  const auto found = store::posting(db(), PostingId{9}).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->message, MessageId{7});
  EXPECT_EQ(found->kind, PostingKind::owner);
  EXPECT_EQ(found->list, ListId{1});
  EXPECT_EQ(found->list_address, posting.list_address);
  EXPECT_EQ(found->sender, posting.sender);
  EXPECT_EQ(found->reverse_path, posting.reverse_path);
  EXPECT_EQ(found->envid, posting.envid);
  EXPECT_EQ(found->message_id, posting.message_id);
  EXPECT_EQ(found->subject, posting.subject);
  EXPECT_EQ(found->peer, posting.peer);
  EXPECT_EQ(found->verdict, posting.verdict);
  EXPECT_EQ(found->reason, posting.reason);
  EXPECT_EQ(found->state, PostingState::pending);
  EXPECT_EQ(found->received, kNow);
  EXPECT_EQ(found->size, 7);
  EXPECT_EQ(found->recipients, 30);
  EXPECT_FALSE(store::posting(db(), PostingId{8}).value());
  EXPECT_EQ(message_bytes(db(), MessageId{8}).error().fault, Fault::not_found);

  const auto slices = open_slices(db(), PostingId{9}, 0, 10).value();
  ASSERT_EQ(slices.size(), 3U);
  EXPECT_EQ(slices[2].key.number, 2U);
  EXPECT_EQ(slices[2].due, kNow);
  EXPECT_EQ(slices[2].count, 10U);
  EXPECT_EQ(slices[2].remaining, 10U);
  const auto slice = store::slice(db(), {PostingId{9}, 1}).value();
  ASSERT_TRUE(slice);
  EXPECT_EQ(slice->ids.front(), make_address_id(DomainId{1}, 11));
  EXPECT_EQ(slice->expires, kNow + std::chrono::hours{1});
  EXPECT_EQ(slice->settled.count(), 0U);
}

TEST_F(Spool, APostingToNobodyIsDone) {
  ASSERT_TRUE(add_message(db(), {MessageId{1}, "x", kNow}));
  ASSERT_TRUE(add_posting(db(), make_posting(1), {}, kNow));
  EXPECT_EQ(posting(db(), PostingId{1}).value()->state, PostingState::done);
  EXPECT_TRUE(open_postings(db()).value().empty());
  EXPECT_EQ(prune(db(), kNow + std::chrono::seconds{1}, 10).value(), 1);
}

TEST_F(Spool, APostingNeedsItsMessageAndAnIdOfItsOwn) {
  EXPECT_FALSE(add_posting(db(), make_posting(1), {}, kNow));
  ASSERT_TRUE(add_message(db(), {MessageId{1}, "x", kNow}));
  ASSERT_TRUE(add_posting(db(), make_posting(1), {}, kNow));
  EXPECT_EQ(add_posting(db(), make_posting(1), {}, kNow).error().fault, Fault::exists);
  EXPECT_EQ(add_message(db(), {MessageId{1}, "x", kNow}).error().fault, Fault::exists);
}

TEST_F(Spool, ListingsAreNewestFirst) {
  ASSERT_TRUE(add_message(db(), {MessageId{1}, "x", kNow}));
  for (std::int64_t id = 1; id <= 6; ++id) {
    Posting posting = make_posting(id);
    posting.message = MessageId{1};
    posting.list_address = id % 2 == 0 ? "even@lists.example" : "odd@lists.example";
    ASSERT_TRUE(add_posting(db(), posting, id <= 3 ? lists::Audience() : audience_of(1, 1), kNow));
  }
  const auto ids = [&](const char* list, bool unfinished, std::size_t limit) {
    std::vector<std::int64_t> found;
    for (const Posting& each : postings(db(), list, unfinished, limit).value())
      found.push_back(each.id.value);
    return found;
  };
  EXPECT_EQ(ids("", false, 4), (std::vector<std::int64_t>{6, 5, 4, 3}));
  EXPECT_EQ(ids("", true, 9), (std::vector<std::int64_t>{6, 5, 4}));
  EXPECT_EQ(ids("even@lists.example", false, 9), (std::vector<std::int64_t>{6, 4, 2}));
  EXPECT_EQ(ids("even@lists.example", true, 9), (std::vector<std::int64_t>{6, 4}));
  EXPECT_EQ(open_postings(db()).value(), (std::vector{PostingId{4}, PostingId{5}, PostingId{6}}));
}

TEST_F(Spool, AMessageIdIsKnownToItsListOnly) {
  ASSERT_TRUE(add_message(db(), {MessageId{1}, "x", kNow}));
  ASSERT_TRUE(add_posting(db(), make_posting(1), {}, kNow));
  Posting to_owner = make_posting(2);
  to_owner.message = MessageId{1};
  to_owner.kind = PostingKind::owner;
  ASSERT_TRUE(add_posting(db(), to_owner, {}, kNow));
  EXPECT_TRUE(seen_message_id(db(), ListId{1}, "<1@example.org>").value());
  EXPECT_FALSE(seen_message_id(db(), ListId{2}, "<1@example.org>").value());
  EXPECT_FALSE(seen_message_id(db(), ListId{1}, "<2@example.org>").value())
      << "the owner got it, not the list";
  EXPECT_FALSE(seen_message_id(db(), ListId{1}, "").value());
}

TEST_F(Spool, RefusalsAreKeptUpToALimit) {
  database_.sql("BEGIN");
  for (std::int64_t id = 1; id <= 100'005; ++id) {
    ASSERT_TRUE(add_refusal(db(), {RefusalId{id * 10}, kNow, "p", "s", "r", "550", "because"}));
  }
  database_.sql("COMMIT");
  EXPECT_EQ(database_.number("SELECT count(*) FROM refusal"), 100'000);
  EXPECT_FALSE(refusal(db(), RefusalId{50}).value());
  const auto found = refusal(db(), RefusalId{60}).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->reason, "because");
  EXPECT_EQ(found->reply, "550");
}

TEST_F(Spool, PruningTakesWhatIsFinishedAndAMessageWithItsLastPosting) {
  ASSERT_TRUE(add_message(db(), {MessageId{1}, "x", kNow}));
  for (std::int64_t id = 1; id <= 3; ++id) {
    Posting posting = make_posting(id);
    posting.message = MessageId{1};
    ASSERT_TRUE(add_posting(db(), posting, id == 3 ? audience_of(2, 5) : lists::Audience(), kNow));
  }
  EXPECT_EQ(prune(db(), kNow, 10).value(), 0) << "not finished before now";
  EXPECT_EQ(prune(db(), kNow + std::chrono::hours{1}, 1).value(), 1) << "bounded";
  EXPECT_EQ(prune(db(), kNow + std::chrono::hours{1}, 10).value(), 1);
  EXPECT_TRUE(posting(db(), PostingId{3}).value()) << "it has recipients still to do";
  EXPECT_TRUE(message_bytes(db(), MessageId{1}));
  ASSERT_TRUE(drop(db(), PostingId{3}, kNow, "no more"));
  EXPECT_EQ(prune(db(), kNow + std::chrono::hours{1}, 10).value(), 1);
  for (const char* table : {"message", "posting", "slice", "handover", "bounce"}) {
    EXPECT_EQ(database_.number(std::string("SELECT count(*) FROM ") + table), 0) << table;
  }
}

}  // namespace
}  // namespace breakwater::store
