#include "store/hold.h"

#include <gtest/gtest.h>

#include <map>

#include "scratch.h"

namespace breakwater::store {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class Hold : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(add_list_with_members(db(), 5)); }
  Connection& db() { return database_.connection(); }
  lists::Audience audience(std::uint32_t slice_size = 2) {
    MemberRows rows(db());
    return lists::expand(rows, ListId{1}, to_office, slice_size).value();
  }
  static Posting reply(std::int64_t id) {
    Posting posting = make_posting(id);
    posting.verdict = "hold";
    posting.reason = "a storm is on";
    posting.thread = "t1";
    posting.recipients = 5;
    return posting;
  }
  void hold(const Posting& posting, const lists::Audience* frozen = nullptr) {
    ASSERT_TRUE(add_message(db(), {posting.message, "message", kNow}));
    ASSERT_TRUE(add_held(db(), posting, frozen));
  }
  std::vector<std::int64_t> ids(const std::vector<Posting>& postings) {
    std::vector<std::int64_t> found;
    for (const Posting& posting : postings) found.push_back(posting.id.value);
    return found;
  }
  std::map<std::string, int> states(std::int64_t id) {
    std::map<std::string, int> found;
    EXPECT_TRUE(trace(db(), PostingId{id}, [&](const TraceRow& row) { ++found[row.state]; }));
    return found;
  }
  Database database_;
};

TEST_F(Hold, AHeldPostingComesBackAsItWasWritten) {
  Posting posting = reply(1);
  posting.approvals = 2;
  posting.until = kNow + hours{3};
  hold(posting);
  const auto found = store::posting(db(), PostingId{1}).value().value();
  EXPECT_EQ(found.state, PostingState::held);
  EXPECT_EQ(found.thread, "t1");
  EXPECT_EQ(found.approvals, 2);
  EXPECT_EQ(found.until, kNow + hours{3});
  EXPECT_FALSE(found.released);
  EXPECT_EQ(found.recipients, 5);
  EXPECT_EQ(found.verdict, "hold");
  EXPECT_FALSE(has_frozen_audience(db(), PostingId{1}).value());
}

TEST_F(Hold, WhatIsHeldIsNotInTheQueue) {
  const auto frozen = audience();
  hold(reply(1), &frozen);
  EXPECT_TRUE(has_frozen_audience(db(), PostingId{1}).value());
  EXPECT_TRUE(open_postings(db()).value().empty());
  EXPECT_TRUE(open_slices(db(), PostingId{1}, 0, 10).value().empty());
  EXPECT_TRUE(queue_lines(db(), 10).value().empty());
  EXPECT_TRUE(postings(db(), "", true, 10).value().empty());
  EXPECT_EQ(ids(postings(db(), "", false, 10).value()), (std::vector<std::int64_t>{1}));
  EXPECT_TRUE(pending_of(db(), ListId{1}).value().empty());
  EXPECT_EQ(states(1), (std::map<std::string, int>{{"held", 5}}));
  EXPECT_EQ(prune(db(), kNow + hours{24 * 365}, 10).value(), 0);
}

TEST_F(Hold, WhatIsHeldIsCountedWithoutReadingIt) {
  const auto held_now = [&] {
    const HeldTotal total = count_held(db(), ListId{1}).value();
    return std::to_string(total.postings) + " with " + std::to_string(total.bytes);
  };
  EXPECT_EQ(held_now(), "0 with 0");
  const auto frozen = audience();
  for (std::int64_t id = 1; id <= 4; ++id) hold(reply(id), id == 1 ? &frozen : nullptr);
  EXPECT_EQ(held_now(), "4 with 28");
  EXPECT_EQ(count_held(db(), ListId{2}).value().postings, 0);
  ASSERT_TRUE(begin_delivery(db(), PostingId{1}, nullptr, kNow, kNow + hours{1}, "distribute", "").value());
  EXPECT_EQ(held_now(), "3 with 21");
  ASSERT_TRUE(hold_anew(db(), PostingId{2}, "moderate", "", 1, std::nullopt));
  EXPECT_EQ(held_now(), "3 with 21");
  ASSERT_TRUE(discard_held(db(), PostingId{3}, kNow, "").value());
  ASSERT_FALSE(discard_held(db(), PostingId{3}, kNow, "").value());
  EXPECT_EQ(held_now(), "2 with 14");
  ASSERT_TRUE(add_message(db(), {MessageId{5}, "message", kNow}));
  ASSERT_TRUE(add_posting(db(), make_posting(5), frozen, kNow + hours{1}).has_value());
  EXPECT_EQ(held_now(), "2 with 14");
  database_.sql("DELETE FROM posting WHERE id = 4; UPDATE posting SET state = 3 WHERE id = 3");
  EXPECT_EQ(held_now(), "2 with 14") << "whichever way it comes about";
}

