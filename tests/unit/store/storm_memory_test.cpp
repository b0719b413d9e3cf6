#include "store/storm_memory.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "scratch.h"
#include "storm/plain_memory.h"

namespace breakwater::store {
namespace {

using storm::Kind;

class StormRecords : public ::testing::Test {
 protected:
  Connection& db() { return database_.connection(); }
  std::string get(const char* key, Instant now = kNow, ListId list = ListId{1}, Kind kind = Kind::thread) {
    return StormMemory(db()).get(list, kind, key, now).value().value_or("none");
  }
  void put(const std::string& key, std::string_view value, Instant now = kNow, ListId list = ListId{1},
           Kind kind = Kind::thread) {
    ASSERT_TRUE(StormMemory(db()).put(list, kind, key, value, now));
  }
  std::vector<std::string> keys(Kind kind, std::size_t limit, Instant now = kNow) {
    std::vector<std::string> found;
    for (const StormRecord& record : storm_records(db(), kind, now, limit).value())
      found.push_back(record.key);
    return found;
  }
  Database database_;
};

TEST_F(StormRecords, AreRememberedByListKindAndKey) {
  const std::string bytes("a\0b'\xff", 5);
  put("k", bytes);
  put("k", "other list", kNow, ListId{2});
  put("k", "other kind", kNow, ListId{1}, Kind::voice);
  EXPECT_EQ(get("k"), bytes);
  EXPECT_EQ(get("k", kNow, ListId{2}), "other list");
  EXPECT_EQ(get("k", kNow, ListId{1}, Kind::voice), "other kind");
  EXPECT_EQ(get("K"), "none");
  put("k", "");
  EXPECT_EQ(get("k"), "");
}

TEST_F(StormRecords, ThoseTooOldAreAsGoodAsGone) {
  const Duration keep = storm::bound_of(Kind::thread).keep;
  put("k", "v");
  EXPECT_EQ(get("k", kNow + keep), "v");
  EXPECT_EQ(get("k", kNow + keep + Duration{1}), "none");
  EXPECT_EQ(get("k", kNow - std::chrono::hours{1}), "v") << "the clock was set back";
  EXPECT_TRUE(keys(Kind::thread, 9, kNow + keep + Duration{1}).empty());
}

TEST_F(StormRecords, AFloodPushesOutItsOwnAndOnlyThose) {
  const std::int64_t bound = storm::bound_of(Kind::thread).records;
  put("other", "list", kNow, ListId{2});
  put("other", "kind", kNow, ListId{1}, Kind::subject);
  put("first", "1");
  put("second", "2");
  database_.sql("BEGIN");
  for (std::int64_t at = 2; at < bound; ++at) put("flood" + std::to_string(at), "x");
  database_.sql("COMMIT");
  EXPECT_EQ(get("first"), "1") << "as many are there as may be";
  put("second", "again");
  for (std::int64_t at = 1; at < storm::pushed_out_at_once; ++at) put("next" + std::to_string(at), "x");
  EXPECT_EQ(get("first"), "none") << "they go some at a time";
  EXPECT_EQ(get("second"), "again") << "every write counts as one";
  database_.sql("BEGIN");
  for (std::int64_t at = 0; at < bound + 10; ++at) put("more" + std::to_string(at), "x");
  database_.sql("COMMIT");
  EXPECT_EQ(get("second"), "none");
  const auto rows = database_.number("SELECT count(*) FROM storm_record WHERE kind = 1 AND list_id = 1");
  EXPECT_GE(rows, bound);
  EXPECT_LT(rows, bound + storm::pushed_out_at_once);
  EXPECT_EQ(get("other", kNow, ListId{2}), "list");
  EXPECT_EQ(get("other", kNow, ListId{1}, Kind::subject), "kind");
}

// Who writes often costs others no room, and itself no new place each time.
TEST_F(StormRecords, ThoseAmongTheLastKeepTheirPlace) {
  const auto number = [&](const std::string& key) {
    return database_.number(("SELECT number FROM storm_record WHERE key = '" + key + "'").c_str());
  };
  put("often", "1");
  put("other", "1");
  for (int at = 0; at < 200; ++at) put("often", std::to_string(at));
  EXPECT_EQ(get("often"), "199");
  EXPECT_EQ(number("often"), 1);
  for (std::int64_t at = 2; at < storm::keeps_place; ++at) put("more" + std::to_string(at), "x");
  put("other", "2");
  EXPECT_EQ(number("other"), 2) << "the last but so many";
  put("one more", "x");
  put("often", "200");
  EXPECT_EQ(number("often"), storm::keeps_place + 2);
  EXPECT_EQ(get("often"), "200");
}

// What was rolled back was not written, and does not count.
TEST_F(StormRecords, NumbersGoOnBehindWhatIsThere) {
  put("a", "1");
  database_.sql("BEGIN");
  put("b", "1");
  database_.sql("ROLLBACK");
  db().last_numbers().clear();
  put("c", "1");
  EXPECT_EQ(database_.number("SELECT number FROM storm_record WHERE key = 'c'"), 2);
}

TEST_F(StormRecords, ListingsAreNewestFirst) {
  put("a", "1", kNow);
  put("b", "2", kNow + Duration{2}, ListId{2});
  put("c", "3", kNow + Duration{1});
  put("a", "4", kNow + Duration{3});
  put("server", "5", kNow, ListId{}, Kind::budget);
  using Keys = std::vector<std::string>;
  EXPECT_EQ(keys(Kind::thread, 9), (Keys{"a", "b", "c"}));
  EXPECT_EQ(keys(Kind::thread, 2), (Keys{"a", "b"}));
  EXPECT_EQ(keys(Kind::budget, 9), (Keys{"server"}));
  const auto records = storm_records(db(), Kind::thread, kNow, 9).value();
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].value, "4") << "written again";
  EXPECT_EQ(records[1].list, ListId{2});
  EXPECT_EQ(records[1].value, "2");
  EXPECT_EQ(records[1].written, kNow + Duration{2});
}

