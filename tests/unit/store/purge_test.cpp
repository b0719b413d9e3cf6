// The end of a list: everything that is about it goes, nothing of another does.
#include "store/purge.h"

#include <gtest/gtest.h>

#include <set>

#include "scratch.h"
#include "store/hold.h"
#include "store/subscriptions.h"
#include "store/sync_rows.h"

namespace breakwater::store {
namespace {

// Kept on purpose: traces, counts that follow from them, and the guard's memory, which ages.
const std::set<std::string> kStay = {"posting", "bounce", "held_total", "storm_record"};

class Purge : public testing::Test {
 protected:
  ListId list(const std::string& name) {
    return ensure_list(database_.connection(), address_of(name, "lists.example"), kNow).value();
  }
  std::vector<std::string> tables_about_lists() {
    auto find = database_.connection().prepare(
        "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
        " WHERE m.type = 'table' AND c.name = 'list_id' ORDER BY m.name");
    std::vector<std::string> found;
    while (find.step().value()) found.emplace_back(find.text(0));
    return found;
  }
  std::int64_t rows(const std::string& table, ListId of) {
    return database_.number("SELECT count(*) FROM " + table + " WHERE list_id = " + std::to_string(of.value));
  }
  // One row of the list in every table that knows lists, whatever its other columns are.
  void fill(const std::string& table, ListId of) {
    auto find = database_.connection().prepare("SELECT name, type FROM pragma_table_info(?1)");
    find.bind_all(table);
    std::string columns, values;
    while (find.step().value()) {
      const std::string name(find.text(0)), type(find.text(1));
      columns += (columns.empty() ? "" : ", ") + name;
      const bool own = std::set<std::string>{"number", "id", "posting", "address_id"}.contains(name);
      const std::string number = name == "list_id" ? std::to_string(of.value)
                                 : own             ? std::to_string(++serial_)
                                                   : "1";
      const bool key = name == "digest" && type == "BLOB";
      values += (values.empty() ? "" : ", ") + (key              ? "randomblob(32)"
                                                : type == "BLOB" ? "x'00'"
                                                : type == "TEXT" ? "'x" + std::to_string(++serial_) + "'"
                                                                 : number);
    }
    database_.sql("PRAGMA foreign_keys=OFF");
    database_.sql("INSERT INTO " + table + " (" + columns + ") VALUES (" + values + ")");
  }

  void begin(ListId gone) {
    ASSERT_TRUE(begin_purge(database_.connection(), {gone, kNow, "uid 0", "it is over", "2 members"}));
  }
  bool step(ListId gone, std::int64_t rows) {
    return purge_step(database_.connection(), gone, kNow, rows).value();
  }
  void purge(ListId gone) {
    begin(gone);
    while (step(gone, 1000)) continue;
  }

