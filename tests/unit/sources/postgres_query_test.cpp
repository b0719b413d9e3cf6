// On a PostgreSQL of its own, on a socket in a folder.
#include <glob.h>
#include <pwd.h>

#include "collect.h"
#include "private_server.h"
#include "sources/configured.h"

namespace breakwater::sources {
namespace {

std::string programs() {
  glob_t found{};
  std::string out;
  if (glob("/usr/lib/postgresql/*/bin", 0, nullptr, &found) == 0) out = found.gl_pathv[found.gl_pathc - 1];
  globfree(&found);
  if (out.empty()) throw std::runtime_error("PostgreSQL is missing: apt-get install postgresql");
  return out;
}

class PostgresQueryTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new Folder;
    server_ = new PrivateServer;
    const bool root = getuid() == 0;
    if (root) command("chown postgres " + folder_->path());
    const std::string as = root ? "setpriv --reuid=postgres --regid=postgres --clear-groups " : "";
    command("cd " + folder_->path() + " && " + as + programs() + "/initdb -N -A trust -U tester -D " +
            (*folder_ / "data"));
    command("sed -i '1i local all keyed scram-sha-256' " + (*folder_ / "data/pg_hba.conf"));
    server_->start({programs() + "/postgres", "-D", *folder_ / "data", "-k", folder_->path(), "-c",
                    "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB"},
                   *folder_ / "log", "postgres");
    server_->await([] { return std::system((psql("select 1") + " >/dev/null 2>&1").c_str()) == 0; });
    command(
        psql("create table staff(mail text, name text);"
             "insert into staff values('ann@example.org','Ann'),('bob@example.org','Jörg'),(null,'Nobody');"
             "create role guest login; create role keyed login password 'sword fish''s';"
             "grant select on staff to keyed"));
  }
  static void TearDownTestSuite() {
    delete server_;
    delete folder_;
  }
  static std::string psql(const std::string& sql) {
    return "psql -h " + folder_->path() + " -U tester -d postgres -v ON_ERROR_STOP=1 -c \"" + sql + "\"";
  }
  static std::string connection(const std::string& user = "tester") {
    return "host=" + folder_->path() + " user=" + user + " dbname=postgres";
  }
  static Collected read(const std::string& query, SourceLimits limits = {}) {
    return collect(*make_source(PostgresQuery{connection(), query}, limits));
  }
  static inline Folder* folder_ = nullptr;
  static inline PrivateServer* server_ = nullptr;
};

TEST_F(PostgresQueryTest, FirstColumnTheAddressSecondTheName) {
  const auto found = read("select mail, name from staff order by mail");
  ASSERT_EQ(found.said(), "");
  ASSERT_EQ(found.rows.size(), 2U);
  EXPECT_EQ(found.rows[1].name, "Jörg");
  EXPECT_EQ(found.rows[1].where, "row 2");
  EXPECT_EQ(found.report->without_address, 1U);
  EXPECT_EQ(read("select mail from staff where mail is not null;").rows.size(), 2U);
}

TEST_F(PostgresQueryTest, WritesNothing) {
  EXPECT_NE(read("delete from staff returning mail").said().find("read-only transaction"), std::string::npos);
  EXPECT_NE(read("select 1; delete from staff").said().find("multiple commands"), std::string::npos);
  EXPECT_NE(read("commit").said().find("only SELECT does"), std::string::npos);
  EXPECT_EQ(read("select mail from staff").rows.size(), 2U);
}

TEST_F(PostgresQueryTest, ErrorsSayWhatAndWhere) {
  const auto found = read("select mial from staff");
  EXPECT_EQ(found.report.error().fault, Fault::invalid);
  EXPECT_EQ(found.said(), "PostgreSQL database postgres on " + folder_->path() +
                              ": the query is refused: column \"mial\" does not exist");
  EXPECT_EQ(read("").report.error().fault, Fault::invalid);
  EXPECT_EQ(read("select mail from staff where false").report.error().fault, Fault::not_found);
  const auto guest = collect(*make_source(PostgresQuery{connection("guest"), "select mail from staff"}, {}));
  EXPECT_EQ(guest.report.error().fault, Fault::denied);
  const auto nobody = collect(*make_source(PostgresQuery{"host=/nonexistent", "select 1"}, {}));
  EXPECT_EQ(nobody.report.error().fault, Fault::unavailable);
}

TEST_F(PostgresQueryTest, NoPasswordInAnError) {
  for (const char* connection :
       {"host=/nonexistent password=hunter2 dbname=x", "postgresql://u:hunter2@127.0.0.1:1/x",
        "postgresql://u:hunter2%zz@127.0.0.1/x", "hunter2", "password=hunter2 ="}) {
    const auto source = make_source(PostgresQuery{connection, "select 1"}, {});
    EXPECT_EQ(collect(*source).said().find("hunter2"), std::string::npos) << connection;
    EXPECT_EQ(source->describe().find("hunter2"), std::string::npos);
  }
}

TEST_F(PostgresQueryTest, AsAListsFileStatesItWithAPasswordFromAFile) {
  lists::SourceSettings settings;
  settings.kind = lists::SourceKind::postgresql;
  settings.connection = connection("keyed");
  settings.query = "select mail, name from staff";
  const auto found = [&] {
    const auto source = make_source(settings);
    return source ? collect(**source) : Collected{{}, source.error()};
  };
  EXPECT_EQ(found().report.error().fault, Fault::denied);
  settings.password_file = folder_->write("password", "sword fish's\nnot this\n");
  std::filesystem::permissions(settings.password_file, std::filesystem::perms(0600));
  EXPECT_EQ(found().rows.size(), 2U) << found().said();
  folder_->write("password", "another\n");
  EXPECT_EQ(found().report.error().fault, Fault::denied);
  EXPECT_EQ(found().said().find("another"), std::string::npos);
}

TEST_F(PostgresQueryTest, AServerThatHangsAndAQueryThatDoesNotEnd) {
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_NE(read("select pg_sleep(100)::text", within(400)).said().find("took more than 0.4 s"),
            std::string::npos);
  const DeafListener deaf;
  const auto found = collect(*make_source(
      PostgresQuery{"host=127.0.0.1 port=" + deaf.port() + " dbname=x", "select 1"}, within(400)));
  EXPECT_NE(found.said().find("took more than 0.4 s"), std::string::npos) << found.said();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST_F(PostgresQueryTest, AServerThatDiesInBetween) {
  const auto source = make_source(
      PostgresQuery{connection(), "select 'a' || n || '@example.org' from generate_series(1, 3000000) n"},
      {});
  bool killed = false;
  const auto report = source->read(
      [&](const SourceRow&) -> Result<void> {
        if (!std::exchange(killed, true)) {
          command(psql(
              "select pg_terminate_backend(pid) from pg_stat_activity where query like '%generate_series%' "
              "and pid <> pg_backend_pid()"));
        }
        return {};
      },
      {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().fault, Fault::unavailable) << report.error().what;
}

TEST_F(PostgresQueryTest, ManyRowsAreNotKept) {
  const double before = peak_mb();
  const auto source = make_source(
      PostgresQuery{connection(),
                    "select 'a' || n || '@example.org', repeat('x', 200) from generate_series(1, 400000) n"},
      {});
  const auto report = source->read([](const SourceRow&) -> Result<void> { return {}; }, {});
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->rows, 400'000U);
  EXPECT_LT(peak_mb() - before, kKeptMb);
}

}  // namespace
}  // namespace breakwater::sources
