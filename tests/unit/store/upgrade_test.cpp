// A database that an earlier release made, with mail in it, under today's program.
#include <gtest/gtest.h>

#include <map>

#include "queue/handover_log.h"
#include "scratch.h"
#include "store/digest_newcomers.h"
#include "store/digests.h"
#include "store/hold.h"
#include "store/migrations.h"

namespace breakwater::store {
namespace {

// As it stood before the storm guard: written in plain SQL, since today's code writes today's columns.
constexpr const char* kOldRows = R"(
INSERT INTO domain VALUES (1, 'lists.example', 2), (2, 'example.org', 4);
INSERT INTO address VALUES (4294967297, 'tech@lists.example', 'tech@lists.example'),
  (8589934593, 'm1@example.org', 'm1@example.org'), (8589934594, 'm2@example.org', 'm2@example.org'),
  (8589934595, 'm3@example.org', 'm3@example.org');
INSERT INTO list VALUES (1, 4294967297, 1789000000000);
INSERT INTO member VALUES (1, 0, 8589934593, 0, '', 0), (1, 0, 8589934594, 0, '', 0),
  (1, 0, 8589934595, 0, '', 0);
INSERT INTO message VALUES (1, 1789000000000, x'61'), (2, 1789000000000, x'62'), (3, 1789000000000, x'63');
INSERT INTO posting VALUES
  (1, 1, 0, 1, 'tech@lists.example', 'ann@example.org', 'ann@example.org', '', '<1@example.org>', 'one', 'p',
   'distribute', '', 1, 1789000000000, 1, 3, 3, 0, 0, 1789000001000),
  (2, 2, 0, 1, 'tech@lists.example', 'ann@example.org', 'ann@example.org', '', '<2@example.org>', 'two', 'p',
   'distribute', '', 0, 1789000000000, 1, 3, 0, 0, 0, NULL),
  (3, 3, 0, 1, 'tech@lists.example', 'ann@example.org', 'ann@example.org', '', '<3@example.org>', 'three',
   'p', 'distribute', '', 2, 1789000000000, 1, 3, 0, 0, 0, 1789000002000);
INSERT INTO slice VALUES (2, 0, 0, 'office', 3, 3, 0, 0, 1789000000000, 1799000000000, '', x'00',
  x'81808080200101');
)";

TEST(Upgrade, ADatabaseOfTheFirstReleaseKeepsItsMail) {
  const Scratch scratch;
  {
    std::filesystem::create_directory(scratch.data());
    auto db = Connection::open(scratch.database(), Connection::Access::read_write).value();
    ASSERT_TRUE(migrate(*db, built_in_migrations().first(1), kNow));
    ASSERT_TRUE(db->execute(kOldRows)) << db->last_error("filling").what;
  }
  const auto store = open_store(scratch.data());
  ASSERT_TRUE(store->write_and_wait([](Connection& db) -> Result<void> {
    EXPECT_EQ(open_postings(db).value(), std::vector{PostingId{2}});
    EXPECT_EQ(open_slices(db, PostingId{2}, 0, 10).value().size(), 1U);
    std::map<std::string, int> states;
    EXPECT_TRUE(trace(db, PostingId{2}, [&](const TraceRow& row) { ++states[row.mailbox + row.state]; }));
    EXPECT_EQ(states.size(), 3U);
    EXPECT_EQ(states["m3@example.orgqueued"], 1);
    const auto old = postings(db, "", false, 10);
    EXPECT_TRUE(old) << old.error().what;
    for (const Posting& posting : *old) {
      EXPECT_EQ(posting.thread, "");
      EXPECT_EQ(posting.approvals, 0);
      EXPECT_FALSE(posting.until);
      EXPECT_EQ(posting.verdict, "distribute");
    }
    EXPECT_EQ(old->at(0).state, PostingState::dropped);
    EXPECT_EQ(old->at(2).state, PostingState::done);
    EXPECT_TRUE(held(db, {}, 10).value().empty());
    EXPECT_TRUE(frozen_lists(db).value().empty());
    Posting late = make_posting(4);
    late.message = MessageId{2};
    if (auto added = add_held(db, late, nullptr); !added) return added;
    EXPECT_EQ(held(db, {}, 10).value().size(), 1U);
    EXPECT_EQ(prune(db, kNow, 10).value(), 2) << "what was finished";
    EXPECT_TRUE(message_bytes(db, MessageId{2}));
    return {};
  }));
}

TEST(Upgrade, WhatWasHeldBeforeIsCounted) {
  const Scratch scratch;
  {
    std::filesystem::create_directory(scratch.data());
    auto db = Connection::open(scratch.database(), Connection::Access::read_write).value();
    ASSERT_TRUE(migrate(*db, built_in_migrations().first(1), kNow));
    ASSERT_TRUE(db->execute(kOldRows)) << db->last_error("filling").what;
    ASSERT_TRUE(migrate(*db, built_in_migrations().first(4), kNow));
    ASSERT_TRUE(
        db->execute("UPDATE posting SET state = 3, verdict = 'confirm', sender = 'Ann@Example.org',"
                    " size = 5 * id WHERE id <> 2"));
  }
  const auto store = open_store(scratch.data());
  ASSERT_TRUE(store->write_and_wait([](Connection& db) -> Result<void> {
    EXPECT_EQ(count_held(db, ListId{1}).value().postings, 2);
    EXPECT_EQ(count_held(db, ListId{1}).value().bytes, 20);
    EXPECT_EQ(count_awaiting(db, "ann@example.org").value(), 2);
    EXPECT_TRUE(discard_held(db, PostingId{1}, kNow, "").value());
    EXPECT_EQ(count_held(db, ListId{1}).value().postings, 1);
    return {};
  }));
}

TEST(Upgrade, WhoCameWhileADigestWasCollectedIsBehindWhatWasPostedBefore) {
  const Scratch scratch;
  {
    std::filesystem::create_directory(scratch.data());
    auto db = Connection::open(scratch.database(), Connection::Access::read_write).value();
    ASSERT_TRUE(migrate(*db, built_in_migrations().first(1), kNow));
    ASSERT_TRUE(db->execute(kOldRows)) << db->last_error("filling").what;
    ASSERT_TRUE(migrate(*db, built_in_migrations().first(16), kNow));
    ASSERT_TRUE(
        db->execute("INSERT INTO digest_waiting VALUES (4, 1, 1, 10, 1000), (5, 1, 2, 20, 2000);"
                    "UPDATE member SET since = 1500 WHERE address_id = 8589934594;"
                    "UPDATE member SET since = 2001 WHERE address_id = 8589934595"));
  }
  const auto store = open_store(scratch.data());
  ASSERT_TRUE(store->write_and_wait([](Connection& db) -> Result<void> {
    const auto lists = nesting(db, ListId{1}, kNow).value();
    EXPECT_EQ(came_behind(db, lists, AddressId{8589934593}).value(), 0);
    EXPECT_EQ(came_behind(db, lists, AddressId{8589934594}).value(), 4);
    EXPECT_EQ(came_behind(db, lists, AddressId{8589934595}).value(), 5);
    EXPECT_EQ(waiting_for_digest(db, ListId{1}, 4, 9).value().at(0).size, 20U);
    if (auto ended = end_waiting(db, ListId{1}, 5); !ended) return ended;
    if (auto waits = await_digest(db, ListId{1}, PostingId{3}, 30, kNow); !waits) return waits;
    EXPECT_EQ(waiting_for_digest(db, ListId{1}, 0, 9).value().at(0).number, 6) << "none comes again";
    return {};
  }));
}

}  // namespace
}  // namespace breakwater::store