// On a server with many lists the newest few are read, not all of them sorted.
TEST_F(StormRecords, TheNewestThreadsNeedNoSorting) {
  auto plan = db().prepare(
      "EXPLAIN QUERY PLAN SELECT list_id, key, value, written FROM storm_record"
      " INDEXED BY storm_record_newest WHERE kind = 1"
      " AND written >= ?1 ORDER BY written DESC, list_id, number DESC LIMIT ?2");
  std::string steps;
  while (plan.step().value()) steps += std::string(plan.text(3)) + "\n";
  EXPECT_NE(steps.find("SEARCH storm_record USING INDEX storm_record_newest (written>?)"), std::string::npos)
      << steps;
  EXPECT_EQ(steps.find("B-TREE"), std::string::npos) << steps;
}

TEST_F(StormRecords, PruningIsBoundedAndTakesWhatIsPastItsTime) {
  const Duration keep = storm::bound_of(Kind::thread).keep;
  for (int at = 0; at < 5; ++at) put("old" + std::to_string(at), "x", kNow, ListId{1 + at % 2});
  put("server", "x", kNow, ListId{}, Kind::budget);
  put("new", "x", kNow + keep);
  put("voice", "x", kNow, ListId{1}, Kind::voice);
  const Instant later = kNow + keep + Duration{1};
  ASSERT_LT(storm::bound_of(Kind::budget).keep, keep);
  ASSERT_GT(storm::bound_of(Kind::voice).keep, keep);
  EXPECT_EQ(prune_storm_records(db(), kNow, 100).value(), 0);
  EXPECT_EQ(prune_storm_records(db(), later, 4).value(), 4);
  EXPECT_EQ(prune_storm_records(db(), later, 4).value(), 2);
  EXPECT_EQ(prune_storm_records(db(), later, 4).value(), 0);
  EXPECT_EQ(keys(Kind::thread, 9, later), (std::vector<std::string>{"new"}));
  EXPECT_EQ(keys(Kind::voice, 9, later), (std::vector<std::string>{"voice"}));
}

// What was replayed is what runs: both memories answer alike, whatever is asked of them.
TEST_F(StormRecords, AnswerAsThePlainMapsOfAReplayDo) {
  const bool alike = rc::check("rows and maps", [this] {
    database_.sql("DELETE FROM storm_record");
    storm::PlainMemory plain;
    StormMemory rows(db());
    Instant now = kNow;
    const auto steps = *rc::gen::inRange(1, 60);
    for (int step = 0; step < steps; ++step) {
      now += std::chrono::hours{*rc::gen::inRange(0, 24 * 20)};
      const ListId list{*rc::gen::inRange(0, 3)};
      const auto kind = static_cast<Kind>(*rc::gen::inRange(0, 7));
      const auto key = std::to_string(*rc::gen::inRange(0, 4));
      if (*rc::gen::arbitrary<bool>()) {
        const auto value = *rc::gen::arbitrary<std::string>();
        RC_ASSERT(rows.put(list, kind, key, value, now).has_value());
        RC_ASSERT(plain.put(list, kind, key, value, now).has_value());
      }
      RC_ASSERT(rows.get(list, kind, key, now).value() == plain.get(list, kind, key, now).value());
    }
  });
  EXPECT_TRUE(alike);
}

}  // namespace
}  // namespace breakwater::store
