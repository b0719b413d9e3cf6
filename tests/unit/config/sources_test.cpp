// Where a list's members come from, as its file states it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/disk.h"
#include "config/fields.h"
#include "config/source_checks.h"
#include "least.h"

namespace breakwater::config {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using lists::ListSync;
using lists::SourceKind;
using lists::SourceSettings;
using testing::HasSubstr;

Loaded loaded(const std::string& more) {
  return load_from({"breakwater.toml", least, ""}, {{"lists/tech.toml", least_list + more, ""}});
}

ListSync sync_of(const std::string& more) {
  const Loaded read = loaded(more);
  for (const Problem& problem : read.problems) ADD_FAILURE() << problem.text();
  return read.config ? read.config->lists.begin()->second.sync : ListSync{};
}

const std::string everything = R"toml([sync]
every = "2h"
percent_added = 21
percent_removed = 11
always = 3
[[source]]
kind = "csv"
file = "staff.csv"
address_column = "Office"
name_column = "Person"
label = "the staff"
rows = 7
time = "7s"
[[source]]
kind = "sqlite"
file = "/srv/hr.db"
query = """
SELECT mail
FROM staff"""
[[source]]
kind = "postgresql"
connection = "host=db dbname=staff"
query = "SELECT mail FROM staff"
password_file = "db.password"
[[source]]
kind = "ldap"
url = "ldap://ldap.example.org:3890/"
start_tls = true
ca_file = "ca.pem"
bind_dn = "cn=lists"
password_file = "/run/password"
base = "dc=example"
filter = "(&(mail=*)(ou=tech))"
scope = "one_level"
address_attribute = "mailLocalAddress"
name_attribute = "cn"
every_address = true
referrals = "skip"
page_size = 100
[[source]]
kind = "program"
command = ["/bin/cat", "people"]
max_output = "1MiB"
[[exclude]]
kind = "csv"
file = "not-them.csv"
)toml";

TEST(Sources, EveryKeyReachesItsMember) {
  const ListSync sync = sync_of(everything);
  ASSERT_EQ(sync.sources.size(), 5U);
  ASSERT_EQ(sync.exclusions.size(), 1U);
  for (const Field& field : section("source").fields) {
    const bool by_some = std::any_of(
        sync.sources.begin(), sync.sources.end(),
        [&](const SourceSettings& each) { return field.show(&each) != section("source").default_of(field); });
    EXPECT_TRUE(by_some) << field.key;
  }
  EXPECT_EQ(sync.every, Duration{2h});
  EXPECT_FALSE(sync.daily_at);
  EXPECT_FALSE(sync.by_hand_only());
  EXPECT_EQ(sync.limits.percent_added, 21);
  EXPECT_EQ(sync.limits.percent_removed, 11);
  EXPECT_EQ(sync.limits.always, 3);
  EXPECT_EQ(sync.sources[0].kind, SourceKind::csv);
  EXPECT_EQ(sync.sources[0].file, "/etc/breakwater/staff.csv");
  EXPECT_EQ(sync.sources[0].time, Duration{7s});
  EXPECT_EQ(sync.sources[1].query, "SELECT mail\nFROM staff");
  EXPECT_EQ(sync.sources[2].password_file, "/etc/breakwater/db.password");
  EXPECT_EQ(sync.sources[3].url, "ldap://ldap.example.org:3890");
  EXPECT_EQ(sync.sources[3].scope, lists::SearchScope::one_level);
  EXPECT_EQ(sync.sources[3].referrals, lists::Referrals::skip);
  EXPECT_EQ(sync.sources[4].command, (std::vector<std::string>{"/bin/cat", "people"}));
  EXPECT_EQ(sync.sources[4].max_output, 1U << 20);
  EXPECT_EQ(sync.exclusions[0].file, "/etc/breakwater/not-them.csv");
}

TEST(Sources, WithoutAScheduleTheyAreReadByHandOnly) {
  const std::string source = "[[source]]\nkind = \"csv\"\nfile = \"a\"\n";
  EXPECT_TRUE(sync_of(source).by_hand_only());
  EXPECT_TRUE(sync_of("[sync]\n" + source).by_hand_only());
  EXPECT_EQ(sync_of("[sync]\ndaily = \"04:30\"\n" + source).daily_at, std::chrono::minutes(270));
  EXPECT_TRUE(sync_of("").sources.empty());
  EXPECT_TRUE(sync_of("[sync]\n").by_hand_only());  // as the sample has it
}

TEST(Sources, TimesOfTheDay) {
  EXPECT_EQ(time_of_day("00:00"), 0min);
  EXPECT_EQ(time_of_day("23:59"), 1439min);
  for (const char* wrong : {"", "4:00", "24:00", "12:60", "12.30", "12:3", "12:300", "-1:00", "ab:cd"})
    EXPECT_FALSE(time_of_day(wrong)) << wrong;
}

