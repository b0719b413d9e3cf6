#include "store/connection.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "scratch.h"
#include "store/migrations.h"

namespace breakwater::store {
namespace {

unsigned mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777;
}

TEST(Connection, FilesAreTheOwnersAlone) {
  const Scratch scratch;
  const auto store = open_store(scratch.data());
  ASSERT_TRUE(store->write_and_wait([](Connection& db) { return db.execute("CREATE TABLE t (x)"); }));
  EXPECT_EQ(mode_of(scratch.data()), 0700U);
  for (const char* name : {"/breakwater.db", "/breakwater.db-wal", "/breakwater.db-shm", "/lock"}) {
    EXPECT_EQ(mode_of(scratch.data() + name), 0600U) << name;
  }
}

TEST(Connection, AFileThatOthersMayReadIsNarrowed) {
  const Scratch scratch;
  { const auto store = open_store(scratch.data()); }
  ASSERT_EQ(::chmod(scratch.database().c_str(), 0644), 0);
  { const auto store = open_store(scratch.data()); }
  EXPECT_EQ(mode_of(scratch.database()), 0600U);
}

TEST(Connection, HasWhatTheArchitectureAsksFor) {
  Database database;
  auto fresh = Connection::open(database.scratch().database(), Connection::Access::read_write);
  ASSERT_TRUE(fresh);
  const auto pragma = [&](const char* sql) {
    auto find = (*fresh)->prepare(sql);
    EXPECT_TRUE(*find.step());
    return std::string(find.text(0));
  };
  EXPECT_EQ(pragma("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(pragma("PRAGMA synchronous"), "2");  // FULL
  EXPECT_EQ(pragma("PRAGMA foreign_keys"), "1");
  EXPECT_EQ(database.number("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
                            " AND strict = 0 AND name NOT LIKE 'sqlite_%'"),
            0)
      << "every table is STRICT";
}

TEST(Connection, ValuesComeBackAsTheyWentIn) {
  Database database;
  database.sql("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c BLOB) STRICT");
  const std::string odd("a\0'; DROP TABLE t; --\n\x80", 23);
  auto insert = database.connection().prepare("INSERT INTO t (a, b, c) VALUES (?1, ?2, ?3)");
  insert.bind_all(std::int64_t{-5}, odd, Blob{odd});
  ASSERT_TRUE(insert.run());
  insert.bind_all(std::int64_t{6}, std::string_view(), Blob{{}});
  ASSERT_TRUE(insert.run());
  insert.bind(1, std::int64_t{7});
  insert.bind_null(2);
  insert.bind_null(3);
  ASSERT_TRUE(insert.run());

  auto find = database.connection().prepare("SELECT a, b, c FROM t ORDER BY id");
  ASSERT_TRUE(*find.step());
  EXPECT_EQ(find.int64(0), -5);
  EXPECT_EQ(find.text(1), odd);
  EXPECT_EQ(find.blob(2), odd);
  ASSERT_TRUE(*find.step());
  EXPECT_FALSE(find.is_null(1)) << "an empty text is not NULL";
  EXPECT_FALSE(find.is_null(2)) << "an empty blob is not NULL";
  ASSERT_TRUE(*find.step());
  EXPECT_TRUE(find.is_null(1));
  EXPECT_FALSE(*find.step());
}

TEST(Connection, OneTextOnLoanTwiceGivesTwoStatements) {
  Database database;
  auto outer = database.connection().prepare("SELECT name FROM migration");
  ASSERT_TRUE(*outer.step());
  {
    auto inner = database.connection().prepare("SELECT name FROM migration");
    ASSERT_TRUE(*inner.step());
    EXPECT_EQ(inner.text(0), outer.text(0));
  }
  EXPECT_EQ(outer.text(0), "0001_foundation") << "the inner one's end is not the outer one's";
}

TEST(Connection, ErrorsSayWhatWasTried) {
  Database database;
  auto broken = database.connection().prepare("SELECT id FROM nowhere WHERE id = ?1");
  broken.bind(1, std::int64_t{1});
  const auto row = broken.step();
  ASSERT_FALSE(row);
  EXPECT_NE(row.error().what.find("no such table"), std::string::npos) << row.error().what;
  EXPECT_NE(row.error().what.find("nowhere"), std::string::npos) << row.error().what;

  database.sql("INSERT INTO domain (id, name) VALUES (1, 'a')");
  const auto twice = database.connection().execute("INSERT INTO domain (id, name) VALUES (2, 'a')");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().fault, Fault::exists);
  const auto orphan = database.connection().execute("INSERT INTO list (address_id, created) VALUES (99, 0)");
  ASSERT_FALSE(orphan);
  EXPECT_EQ(orphan.error().fault, Fault::invalid);
}

TEST(Connection, AReaderCannotWrite) {
  Database database;
  auto reader = Connection::open(database.scratch().database(), Connection::Access::read_only);
  ASSERT_TRUE(reader);
  EXPECT_TRUE((*reader)->read_only());
  const auto written = (*reader)->execute("INSERT INTO domain (name) VALUES ('x')");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().fault, Fault::denied);
}

TEST(Connection, WhatIsNoDatabaseIsSaidToBeNone) {
  const Scratch scratch;
  std::filesystem::create_directory(scratch.data());
  std::FILE* file = std::fopen(scratch.database().c_str(), "w");
  for (int at = 0; at < 2000; ++at) std::fputs("this is not a database\n", file);
  std::fclose(file);
  StoreOptions options;
  options.directory = scratch.data();
  const auto store = Store::open(options, kNow);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().fault, Fault::storage);
  EXPECT_NE(store.error().what.find("not a database"), std::string::npos) << store.error().what;
}

}  // namespace
}  // namespace breakwater::store
