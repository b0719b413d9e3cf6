// What a sync does to members, remembers of them, and leaves when it is broken off.
#include "store/sync_rows.h"

#include <gmock/gmock.h>

#include <fstream>

#include "scratch.h"
#include "store/storm_memory.h"
#include "store/subscriptions.h"
#include "store/sync_stage.h"

namespace breakwater::store {
namespace {

using lists::Role;
using testing::ElementsAre;
using testing::IsEmpty;

lists::SyncRow row_of(const std::string& name) {
  return {name + "@example.org", name + "@example.org", "", false};
}
SyncChange adding(const std::string& name) { return {row_of(name), SyncAct::add}; }
SyncChange removing(const std::string& name) {
  return {{name + "@example.org", {}, {}, false}, SyncAct::remove};
}
SyncChange naming(const std::string& name, const std::string& person) {
  SyncChange change{row_of(name), SyncAct::rename};
  change.row.name = person;
  return change;
}

class SyncRows : public testing::Test, public Database {
 protected:
  void SetUp() override { list_ = *ensure_list(connection(), address_of("tech", "lists.example"), kNow); }

  SyncedChanges carry_out(const std::vector<SyncChange>& changes) {
    const auto done = carry_out_changes(connection(), list_, changes, kNow);
    EXPECT_TRUE(done) << done.error().what;
    return done ? *done : SyncedChanges{};
  }
  AddressId id_of(const std::string& name) { return **find_address(connection(), name + "@example.org"); }
  void join(const std::string& name) {
    ASSERT_TRUE(add_member(connection(), list_, address_of(name, "example.org"), Role::member,
                           lists::DeliveryMode::each, "", kNow));
  }
  void leave(const std::string& name) {
    ASSERT_TRUE(remove_member(connection(), list_, id_of(name), Role::member));
  }
  // "ann" for a manual member, "ann*" for a synced one.
  std::vector<std::string> members() {
    std::vector<std::string> out;
    const auto found = store::members(connection(), list_, Role::member, AddressId{}, 1000);
    for (const Member& one : *found) {
      out.push_back(one.mailbox.substr(0, one.mailbox.find('@')) + (one.synced ? "*" : ""));
    }
    return out;
  }