TEST(Sources, APasswordBelongsIntoAFileOfItsOwn) {
  for (std::string good : {"host=db dbname=staff user=lists", "postgresql://lists@db/staff", "postgres://db",
                           "host=db passfile=/etc/pass", "postgresql://db/staff?passfile=/etc/pass",
                           "postgresql://[::1]:5432/staff", "dbname=nopassword host=db"})
    EXPECT_EQ(check_connection(good), "");
  for (std::string bad :
       {"host=db password=x", "password=x", "PASSWORD = x host=db", "host=db\tpassword='x'",
        "postgresql://lists:x@db/staff", "postgresql://:x@db", "postgresql://db/staff?password=x",
        "postgresql://db/staff?user=a&password=x", "host=db sslpassword=x", "postgresql://a:x@b@db/staff"})
    EXPECT_THAT(check_connection(bad), HasSubstr("set 'password_file'")) << bad;
}

TEST(Sources, UrlsOfDirectories) {
  for (std::string good :
       {"ldaps://ldap.example.org", "LDAP://h:389", "ldapi://%2Frun%2Fldapi", "ldap://[::1]:1"})
    EXPECT_EQ(check_ldap_url(good), "") << good;
  for (std::string bad : {"", "ldap.example.org", "http://h", "ldap://", "ldap:///", "ldap://a ldap://b",
                          "ldap://a,b", "ldap://h/dc=example", "ldap://h?x", "ldap://u:p@h"})
    EXPECT_NE(check_ldap_url(bad), "") << bad;
  for (const char* safe :
       {"ldaps://h", "ldapi://%2Frun", "ldap://localhost:1", "ldap://127.0.0.1", "ldap://[::1]:1"})
    EXPECT_FALSE(is_in_clear(safe)) << safe;
  for (const char* open : {"ldap://h", "LDAP://h:1", "ldap://127.evil.example", "ldap://localhost.example",
                           "ldap://[2001:db8::1]:1"})
    EXPECT_TRUE(is_in_clear(open)) << open;
}

TEST(Sources, FiltersAreClosed) {
  for (std::string good : {"(mail=*)", "(&(mail=*)(!(ou=x)))"}) EXPECT_EQ(check_filter(good), "") << good;
  for (std::string bad : {"mail=*", "(mail=*", "mail=*)", "(a=b)(c=d)", ")(", "(a=b))", ""})
    EXPECT_NE(check_filter(bad), "") << bad;
}

std::string text_of_docs() {
  std::ifstream file(BREAKWATER_SOURCE_DIR "/docs/sources.md");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The page's indented blocks, without their margin. A blank line within one stays in it.
std::vector<std::string> blocks_of(const std::string& page) {
  std::vector<std::string> blocks;
  std::istringstream lines(page);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    const bool indented = line.starts_with("    ");
    if (indented && !inside) blocks.emplace_back();
    if (indented) blocks.back() += line.substr(line.find_first_not_of(' ')) + "\n";
    inside = indented || (inside && line.empty());
  }
  return blocks;
}

TEST(SourcesPage, EveryExampleIsAListsFile) {
  std::set<SourceKind> kinds;
  std::size_t examples = 0;
  for (const std::string& block : blocks_of(text_of_docs())) {
    if (block.find("[[source]]") == std::string::npos) continue;
    ++examples;
    const ListSync sync = sync_of(block);
    EXPECT_FALSE(sync.sources.empty()) << block;
    for (const SourceSettings& each : sync.sources) kinds.insert(each.kind);
  }
  EXPECT_EQ(examples, 9U);
  EXPECT_EQ(kinds.size(), 5U);
}

TEST(SourcesPage, NamesTheDefaultsThatThereAre) {
  const lists::SyncLimits limits;
  EXPECT_THAT(text_of_docs(), HasSubstr("remove more than a tenth of the synced members, or add more than a "
                                        "fifth as many"));
  EXPECT_EQ(limits.percent_removed, 10);
  EXPECT_EQ(limits.percent_added, 20);
  EXPECT_THAT(text_of_docs(), HasSubstr("Up to ten of each never wait"));
  EXPECT_EQ(limits.always, 10);
}

// Its table of what the readers say, held against what they do say.
TEST(SourcesPage, QuotesWhatTheReadersSay) {
  std::string readers;
  for (const auto& file : fs::directory_iterator(BREAKWATER_SOURCE_DIR "/server/sources")) {
    std::ifstream text(file.path());
    readers.append(std::istreambuf_iterator<char>(text), std::istreambuf_iterator<char>());
  }
  std::istringstream lines(text_of_docs());
  std::size_t rows = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    ++rows;
    const std::string quoted = line.substr(3, line.find('`', 3) - 3);
    EXPECT_THAT(readers, HasSubstr(quoted));
  }
  EXPECT_EQ(rows, 8U);
}

