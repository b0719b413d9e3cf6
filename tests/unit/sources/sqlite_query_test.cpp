// On SQLite files that the sqlite3 program made, as another program's would be.
#include <sys/wait.h>

#include "collect.h"

namespace breakwater::sources {
namespace {

class SqliteQueryTest : public testing::Test {
 protected:
  void SetUp() override {
    run("create table staff(mail text, name text, left_at text);"
        "insert into staff values('ann@example.org','Ann',null),('bob@example.org','Jörg',null),"
        "('cid@example.org','Cid','2020'),(null,'Nobody',null);");
  }
  void run(const std::string& sql) const {
    ASSERT_EQ(std::system(("sqlite3 " + path() + " \"" + sql + "\" >/dev/null").c_str()), 0);
  }
  std::string path() const { return folder_ / "staff.db"; }
  Collected read(const std::string& query, SourceLimits limits = {}) const {
    return collect(*make_source(SqliteQuery{path(), query}, limits));
  }
  Folder folder_;
};

TEST_F(SqliteQueryTest, FirstColumnTheAddressSecondTheName) {
  const auto found = read("select mail, name from staff where left_at is null order by name;  ");
  ASSERT_EQ(found.said(), "");
  ASSERT_EQ(found.rows.size(), 2U);
  EXPECT_EQ(found.rows[0].name, "Ann");
  EXPECT_EQ(found.rows[1].address, "bob@example.org");
  EXPECT_EQ(found.report->without_address, 1U);
  EXPECT_EQ(read("select mail from staff where mail is not null").rows.size(), 3U);
}

TEST_F(SqliteQueryTest, ReadsOnlyTheFilesOwnTables) {
  for (const char* query :
       {"delete from staff", "update staff set mail='x'", "pragma journal_mode=wal",
        "attach '/tmp/x.db' as x", "insert into staff values('e','e','e') returning mail, name",
        "drop table staff", "create table t(a)", "vacuum"}) {
    const auto found = read(query);
    ASSERT_FALSE(found.report) << query;
    SCOPED_TRACE(found.said());
    EXPECT_EQ(found.report.error().fault, Fault::invalid) << query;
    EXPECT_TRUE(found.rows.empty()) << query;
  }
  EXPECT_NE(read("select mail from staff; delete from staff").said().find("more than one statement"),
            std::string::npos);
  EXPECT_EQ(read("select mail from staff").rows.size(), 3U);
}

TEST_F(SqliteQueryTest, ErrorsSayWhatAndWhere) {
  EXPECT_NE(read("select mial from staff").said().find("no such column: mial"), std::string::npos);
  EXPECT_NE(read("").said().find("the query is empty"), std::string::npos);
  EXPECT_EQ(read("select mail from staff where 0").report.error().fault, Fault::not_found);
  const auto none = collect(*make_source(SqliteQuery{folder_ / "none.db", "select 1"}, {}));
  EXPECT_EQ(none.report.error().fault, Fault::unavailable);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none.db"));
  const auto text = collect(*make_source(
      SqliteQuery{folder_.write("a.txt", std::string(4096, 'x')), "select mail from staff"}, {}));
  EXPECT_NE(text.said().find("no SQLite file"), std::string::npos);
}

TEST_F(SqliteQueryTest, AQueryThatNeverEndsIsEnded) {
  const auto begun = std::chrono::steady_clock::now();
  const auto found = read(
      "with recursive n(i) as (select 1 union all select i+1 from n) select count(*) from n", within(300));
  EXPECT_NE(found.said().find("took more than 0.3 s"), std::string::npos) << found.said();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(3));
}

// A program that writes goes on writing while we read, and we while it holds its transaction open.
TEST_F(SqliteQueryTest, NoWriterWaitsForUs) {
  run("pragma journal_mode=wal;");
  const auto source = make_source(SqliteQuery{path(), "select mail from staff where mail not null"}, {});
  std::size_t rows = 0;
  const auto report = source->read(
      [&](const SourceRow&) -> Result<void> {
        run("pragma busy_timeout=0; insert into staff values('new@example.org','New',null);");
        ++rows;
        return {};
      },
      {});
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(rows, 3U);  // as it was when the query began
  EXPECT_EQ(read("select mail from staff where mail not null").rows.size(), 6U);
}

}  // namespace
}  // namespace breakwater::sources