  ListId list_;
};

TEST_F(SyncRows, adds_and_removes_synced_members_only) {
  join("ann");
  EXPECT_EQ(carry_out({adding("ann"), adding("bob"), adding("carl")}).added, 2);
  EXPECT_THAT(members(), ElementsAre("ann", "bob*", "carl*"));
  const auto done = carry_out({removing("ann"), removing("bob"), removing("zoe")});
  EXPECT_EQ(done.removed, 1);
  EXPECT_EQ(done.receiving, -1);
  EXPECT_THAT(members(), ElementsAre("ann", "carl*"));
}

TEST_F(SyncRows, a_batch_carried_out_twice_changes_nothing_more) {
  const std::vector<SyncChange> changes = {adding("ann"), adding("bob")};
  carry_out(changes);
  const auto again = carry_out(changes);
  EXPECT_EQ(again.added + again.removed + again.receiving, 0);
}

TEST_F(SyncRows, who_left_does_not_come_back_until_somebody_adds_them) {
  carry_out({adding("ann")});
  leave("ann");
  EXPECT_EQ(carry_out({adding("ann")}).added, 0);
  join("ann");
  EXPECT_THAT(members(), ElementsAre("ann"));
  EXPECT_EQ(number("SELECT count(*) FROM sync_left"), 0);
}

TEST_F(SyncRows, who_was_removed_by_a_sync_comes_back_by_one) {
  carry_out({adding("ann")});
  carry_out({removing("ann")});
  EXPECT_EQ(carry_out({adding("ann")}).added, 1);
}

TEST_F(SyncRows, manual_members_who_leave_a_synced_list_do_not_come_back_either) {
  join("ann");
  ASSERT_TRUE(put_last_sync(connection(), list_, {}));
  leave("ann");
  EXPECT_EQ(carry_out({adding("ann")}).added, 0);
  // A list that was never synced remembers nobody: its members may become synced ones by its first sync.
  ASSERT_TRUE(connection().execute("DELETE FROM last_sync; DELETE FROM sync_left"));
  join("bob");
  leave("bob");
  EXPECT_EQ(carry_out({adding("bob")}).added, 1);
}

TEST_F(SyncRows, who_is_added_by_hand_is_manual_from_then_on) {
  carry_out({adding("ann")});
  join("ann");
  EXPECT_THAT(members(), ElementsAre("ann"));
  EXPECT_EQ(carry_out({removing("ann")}).removed, 0);
}

TEST_F(SyncRows, an_import_of_who_is_there_leaves_them_synced) {
  carry_out({adding("ann")});
  const NewMember members_of_file[] = {{address_of("ann", "example.org"), "Ann", {}}};
  ASSERT_TRUE(add_members(connection(), list_, Role::member, members_of_file, kNow));
  EXPECT_THAT(members(), ElementsAre("ann*"));
}

TEST_F(SyncRows, a_name_that_a_person_has_set_stays) {
  join("ann");
  carry_out({adding("bob"), adding("carl"), adding("dora")});
  const auto name = [this](const std::string& who, const std::string& person) {
    const NewMember row{address_of(who, "example.org"), person, {}};
    ASSERT_TRUE(add_members(connection(), list_, Role::member, {&row, 1}, kNow));
  };
  EXPECT_EQ(
      carry_out({naming("ann", "A"), naming("bob", "B"), naming("carl", "C"), naming("zoe", "Z")}).renamed,
      2);
  name("bob", "Bobby");
  name("carl", "C");  // as an exported file says it: nobody has set it
  name("dora", "");
  // What a plan names them, and what is staged for one.
  EXPECT_EQ(carry_out({naming("bob", "B"), naming("carl", "Carl"), naming("dora", "D")}).renamed, 2);
  std::vector<std::string> names;
  const auto found = store::members(connection(), list_, Role::member, AddressId{}, 9);
  for (const Member& one : *found) names.push_back(one.name);
  EXPECT_THAT(names, ElementsAre("", "Bobby", "Carl", "D"));
  auto stage = *SyncStage::make(sync_file(scratch().data(), list_, "stage"));
  ASSERT_TRUE(stage_members(connection(), list_, *stage, 0));
  auto rows = *stage->read(0);
  std::vector<std::string> staged;
  lists::SyncRow row;
  while (*rows->next(row))
    staged.push_back(row.name + (row.manual ? " manual" : "") + (row.own_name ? " own" : ""));
  EXPECT_THAT(staged, ElementsAre(" manual", " own", "Carl", "D"));
}

TEST_F(SyncRows, a_wish_to_leave_ends_with_the_membership_and_one_to_join_by_it) {
  using lists::Subscription;
  carry_out({adding("ann"), adding("bob")});
  const auto put = [this](AddressId who, Subscription state) {
    ASSERT_TRUE(put_subscription(connection(), list_, who, state, kNow, kNow + std::chrono::hours(1)));
  };
  const AddressId carl = ensure_address(connection(), address_of("carl", "example.org")).value();
  put(id_of("ann"), Subscription::leaving);
  put(id_of("bob"), Subscription::leaving);
  put(carl, Subscription::confirming);
  carry_out({removing("ann"), adding("carl")});
  const auto left = *pending_subscriptions(connection(), list_, kNow, 9);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].mailbox, "bob@example.org");
}

TEST_F(SyncRows, who_is_banned_meanwhile_is_not_added) {
  ASSERT_TRUE(add_ban(connection(), {list_, "@example.org", kNow, "", ""}));
  EXPECT_EQ(carry_out({adding("ann")}).added, 0);
}

TEST_F(SyncRows, counts_as_receiving_who_gets_mail) {
  carry_out({adding("ann"), adding("bob"), adding("carl")});
  sql("UPDATE member SET mode = 1 WHERE address_id = " + std::to_string(id_of("ann").value));
  sql("UPDATE member SET stopped = 1 WHERE address_id = " + std::to_string(id_of("bob").value));
  EXPECT_EQ(carry_out({removing("ann"), removing("bob"), removing("carl")}).receiving, -1);
}

