// What is held, with its n-th write failing, for n = 1, 2, ... until a run is untouched: a hand that was said
// to be done is done, with its token and its line in the audit; one that was not left no trace.
#include <gtest/gtest.h>

#include <map>

#include "faulty_vfs.h"
#include "scratch.h"
#include "store/hold.h"
#include "store/storm_memory.h"

namespace breakwater::store {
namespace {

using Failing = FaultyDisk::Failing;

constexpr int kMembers = 40;
const PostingId kReleased{1}, kDiscarded{2};

std::string digest_of(PostingId posting) { return std::string(32, static_cast<char>('a' + posting.value)); }

Result<void> hold_one(Connection& db, PostingId id) {
  MemberRows rows(db);
  auto audience = lists::expand(rows, ListId{1}, to_office, 10);
  if (!audience) return audience.error();
  Posting posting = make_posting(id.value);
  posting.verdict = "hold";
  if (auto added = add_message(db, {posting.message, std::string(5000, 'x'), kNow}); !added) return added;
  if (auto added = add_held(db, posting, &*audience); !added) return added;
  Token token;
  token.digest = digest_of(id);
  token.posting = id;
  token.expires = kNow + std::chrono::hours{1};
  if (auto added = add_token(db, token); !added) return added;
  return StormMemory(db).put(ListId{1}, storm::Kind::thread, "thread", std::to_string(id.value), kNow);
}

Result<void> use_and_note(Connection& db, PostingId id, const char* action) {
  auto used = use_token(db, digest_of(id), kNow);
  if (!used) return used.error();
  if (!*used) return error(Fault::denied, "the token is used");
  return add_audit(db, {kNow, "ann by mail", action, "tech@lists.example", id, "", ""});
}

Result<void> release_one(Connection& db) {
  auto begun = begin_delivery(db, kReleased, nullptr, kNow, kNow + std::chrono::hours{9}, "release", "ann");
  if (!begun) return begun.error();
  return use_and_note(db, kReleased, "release");
}

Result<void> discard_one(Connection& db) {
  auto gone = discard_held(db, kDiscarded, kNow, "ann");
  if (!gone) return gone.error();
  return use_and_note(db, kDiscarded, "discard");
}

Result<void> freeze_list(Connection& db) {
  if (auto done = freeze(db, {ListId{1}, kNow, "ann", "storm"}); !done) return done;
  return add_audit(db, {kNow, "ann by mail", "freeze", "tech@lists.example", PostingId{}, "storm", ""});
}

struct Told {
  bool members = false, held[2] = {false, false}, released = false, discarded = false, frozen = false;
};

Told run_scenario(const std::string& directory) {
  Told told;
  StoreOptions options;
  options.directory = directory;
  options.readers = 1;
  auto store = Store::open(options, kNow);
  if (!store) return told;
  const auto done = [&](Store::Job job) { return (*store)->write_and_wait(std::move(job)).has_value(); };
  told.members = done([](Connection& db) { return add_list_with_members(db, kMembers); });
  told.held[0] = done([](Connection& db) { return hold_one(db, kReleased); });
  told.held[1] = done([](Connection& db) { return hold_one(db, kDiscarded); });
  told.released = done(release_one);
  told.discarded = done(discard_one);
  told.frozen = done(freeze_list);
  return told;
}

std::int64_t audited(Connection& db, std::string_view action) {
  auto count = db.prepare("SELECT count(*) FROM audit WHERE action = ?1");
  count.bind(1, action);
  return count.step().value() ? count.int64(0) : -1;
}

// `acted`: what a hand made of it; it is either still held, whole, or that, whole.
void expect_whole(Connection& db, PostingId id, bool was_held, bool was_acted_on, PostingState acted,
                  const char* action) {
  SCOPED_TRACE(action);
  const auto found = posting(db, id).value();
  ASSERT_TRUE(found || !was_held) << "it was said to be held and is gone";
  const auto kept = find_token(db, digest_of(id)).value();
  const bool token = kept && !kept->used;
  std::map<std::string, int> states;
  ASSERT_TRUE(trace(db, id, [&](const TraceRow& row) { ++states[row.state]; }));
  if (!found) {
    EXPECT_FALSE(token);
    EXPECT_TRUE(states.empty());
    EXPECT_FALSE(message_bytes(db, MessageId{id.value}));
    return;
  }
  const bool done = found->state == acted;
  ASSERT_TRUE(done || found->state == PostingState::held);
  ASSERT_TRUE(done || !was_acted_on) << "the hand was said to be done";
  EXPECT_EQ(token, !done);
  EXPECT_EQ(audited(db, action), done ? 1 : 0);
  if (!done) {
    EXPECT_EQ(states, (std::map<std::string, int>{{"held", kMembers}}));
  } else if (acted == PostingState::pending) {
    EXPECT_EQ(states, (std::map<std::string, int>{{"queued", kMembers}}));
  } else {
    EXPECT_TRUE(states.empty());
  }
}

void expect_all_or_nothing(const Told& told, const std::string& directory) {
  const auto store = open_store(directory);
  auto reading = store->read();
  Connection& db = reading.connection();
  auto check = db.prepare("PRAGMA integrity_check");
  ASSERT_TRUE(*check.step());
  ASSERT_EQ(check.text(0), "ok");
  expect_whole(db, kReleased, told.held[0], told.released, PostingState::pending, "release");
  expect_whole(db, kDiscarded, told.held[1], told.discarded, PostingState::dropped, "discard");
  const bool is_frozen = frozen(db, ListId{1}).value().has_value();
  EXPECT_TRUE(is_frozen || !told.frozen);
  EXPECT_EQ(audited(db, "freeze"), is_frozen ? 1 : 0);
  // The guard's memory is what it was when the last posting was committed.
  std::string last = "none";
  for (const PostingId id : {kReleased, kDiscarded}) {
    if (posting(db, id).value()) last = std::to_string(id.value);
  }
  EXPECT_EQ(StormMemory(db).get(ListId{1}, storm::Kind::thread, "thread", kNow).value().value_or("none"),
            last);
}

std::int64_t for_every_write(Failing how, bool stays) {
  FaultyDisk disk;
  for (std::int64_t nth = 1;; ++nth) {
    SCOPED_TRACE("the failing write is number " + std::to_string(nth));
    const Scratch scratch(Where::memory);
    disk.fail(how, nth, stays);
    const Told told = run_scenario(scratch.data());
    const bool struck = disk.struck();
    disk.heal();
    expect_all_or_nothing(told, scratch.data());
    if (::testing::Test::HasFatalFailure() || ::testing::Test::HasNonfatalFailure()) return nth;
    if (!struck) {
      EXPECT_TRUE(told.members && told.held[0] && told.held[1]);
      EXPECT_TRUE(told.released && told.discarded && told.frozen);
      return nth - 1;
    }
  }
}

TEST(HoldFaults, TheNthWriteFailsOnce) { EXPECT_GT(for_every_write(Failing::io_error, false), 50); }

TEST(HoldFaults, FromTheNthWriteTheDiskIsBroken) { EXPECT_GT(for_every_write(Failing::io_error, true), 50); }

TEST(HoldFaults, FromTheNthWriteTheDiskIsFull) { EXPECT_GT(for_every_write(Failing::full, true), 50); }

}  // namespace
}  // namespace breakwater::store
