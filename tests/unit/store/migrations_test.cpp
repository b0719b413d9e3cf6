#include "store/migrations.h"

#include <gtest/gtest.h>

#include <vector>

#include "scratch.h"

namespace breakwater::store {
namespace {

std::vector<Migration> two() {
  return {{"0001_one", "CREATE TABLE one (x)"},
          {"0002_two", "CREATE TABLE two (x); INSERT INTO two VALUES (7)"}};
}

class Migrations : public ::testing::Test {
 protected:
  Migrations() {
    std::filesystem::create_directory(scratch_.data());
    db_ = Connection::open(scratch_.database(), Connection::Access::read_write).value();
  }
  std::int64_t number(const char* sql) {
    auto find = db_->prepare(sql);
    auto row = find.step();
    return row && *row ? find.int64(0) : -1;
  }
  Scratch scratch_;
  std::unique_ptr<Connection> db_;
};

TEST_F(Migrations, AreAppliedOnceAndInOrder) {
  auto known = two();
  ASSERT_TRUE(migrate(*db_, std::span(known).first(1), kNow));
  EXPECT_EQ(number("SELECT count(*) FROM migration"), 1);
  ASSERT_TRUE(migrate(*db_, known, kNow));
  ASSERT_TRUE(migrate(*db_, known, kNow));
  EXPECT_EQ(number("SELECT count(*) FROM migration"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM two"), 1);
  EXPECT_EQ(number("SELECT applied FROM migration WHERE number = 2"), to_ms(kNow));
}

TEST_F(Migrations, OneThatFailsLeavesNothing) {
  std::vector<Migration> known = two();
  known[1].sql = "CREATE TABLE two (x); INSERT INTO nowhere VALUES (7)";
  const auto done = migrate(*db_, known, kNow);
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().what.find("0002_two"), std::string::npos) << done.error().what;
  EXPECT_EQ(number("SELECT count(*) FROM migration"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema WHERE name = 'two'"), 0);
  EXPECT_FALSE(db_->in_transaction());
  ASSERT_TRUE(migrate(*db_, two(), kNow)) << "and the right one then goes through";
}

TEST_F(Migrations, AnEditedOneIsRefused) {
  ASSERT_TRUE(migrate(*db_, two(), kNow));
  std::vector<Migration> known = two();
  known[0].sql = "CREATE TABLE one (x, y)";
  const auto done = migrate(*db_, known, kNow);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::invalid);
  EXPECT_NE(done.error().what.find("0001_one"), std::string::npos) << done.error().what;
}

TEST_F(Migrations, ANewerDatabaseIsRefused) {
  auto known = two();
  ASSERT_TRUE(migrate(*db_, known, kNow));
  const auto done = migrate(*db_, std::span(known).first(1), kNow);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::invalid);
  EXPECT_NE(done.error().what.find("newer than this program"), std::string::npos) << done.error().what;
}

TEST_F(Migrations, AGapInTheRecordsIsRefused) {
  ASSERT_TRUE(migrate(*db_, two(), kNow));
  ASSERT_TRUE(db_->execute("DELETE FROM migration WHERE number = 1"));
  ASSERT_FALSE(migrate(*db_, two(), kNow));
}

TEST(BuiltInMigrations, AreNumberedWithoutAGap) {
  const auto known = built_in_migrations();
  ASSERT_FALSE(known.empty());
  for (std::size_t at = 0; at < known.size(); ++at) {
    char number[8];
    std::snprintf(number, sizeof number, "%04zu_", at + 1);
    EXPECT_TRUE(known[at].name.starts_with(number)) << known[at].name;
  }
}

TEST(BuiltInMigrations, TheStoreRefusesANewerDatabase) {
  const Scratch scratch;
  ASSERT_TRUE(open_store(scratch.data())->write_and_wait([](Connection& db) {
    return db.execute("INSERT INTO migration SELECT max(number) + 1, '9999_later', '', 0 FROM migration");
  }));
  StoreOptions options;
  options.directory = scratch.data();
  const auto store = Store::open(options, kNow);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().fault, Fault::invalid);
  EXPECT_NE(store.error().what.find("9999_later"), std::string::npos) << store.error().what;
}

}  // namespace
}  // namespace breakwater::store