  Database database_;
  int serial_ = 1;
};

// A table that is added later has to be decided about: this fails until it is.
TEST_F(Purge, leaves_nothing_of_the_list_but_what_is_kept_on_purpose) {
  const ListId gone = list("gone"), other = list("other");
  const auto tables = tables_about_lists();
  EXPECT_GE(tables.size(), 16U);
  for (const std::string& table : tables) {
    for (const ListId of : {gone, other}) {
      if (table != "purge") fill(table, of);
    }
    if (table == "purge") begin(gone), begin(other);
    ASSERT_GT(rows(table, gone), 0) << table;
  }
  ASSERT_TRUE(put_request_tally(database_.connection(), "list:" + std::to_string(gone.value), "1", kNow));
  EXPECT_TRUE(remembers(database_.connection(), gone).value());
  while (step(gone, 1000)) continue;
  EXPECT_FALSE(remembers(database_.connection(), gone).value());
  for (const std::string& table : tables) {
    EXPECT_EQ(rows(table, gone) > 0, kStay.contains(table)) << table;
    EXPECT_GT(rows(table, other), 0) << table;
  }
  EXPECT_EQ(database_.number("SELECT count(*) FROM request_tally"), 0);
  EXPECT_EQ(list("gone"), gone) << "its number means it for ever";
}

TEST_F(Purge, says_what_there_is_and_lists_who_has_members) {
  ASSERT_TRUE(add_list_with_members(database_.connection(), 3));
  const ListId tech = list("tech"), empty = list("empty");
  auto all = list_rows(database_.connection(), Which::all).value();
  auto kept = list_rows(database_.connection(), Which::kept).value();
  ASSERT_EQ(all.size(), 2U);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept.front().address, "tech@lists.example");
  EXPECT_EQ(kept.front().id, tech);
  ASSERT_TRUE(add_ban(database_.connection(), {tech, "@example.net", kNow, "carl", "spam"}));
  EXPECT_EQ(remains_of(database_.connection(), tech)->members, 3);
  EXPECT_EQ(remains_of(database_.connection(), tech)->bans, 1);
  EXPECT_FALSE(remains_of(database_.connection(), empty)->any());
  EXPECT_TRUE(remembers(database_.connection(), tech).value());
  EXPECT_FALSE(remembers(database_.connection(), empty).value());
  purge(tech);
  EXPECT_FALSE(remains_of(database_.connection(), tech)->any());
  EXPECT_TRUE(list_rows(database_.connection(), Which::kept)->empty());
}

TEST_F(Purge, goes_in_steps_that_the_next_server_finishes) {
  ASSERT_TRUE(add_list_with_members(database_.connection(), 25));
  const ListId tech = list("tech");
  EXPECT_FALSE(step(tech, 10)) << "nobody has ordered one";
  EXPECT_EQ(remains_of(database_.connection(), tech)->members, 25);
  ASSERT_TRUE(begin_sync_run(database_.connection(), {tech, "plan", kNow, "sync", "", true, "", 0, 0}));
  begin(tech);
  EXPECT_TRUE(sync_runs(database_.connection())->empty()) << "what it would add is not to come back";
  EXPECT_TRUE(step(tech, 10));
  EXPECT_EQ(remains_of(database_.connection(), tech)->members, 15);
  EXPECT_TRUE(audits(database_.connection(), "", 9)->empty());
  EXPECT_EQ(purge_of(database_.connection(), tech).value()->outcome, "2 members");
  {
    const auto store = open_store(database_.scratch().data());
    ASSERT_EQ(purges(database_.connection())->size(), 1U) << "whoever opens it has not to wait";
    const auto now = [] { return kNow; };
    EXPECT_FALSE(finish_purge(*store, tech, now, true).value());
    EXPECT_EQ(remains_of(database_.connection(), tech)->members, 15);
    EXPECT_TRUE(finish_purge(*store, tech, now, false).value());
  }
  EXPECT_TRUE(purges(database_.connection())->empty());
  EXPECT_FALSE(remembers(database_.connection(), tech).value());
  EXPECT_FALSE(purge_of(database_.connection(), tech).value());
  const auto told = *audits(database_.connection(), "", 9);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].action + " " + told[0].list_address + ": " + told[0].reason + ", " + told[0].outcome,
            "purge tech@lists.example: it is over, 2 members");
  EXPECT_FALSE(step(tech, 10)) << "once";
}

// A damaged database: an error that names the list, and nothing is said to be done.
TEST_F(Purge, of_a_list_without_an_address_fails) {
  const ListId tech = list("tech");
  begin(tech);
  database_.sql("PRAGMA foreign_keys=OFF");
  database_.sql("DELETE FROM list");
  const auto stepped = purge_step(database_.connection(), tech, kNow, 10);
  ASSERT_FALSE(stepped);
  EXPECT_EQ(stepped.error().what, "list 1 has no address: the row is corrupt");
  EXPECT_EQ(purges(database_.connection())->front().address, "list 1");
}

}  // namespace
}  // namespace breakwater::store