TEST(AQuery, IsOneSelect) {
  for (std::string good :
       {"SELECT mail FROM staff", "select 1;", " (SELECT 1) UNION (SELECT 2) ; -- done",
        "-- who works here\nSELECT mail\nFROM staff /* all */;\n", "/* x; */ select ';', \"a;b\" FROM t",
        "WITH old AS (SELECT 1) SELECT * FROM old", "WITH RECURSIVE t(n) AS (VALUES (1)) SELECT n FROM t",
        "SELECT 'it''s; delete' FROM t", "SELECT E'it\\'s; x' FROM t", "SELECT $q$; delete$q$, $1 FROM t",
        "SELECT deleted, update_at FROM t WHERE (deleted IS NULL)", "SELECT replace(mail, 'x', 'y') FROM t",
        "with a as (select 1) select replace(x, 'a', 'b') from a"})
    EXPECT_EQ(check_query(good), "") << good;
  const std::pair<std::string, std::string> bad[] = {
      {"DELETE FROM staff", "does not begin with SELECT"},
      {"-- SELECT\nUPDATE staff SET a = 1", "does not begin with SELECT"},
      {"PRAGMA user_version", "does not begin with SELECT"},
      {"selection", "does not begin with SELECT"},
      {"/* nothing */", "does not begin with SELECT"},
      {"SELECT 1; DELETE FROM staff", "is more than one statement"},
      {"SELECT ';' ; -- x\n; SELECT 2", "is more than one statement"},
      {"WITH gone AS (DELETE FROM staff RETURNING mail) SELECT * FROM gone", "writes, by its DELETE"},
      {"with a as (select 1) insert into t select * from a", "writes, by its insert"},
      {"SELECT 'mail FROM staff", "is not closed"},
      {"SELECT mail FROM staff /* all", "is not closed"},
      {"SELECT $a$ x $b$", "is not closed"},
      {"SELECT E'x\\'", "is not closed"}};
  for (auto [query, why] : bad) EXPECT_THAT(check_query(query), HasSubstr(why)) << query;
}

class SourceFolder : public testing::Test {
 protected:
  SourceFolder() {
    std::string name = (fs::temp_directory_path() / "breakwater-sources-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
    fs::create_directory(path_ / "lists");
    write("breakwater.toml", least);
  }
  ~SourceFolder() override { fs::remove_all(path_); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }
  Loaded with(const std::string& more) const {
    write("lists/tech.toml", least_list + more);
    return load((path_ / "breakwater.toml").string());
  }
  fs::path path_;
};

TEST_F(SourceFolder, APasswordFileThatEverybodyMayReadIsRefused) {
  const std::string source =
      "[[source]]\nkind = \"postgresql\"\nconnection = \"host=db\"\nquery = \"SELECT 1\"\n"
      "password_file = \"password\"\n";
  const auto said = [&] {
    const Loaded read = with(source);
    return read.problems.size() == 1 ? read.problems[0].text() : std::to_string(read.problems.size());
  };
  EXPECT_THAT(said(), HasSubstr("'password_file': 'password' cannot be read: No such file or directory"));
  write("password", "");
  ::chmod((path_ / "password").c_str(), 0640);
  EXPECT_THAT(said(), HasSubstr("is empty; write the password into it"));
  write("password", "swordfish\n");
  EXPECT_EQ(said(), "0");
  ::chmod((path_ / "password").c_str(), 0644);
  EXPECT_THAT(said(), HasSubstr("lists/tech.toml:7:17: 'password_file': 'password' is open to everybody on "
                                "this machine; take that away with chmod o="));
}

// The file may come tonight; a server that does not start because of it takes no mail until then.
TEST_F(SourceFolder, WhatIsNotThereNowIsNotedAndNoReasonNotToStart) {
  const Loaded read = with(
      "[[source]]\nkind = \"csv\"\nfile = \"staff.csv\"\n"
      "[[source]]\nkind = \"program\"\ncommand = \"/nowhere/addresses\"\n");
  ASSERT_NE(read.config, nullptr);
  ASSERT_EQ(read.notes.size(), 2U);
  EXPECT_THAT(read.notes[0].text(),
              HasSubstr("lists/tech.toml:5:8: 'file' cannot be read now: No such file or "
                        "directory; until it can, syncs fail"));
  EXPECT_THAT(read.notes[1].text(), HasSubstr("'command' cannot be run now: No such file or directory"));
  write("staff.csv", "ann@example.org\n");
  EXPECT_EQ(with("[[source]]\nkind = \"csv\"\nfile = \"staff.csv\"\n"
                 "[[source]]\nkind = \"program\"\ncommand = [\"/bin/cat\", \"x\"]\n")
                .notes.size(),
            0U);
}

}  // namespace
}  // namespace breakwater::config