TEST_F(Hold, AnotherSpellingIsTheSamePerson) {
  const char* const spellings[] = {"ann@example.org", "Ann@Example.ORG", "ANN@example.org",
                                   "bob@example.org"};
  std::int64_t id = 0;
  for (const char* sender : spellings) {
    Posting posting = reply(++id);
    posting.sender = sender;
    posting.list = ListId{1 + id % 2};
    posting.verdict = id == 2 ? "hold" : "confirm";
    hold(posting);
  }
  EXPECT_EQ(count_awaiting(db(), "ann@example.org").value(), 2) << "of all lists";
  EXPECT_EQ(count_awaiting(db(), "bob@example.org").value(), 1);
  EXPECT_EQ(count_held_of(db(), ListId{2}, "ann@example.org").value(), 2);
  EXPECT_EQ(count_held_of(db(), ListId{1}, "ann@example.org").value(), 1);
  ASSERT_TRUE(hold_anew(db(), PostingId{1}, "moderate", "", 1, std::nullopt));
  EXPECT_EQ(count_awaiting(db(), "ann@example.org").value(), 1);
  EXPECT_EQ(count_held_of(db(), ListId{2}, "ann@example.org").value(), 2);
}

TEST_F(Hold, TheQueuesHandsLeaveItAlone) {
  const auto frozen = audience();
  hold(reply(1), &frozen);
  for (const auto& refused : {drop(db(), PostingId{1}, kNow, "x"), retry_now(db(), PostingId{1}, kNow)}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::invalid);
    EXPECT_NE(refused.error().what.find("is held"), std::string::npos) << refused.error().what;
  }
  EXPECT_EQ(retry_now(db(), std::nullopt, kNow).value(), 0);
  EXPECT_EQ(states(1), (std::map<std::string, int>{{"held", 5}}));
  EXPECT_EQ(posting(db(), PostingId{1}).value()->state, PostingState::held);
}

TEST_F(Hold, ReleasedWithTheAudienceThatWasFrozenWithIt) {
  Posting posting = reply(1);
  posting.approvals = 1;
  posting.until = kNow;
  const auto frozen = audience();
  hold(posting, &frozen);
  ASSERT_TRUE(add_list_with_members(db(), 9));  // four more: they get the next one
  const Instant later = kNow + hours{5};
  ASSERT_TRUE(
      begin_delivery(db(), PostingId{1}, nullptr, later, later + hours{120}, "release", "by ann").value());
  const auto released = store::posting(db(), PostingId{1}).value().value();
  EXPECT_EQ(released.state, PostingState::pending);
  EXPECT_EQ(released.verdict, "release");
  EXPECT_EQ(released.reason, "by ann");
  EXPECT_EQ(released.recipients, 5);
  EXPECT_EQ(released.approvals, 0);
  EXPECT_FALSE(released.until);
  EXPECT_EQ(released.released, later);
  EXPECT_EQ(released.thread, "t1");
  const auto slices = open_slices(db(), PostingId{1}, 0, 10).value();
  ASSERT_EQ(slices.size(), 3U);
  for (const DueSlice& slice : slices) {
    EXPECT_EQ(slice.due, later);
    EXPECT_EQ(store::slice(db(), slice.key).value()->expires, later + hours{120});
  }
  EXPECT_EQ(open_postings(db()).value(), std::vector{PostingId{1}});
  EXPECT_EQ(states(1), (std::map<std::string, int>{{"queued", 5}}));
  EXPECT_FALSE(begin_delivery(db(), PostingId{1}, nullptr, later, later, "", "").value()) << "once";
}

TEST_F(Hold, ReleasedToAnotherAudienceThanWasFrozen) {
  const auto frozen = audience(1);
  hold(reply(1), &frozen);
  ASSERT_TRUE(add_list_with_members(db(), 9));
  const auto anew = audience(100);
  ASSERT_TRUE(begin_delivery(db(), PostingId{1}, &anew, kNow, kNow + hours{1}, "release", "").value());
  EXPECT_EQ(store::posting(db(), PostingId{1}).value()->recipients, 9);
  EXPECT_EQ(states(1), (std::map<std::string, int>{{"queued", 9}}));
  EXPECT_EQ(open_slices(db(), PostingId{1}, 0, 10).value().size(), 1U);
}