TEST_F(SyncRows, the_last_sync_is_kept_as_it_was_put) {
  EXPECT_FALSE(*last_sync(connection(), list_));
  LastSync put{kNow, SyncResult::held, "why", 1, 2, 3, 4, 5, 6, kNow, kNow, "plan", kNow, 7};
  ASSERT_TRUE(put_last_sync(connection(), list_, put));
  const auto got = **last_sync(connection(), list_);
  EXPECT_EQ(got.result, SyncResult::held);
  EXPECT_EQ(got.reason + got.told_plan, "whyplan");
  EXPECT_THAT(
      (std::vector{got.before, got.manual, got.added, got.removed, got.excluded, got.invalid, got.renamed}),
      ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_TRUE(got.failing == kNow && got.succeeded == kNow && got.told == kNow);
  put.succeeded.reset();
  put.told.reset();
  ASSERT_TRUE(put_last_sync(connection(), list_, put));
  EXPECT_FALSE((*last_sync(connection(), list_))->succeeded);
}

class SyncFiles : public SyncRows {
 protected:
  std::string file(std::string_view what) { return sync_file(scratch().data(), list_, what); }
  bool is_there(std::string_view what) { return std::ifstream(file(what)).good(); }
};

TEST_F(SyncFiles, rows_come_back_by_key_and_what_came_first_first) {
  auto stage = *SyncStage::make(file("stage"));
  // More than are sorted at once, in an order that is none.
  constexpr int kRows = 130'000;
  for (int at = 0; at < kRows; ++at) {
    const int number = static_cast<int>((at * 48'271LL) % kRows);
    auto row = row_of("m" + std::to_string(number));
    row.name = "first";
    ASSERT_TRUE(stage->put(1, row));
  }
  auto twice = row_of("m77");
  twice.name = "second";
  ASSERT_TRUE(stage->put(1, twice));
  ASSERT_TRUE(stage->put(0, row_of("other")));
  auto rows = *stage->read(1);
  lists::SyncRow row;
  std::string before;
  int count = 0;
  while (*rows->next(row)) {
    ASSERT_LE(before, row.key);
    EXPECT_EQ(row.name, row.key == before ? "second" : "first");
    EXPECT_EQ(row.mailbox, row.key);
    before = row.key;
    ++count;
  }
  EXPECT_EQ(count, kRows + 1);
  rows.reset();
  stage.reset();
  EXPECT_FALSE(is_there("stage"));
}

TEST_F(SyncFiles, a_plan_that_was_kept_is_read_again_from_where_it_was_left) {
  std::string fingerprint;
  {
    auto plan = *SyncPlanFile::make(file("plan"));
    ASSERT_TRUE(plan->add(row_of("ann")));
    ASSERT_TRUE(plan->remove("bob@example.org"));
    ASSERT_TRUE(plan->add(row_of("carl")));
    fingerprint = plan->fingerprint();
    ASSERT_TRUE(plan->keep());
  }
  EXPECT_EQ(SyncPlanFile::open(file("plan"), "another").error().fault, Fault::not_found);
  auto plan = *SyncPlanFile::open(file("plan"), fingerprint);
  const auto rest = *plan->behind("ann@example.org", 10);
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_EQ(rest[0].act, SyncAct::remove);
  EXPECT_EQ(rest[1].act, SyncAct::add);
  EXPECT_THAT(*plan->behind("carl@example.org", 10), IsEmpty());
  plan->forget();
  plan.reset();
  EXPECT_FALSE(is_there("plan"));
  EXPECT_EQ(SyncPlanFile::open(file("plan"), fingerprint).error().fault, Fault::not_found);
}

TEST_F(SyncFiles, a_plan_that_is_no_database_is_not_found) {
  std::ofstream(file("plan")) << "this is no database, and never was one";
  EXPECT_EQ(SyncPlanFile::open(file("plan"), "x").error().fault, Fault::not_found);
}

TEST_F(SyncFiles, a_plan_that_was_not_kept_goes) {
  { auto plan = *SyncPlanFile::make(file("plan")); }
  EXPECT_FALSE(is_there("plan"));
}

TEST_F(SyncFiles, other_changes_are_another_plan) {
  const auto fingerprint = [this](bool adds, const std::string& name) {
    auto plan = *SyncPlanFile::make(file("plan"));
    EXPECT_TRUE(adds ? plan->add(row_of(name)) : plan->remove(name + "@example.org"));
    return plan->fingerprint();
  };
  EXPECT_EQ(fingerprint(true, "ann"), fingerprint(true, "ann"));
  EXPECT_NE(fingerprint(true, "ann"), fingerprint(false, "ann"));
  EXPECT_NE(fingerprint(true, "ann"), fingerprint(true, "bob"));
}

TEST_F(SyncFiles, a_start_takes_away_what_a_crash_left) {
  std::ofstream(file("plan")) << "x";
  std::ofstream(file("stage")) << "x";
  std::ofstream(sync_file(scratch().data(), ListId{99}, "plan")) << "x";
  remove_sync_files(scratch().data(), std::vector{list_});
  EXPECT_TRUE(is_there("plan"));
  EXPECT_FALSE(is_there("stage"));
  EXPECT_FALSE(std::ifstream(sync_file(scratch().data(), ListId{99}, "plan")).good());
}

}  // namespace
}  // namespace breakwater::store
