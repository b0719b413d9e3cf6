// The difference between a list and its sources: against sets, against every failure, and in bounded memory.
#include "lists/sync_plan.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace breakwater::lists {
namespace {

struct Rows : SyncCursor {
  explicit Rows(std::vector<SyncRow> all) : rows(std::move(all)) {}
  Result<bool> next(SyncRow& row) override {
    if (fails_at && at == *fails_at) return error(Fault::unavailable, "gone");
    if (at == rows.size()) return false;
    row = rows[at++];
    return true;
  }
  std::vector<SyncRow> rows;
  std::size_t at = 0;
  std::optional<std::size_t> fails_at;
};

Rows rows(const std::vector<std::string>& keys, bool manual = false) {
  std::vector<SyncRow> all;
  for (const std::string& key : keys) all.push_back({key, key, "", manual});
  return Rows(std::move(all));
}

struct Sink : SyncSink {
  Result<void> add(const SyncRow& row) override { return note("+" + row.key + " " + row.name); }
  Result<void> remove(std::string_view key) override { return note("-" + std::string(key) + " "); }
  Result<void> rename(const SyncRow& row) override { return note("=" + row.key + " " + row.name); }
  Result<void> note(std::string line) {
    if (lines.size() == full_at) return error(Fault::full, "full");
    lines.push_back(std::move(line));
    return {};
  }
  std::string text() const {
    std::string out;
    for (const std::string& line : lines) out += line;
    return out;
  }
  std::vector<std::string> lines;
  std::size_t full_at = SIZE_MAX;
};

TEST(ASync, adds_removes_and_keeps) {
  Rows members = rows({"a", "b", "d"}), source = rows({"b", "c", "d", "e"});
  Sink sink;
  const SyncSource sources[] = {{"staff.csv", &source}};
  const auto counts = plan_sync(members, sources, {}, sink);
  ASSERT_TRUE(counts);
  EXPECT_EQ(sink.text(), "-a +c +e ");
  EXPECT_EQ(counts->before, 3);
  EXPECT_EQ(counts->added, 2);
  EXPECT_EQ(counts->removed, 1);
  EXPECT_EQ(counts->kept, 2);
  EXPECT_EQ(counts->after(), 4);
  EXPECT_EQ(counts->rows, (std::vector<std::int64_t>{4}));
}

TEST(ASync, leaves_manual_members_alone) {
  Rows members({{"a", "", "", true}, {"b", "", "", true}, {"c", "", "", false}});
  Rows source = rows({"b", "c"}), excluded = rows({"a", "b"});
  Sink sink;
  const SyncSource sources[] = {{"s", &source}}, exclusions[] = {{"x", &excluded}};
  auto counts = plan_sync(members, sources, exclusions, sink);
  ASSERT_TRUE(counts);
  EXPECT_EQ(sink.text(), "");
  EXPECT_EQ(counts->manual, 2);
  EXPECT_EQ(counts->manual_named, 0);
  EXPECT_EQ(counts->excluded, 1);
  members.at = source.at = 0;
  counts = plan_sync(members, sources, {}, sink);
  EXPECT_EQ(sink.text(), "");
  EXPECT_EQ(counts->manual_named, 1);
}

TEST(ASync, takes_whom_several_sources_name_once_as_the_first_says) {
  Rows members = rows({});
  Rows one({{"b", "B@x", "from one", false}});
  Rows two({{"a", "", "from two", false}, {"b", "", "from two", false}, {"b", "", "again", false}});
  Sink sink;
  const SyncSource sources[] = {{"one", &one}, {"two", &two}};
  const auto counts = plan_sync(members, sources, {}, sink);
  ASSERT_TRUE(counts);
  EXPECT_EQ(sink.text(), "+a from two+b from one");
  EXPECT_EQ(counts->duplicates, 2);
  EXPECT_EQ(counts->rows, (std::vector<std::int64_t>{1, 3}));
}

TEST(ASync, takes_a_changed_name_over_where_a_source_gave_the_old_one) {
  Rows members({{"a", "", "Ann", false},
                {"b", "", "", false, true},
                {"c", "", "", true},
                {"d", "", "", false},
                {"e", "", "Eve", false},
                {"f", "", "Fred", false}});
  Rows source({{"a", "", "Ann Lee", false},
               {"b", "", "Robert", false},
               {"c", "", "Carl", false},
               {"d", "", "Dora", false},
               {"e", "", "", false},
               {"f", "", "Fred", false},
               {"f", "", "Frederic", false}});
  Sink sink;
  const SyncSource sources[] = {{"s", &source}};
  const auto counts = plan_sync(members, sources, {}, sink);
  ASSERT_TRUE(counts);
  EXPECT_EQ(sink.text(), "=a Ann Lee=d Dora");
  EXPECT_EQ(counts->renamed, 2);
  EXPECT_EQ(counts->kept, 5);
  EXPECT_EQ(
      judge_sync(*counts, sources, {.percent_added = 0, .percent_removed = 0, .always = 0}, false).verdict,
      SyncVerdict::apply)
      << "names wait for nobody";
}

// What is not sorted would be merged into removals: it is an error, before anything of it is carried out.
TEST(ASync, of_a_stream_that_is_not_sorted_is_an_error) {
  for (int which = 0; which < 3; ++which) {
    Rows members = rows(which == 0 ? std::vector<std::string>{"a", "c", "b"} : std::vector<std::string>{"a"});
    Rows source = rows(which == 1 ? std::vector<std::string>{"b", "a"} : std::vector<std::string>{"a", "x"});
    Rows excluded = rows(which == 2 ? std::vector<std::string>{"c", "b"} : std::vector<std::string>{});
    Sink sink;
    const SyncSource sources[] = {{"staff", &source}}, exclusions[] = {{"away", &excluded}};
    const auto counts = plan_sync(members, sources, exclusions, sink);
    ASSERT_FALSE(counts) << which;
    EXPECT_EQ(counts.error().fault, Fault::invalid);
    const char* const name[] = {"the list's members", "staff", "away"};
    EXPECT_TRUE(counts.error().what.starts_with(name[which])) << counts.error().what;
  }
  Rows twice = rows({"a", "a"}), source = rows({"a"});
  Sink sink;
  const SyncSource sources[] = {{"s", &source}};
  EXPECT_FALSE(plan_sync(twice, sources, {}, sink));
}

// Every stream failing at every row, and a sink that is full at every line: an error each time.
TEST(ASync, with_a_failure_at_any_row_is_an_error) {
  const std::vector<std::string> keys = {"a", "b", "c", "d"};
  for (int which = 0; which < 4; ++which) {
    for (std::size_t at = 0; at <= keys.size(); ++at) {
      Rows members = rows(keys), one = rows({"b", "c", "d", "e"}), two = rows({"b", "c", "d", "f"}),
           away = rows({"b", "c", "d", "g"});
      Rows* const streams[] = {&members, &one, &two, &away};
      streams[which]->fails_at = at;
      Sink sink;
      const SyncSource sources[] = {{"one", &one}, {"two", &two}}, exclusions[] = {{"away", &away}};
      const auto counts = plan_sync(members, sources, exclusions, sink);
      // The rest of an exclusion list, behind the last that a source names, is not read.
      if (which == 3 && at == 4) continue;
      ASSERT_FALSE(counts) << which << " " << at;
      EXPECT_EQ(counts.error().fault, Fault::unavailable);
    }
  }
  for (std::size_t full = 0;; ++full) {
    Rows members = rows({"a", "b"}), source = rows({"c", "d"});
    Sink sink;
    sink.full_at = full;
    const SyncSource sources[] = {{"s", &source}};
    const auto counts = plan_sync(members, sources, {}, sink);
    ASSERT_EQ(counts.has_value(), full >= 4);
    if (counts) break;
  }
}

using Drawn = std::set<std::uint8_t>;
std::string key_of(std::uint8_t number) {
  return {static_cast<char>('a' + number / 16), static_cast<char>(number)};
}
Rows drawn_rows(const Drawn& numbers, const Drawn& manual = {}) {
  std::vector<SyncRow> all;
  for (const std::uint8_t number : numbers) all.push_back({key_of(number), "", "", manual.contains(number)});
  std::sort(all.begin(), all.end(), [](const SyncRow& a, const SyncRow& b) { return a.key < b.key; });
  return Rows(std::move(all));
}

// Carried out, the synced members are the sources less the exclusions less the manual ones; done again,
// nothing is left to do.
TEST(ASync, is_what_sets_say_and_the_second_does_nothing) {
  rc::check(
      [](const Drawn& members, const Drawn& manual, const Drawn& one, const Drawn& two, const Drawn& away) {
        Rows present = drawn_rows(members, manual), a = drawn_rows(one), b = drawn_rows(two),
             x = drawn_rows(away);
        const SyncSource sources[] = {{"a", &a}, {"b", &b}}, exclusions[] = {{"x", &x}};
        Sink sink;
        const auto counts = plan_sync(present, sources, exclusions, sink);
        RC_ASSERT(counts.has_value());
        std::set<std::string> kept_manual, synced, wanted;
        for (const auto number : members)
          (manual.contains(number) ? kept_manual : synced).insert(key_of(number));
        for (const Drawn* source : {&one, &two}) {
          for (const auto number : *source) {
            if (!away.contains(number)) wanted.insert(key_of(number));
          }
        }
        for (const std::string& key : kept_manual) wanted.erase(key);
        RC_ASSERT(counts->before == std::int64_t(synced.size()));
        RC_ASSERT(counts->manual == std::int64_t(kept_manual.size()));
        RC_ASSERT(counts->kept + counts->removed == counts->before);
        std::string last;
        for (const std::string& line : sink.lines) {
          const std::string key = line.substr(1, line.size() - 2);
          RC_ASSERT(key > last);
          last = key;
          const bool fits = line[0] == '+' ? synced.insert(key).second : synced.erase(key) == 1;
          RC_ASSERT(fits);
        }
        RC_ASSERT(synced == wanted);
        RC_ASSERT(counts->after() == std::int64_t(wanted.size()));
      });
}

// A million rows that nobody ever holds: made and forgotten one by one.
TEST(ASync, of_a_million_holds_one_row_of_each) {
  struct Numbers : SyncCursor {
    Numbers(int first_, int step_) : at(first_), step(step_) {}
    Result<bool> next(SyncRow& row) override {
      if (at >= 9'000'000) return false;
      row.key = std::to_string(1'000'000 + at);
      at += step;
      return true;
    }
    int at, step;
  } members(0, 9), source(0, 6);
  struct Counting : SyncSink {
    Result<void> add(const SyncRow&) override { return ++added, Result<void>(); }
    Result<void> remove(std::string_view) override { return ++removed, Result<void>(); }
    Result<void> rename(const SyncRow&) override { return error(Fault::invalid, "nobody has a name"); }
    int added = 0, removed = 0;
  } sink;
  const SyncSource sources[] = {{"s", &source}};
  const auto counts = plan_sync(members, sources, {}, sink);
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->kept, 500'000);
  EXPECT_EQ(sink.added, 1'000'000);
  EXPECT_EQ(sink.removed, 500'000);
}

SyncCounts counted(std::int64_t before, std::int64_t added, std::int64_t removed) {
  SyncCounts counts;
  counts.before = before;
  counts.added = added;
  counts.removed = removed;
  counts.kept = before - removed;
  counts.rows = {before + added};
  return counts;
}

TEST(TheDriftGuard, holds_beyond_the_stated_share) {
  const SyncLimits limits{20, 10, 10};
  const auto verdict = [&](const SyncCounts& counts, bool confirmed = false) {
    return judge_sync(counts, {}, limits, confirmed).verdict;
  };
  EXPECT_EQ(verdict(counted(1000, 0, 0)), SyncVerdict::nothing);
  EXPECT_EQ(verdict(counted(1000, 200, 100)), SyncVerdict::apply);
  EXPECT_EQ(verdict(counted(1000, 201, 0)), SyncVerdict::hold);
  EXPECT_EQ(verdict(counted(1000, 0, 101)), SyncVerdict::hold);
  EXPECT_EQ(verdict(counted(1000, 201, 101), true), SyncVerdict::apply);
  // Few are never held; a first sync is not either.
  EXPECT_EQ(verdict(counted(12, 10, 6)), SyncVerdict::apply);
  EXPECT_EQ(verdict(counted(12, 11, 0)), SyncVerdict::hold);
  EXPECT_EQ(verdict(counted(0, 850'000, 0)), SyncVerdict::apply);
  // Few of few are most of the list: a source that has become another one.
  EXPECT_EQ(verdict(counted(10, 9, 9)), SyncVerdict::hold);
  EXPECT_EQ(verdict(counted(5, 0, 2)), SyncVerdict::apply);
  EXPECT_EQ(verdict(counted(5, 0, 3)), SyncVerdict::hold);
  EXPECT_EQ(verdict(counted(20, 0, 10)), SyncVerdict::apply);
  EXPECT_EQ(judge_sync(counted(1000, 0, 101), {}, limits, false).reason,
            "would remove 101 of 1000 members, more than 10%");
  EXPECT_EQ(judge_sync(counted(1000, 300, 0), {}, limits, false).reason,
            "would add 300 to 1000 members, more than 20%");
}

TEST(TheDriftGuard, changes_nothing_when_a_source_is_empty_whoever_says_so) {
  SyncCounts counts = counted(5, 0, 1);
  counts.rows = {4, 0};
  const SyncSource sources[] = {{"staff", nullptr}, {"students", nullptr}};
  for (const bool confirmed : {false, true}) {
    const auto decision = judge_sync(counts, sources, {}, confirmed);
    EXPECT_EQ(decision.verdict, SyncVerdict::refuse);
    EXPECT_EQ(decision.reason, "students came back empty: nothing is changed");
  }
  EXPECT_EQ(judge_sync({}, {}, {}, true).verdict, SyncVerdict::refuse);
}

TEST(TheDriftGuard, holds_when_many_rows_have_no_valid_address) {
  SyncCounts counts = counted(1000, 20, 0);
  counts.invalid = 10;  // of so few nobody is asked
  EXPECT_EQ(judge_sync(counts, {}, {}, false).verdict, SyncVerdict::apply);
  counts.invalid = 11;  // 1.07%
  EXPECT_EQ(judge_sync(counts, {}, {}, false).verdict, SyncVerdict::hold);
  EXPECT_EQ(judge_sync(counts, {}, {}, false).reason,
            "11 rows of the sources have no valid address, more than 1%");
  EXPECT_EQ(judge_sync(counts, {}, {}, true).verdict, SyncVerdict::apply);
  counts.rows = {1100};  // 0.99%
  EXPECT_EQ(judge_sync(counts, {}, {}, false).verdict, SyncVerdict::apply);
  SyncCounts first = counted(0, 20, 0);
  first.invalid = 11;
  EXPECT_EQ(judge_sync(first, {}, {}, false).verdict, SyncVerdict::hold);
}

}  // namespace
}  // namespace breakwater::lists