TEST_F(Hold, ReleasedWithoutAFrozenAudience) {
  hold(reply(1));
  const auto refused = begin_delivery(db(), PostingId{1}, nullptr, kNow, kNow, "release", "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::not_found);
  EXPECT_EQ(posting(db(), PostingId{1}).value()->state, PostingState::held);
  EXPECT_FALSE(begin_delivery(db(), PostingId{9}, nullptr, kNow, kNow, "", "").value()) << "there is none";
  const lists::Audience nobody;
  ASSERT_TRUE(begin_delivery(db(), PostingId{1}, &nobody, kNow, kNow, "release", "").value());
  EXPECT_EQ(posting(db(), PostingId{1}).value()->state, PostingState::done);
  EXPECT_EQ(prune(db(), kNow + hours{1}, 10).value(), 1);
}

TEST_F(Hold, HeldForAnotherReason) {
  const auto frozen = audience();
  hold(reply(1), &frozen);
  ASSERT_EQ(add_approval(db(), PostingId{1}, "mod@example.org", kNow).value(), 1);
  ASSERT_TRUE(hold_anew(db(), PostingId{1}, "confirm", "it would reach 5", 2, kNow + hours{1}));
  auto found = posting(db(), PostingId{1}).value().value();
  EXPECT_EQ(found.verdict, "confirm");
  EXPECT_EQ(found.reason, "it would reach 5");
  EXPECT_EQ(found.approvals, 2);
  EXPECT_EQ(found.until, kNow + hours{1});
  EXPECT_EQ(found.state, PostingState::held);
  ASSERT_TRUE(hold_anew(db(), PostingId{1}, "hold", "", 0, std::nullopt));
  EXPECT_FALSE(posting(db(), PostingId{1}).value()->until);
  EXPECT_TRUE(has_frozen_audience(db(), PostingId{1}).value());
  EXPECT_EQ(add_approval(db(), PostingId{1}, "ann@example.org", kNow).value(), 2);
  EXPECT_EQ(hold_anew(db(), PostingId{2}, "hold", "", 0, std::nullopt).error().fault, Fault::not_found);
}

TEST_F(Hold, DiscardedItReachesNobody) {
  const auto frozen = audience();
  hold(reply(1), &frozen);
  hold(reply(2));
  ASSERT_TRUE(add_approval(db(), PostingId{1}, "mod@example.org", kNow));
  ASSERT_TRUE(discard_held(db(), PostingId{1}, kNow, "by ann: spam").value());
  EXPECT_FALSE(discard_held(db(), PostingId{1}, kNow, "again").value());
  const auto found = posting(db(), PostingId{1}).value().value();
  EXPECT_EQ(found.state, PostingState::dropped);
  EXPECT_EQ(found.verdict, "discard");
  EXPECT_EQ(found.reason, "by ann: spam");
  EXPECT_TRUE(states(1).empty());
  EXPECT_FALSE(begin_delivery(db(), PostingId{1}, &frozen, kNow, kNow, "", "").value());
  EXPECT_EQ(drop(db(), PostingId{1}, kNow, "").value(), 0);
  EXPECT_EQ(prune(db(), kNow + hours{1}, 10).value(), 1) << "and its approvals";
  EXPECT_EQ(ids(held(db(), {}, 10).value()), (std::vector<std::int64_t>{2}));
}

TEST_F(Hold, ListingsByListThreadAndVerdict) {
  for (std::int64_t id = 1; id <= 6; ++id) {
    Posting posting = reply(id);
    posting.list = ListId{id <= 4 ? 1 : 2};
    posting.list_address = id <= 4 ? "tech@lists.example" : "all@lists.example";
    posting.thread = id % 2 == 0 ? "even" : "odd";
    posting.verdict = id == 3 ? "defer" : "hold";
    posting.recipients = id * 10;
    hold(posting);
  }
  const auto found = [&](const HeldFilter& filter, std::size_t limit) {
    return ids(held(db(), filter, limit).value());
  };
  using Ids = std::vector<std::int64_t>;
  EXPECT_EQ(found({}, 10), (Ids{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(found({}, 2), (Ids{1, 2}));
  EXPECT_EQ(found({ListId{1}, "", ""}, 10), (Ids{1, 2, 3, 4}));
  EXPECT_EQ(found({ListId{1}, "odd", ""}, 10), (Ids{1, 3}));
  EXPECT_EQ(found({ListId{}, "odd", "hold"}, 10), (Ids{1, 5}));
  EXPECT_EQ(found({ListId{2}, "", "defer"}, 10), Ids());
  EXPECT_EQ(found({ListId{1}, "odd' OR 1=1 --", ""}, 10), Ids());
  const auto counts = held_counts(db()).value();
  ASSERT_EQ(counts.size(), 3U);
  EXPECT_EQ(counts[0].list_address, "all@lists.example");
  EXPECT_EQ(counts[0].postings, 2);
  EXPECT_EQ(counts[0].spared, 110);
  EXPECT_EQ(counts[1].verdict, "defer");
  EXPECT_EQ(counts[1].spared, 30);
  EXPECT_EQ(counts[2].postings, 3);
  EXPECT_EQ(counts[2].spared, 70);
}

TEST_F(Hold, WhatIsDueIsFoundByItsTime) {
  EXPECT_FALSE(next_due(db()).value());
  for (std::int64_t id = 1; id <= 4; ++id) {
    Posting posting = reply(id);
    if (id != 2) posting.until = kNow + minutes{10 - id};
    hold(posting);
  }
  EXPECT_EQ(next_due(db()).value(), kNow + minutes{6});
  EXPECT_TRUE(held_due(db(), kNow + minutes{5}, 10).value().empty());
  EXPECT_EQ(ids(held_due(db(), kNow + minutes{7}, 10).value()), (std::vector<std::int64_t>{4, 3}));
  EXPECT_EQ(ids(held_due(db(), kNow + hours{1}, 2).value()), (std::vector<std::int64_t>{4, 3}));
  ASSERT_TRUE(discard_held(db(), PostingId{4}, kNow, ""));
  EXPECT_EQ(next_due(db()).value(), kNow + minutes{7});
}

TEST_F(Hold, APersonApprovesOnce) {
  hold(reply(1));
  EXPECT_EQ(add_approval(db(), PostingId{1}, "mod@example.org", kNow).value(), 1);
  EXPECT_EQ(add_approval(db(), PostingId{1}, "mod@example.org", kNow).value(), 1);
  EXPECT_EQ(add_approval(db(), PostingId{1}, "owner@example.org", kNow).value(), 2);
  EXPECT_EQ(add_approval(db(), PostingId{7}, "mod@example.org", kNow).error().fault, Fault::not_found);
  ASSERT_TRUE(discard_held(db(), PostingId{1}, kNow, ""));
  EXPECT_EQ(add_approval(db(), PostingId{1}, "third@example.org", kNow).error().fault, Fault::not_found);
}

TEST_F(Hold, ItsMessageIdIsKnownHeldAndDiscarded) {
  hold(reply(1));
  EXPECT_TRUE(seen_message_id(db(), ListId{1}, "<1@example.org>").value());
  EXPECT_EQ(author_of(db(), ListId{1}, "<1@example.org>").value(), "") << "nobody has it yet";
  ASSERT_TRUE(discard_held(db(), PostingId{1}, kNow, ""));
  EXPECT_TRUE(seen_message_id(db(), ListId{1}, "<1@example.org>").value());
  EXPECT_EQ(author_of(db(), ListId{1}, "<1@example.org>").value(), "") << "nobody got it";
}

TEST_F(Hold, TheAuthorOfWhatTheListDistributed) {
  ASSERT_TRUE(add_posting_to_list(db(), 1, 5));
  EXPECT_EQ(author_of(db(), ListId{1}, "<1@example.org>").value(), "ann@example.org");
  EXPECT_EQ(author_of(db(), ListId{2}, "<1@example.org>").value(), "");
  EXPECT_EQ(author_of(db(), ListId{1}, "<2@example.org>").value(), "");
  EXPECT_EQ(author_of(db(), ListId{1}, "").value(), "");
}

TEST_F(Hold, NewRoutesReachWhatIsHeld) {
  ASSERT_TRUE(add_list_with_members(db(), 3, "b.example"));
  const auto frozen = audience(100);
  hold(reply(1), &frozen);
  const auto by_domain = [](std::string_view domain) { return "mx:" + std::string(domain); };
  const auto gone = [](std::string_view route) { return route != "office"; };
  EXPECT_EQ(reroute(db(), by_domain, gone).value(), 1);
  EXPECT_TRUE(open_slices(db(), PostingId{1}, 0, 10).value().empty()) << "still held";
  EXPECT_EQ(states(1), (std::map<std::string, int>{{"held", 8}}));
  ASSERT_TRUE(begin_delivery(db(), PostingId{1}, nullptr, kNow, kNow, "release", "").value());
  const auto slices = open_slices(db(), PostingId{1}, 0, 10).value();
  ASSERT_EQ(slices.size(), 2U);
  EXPECT_EQ(slices[0].route, "mx:b.example");
  EXPECT_EQ(slices[0].remaining, 3U);
  EXPECT_EQ(states(1), (std::map<std::string, int>{{"queued", 8}}));
}

}  // namespace
}  // namespace breakwater::store
