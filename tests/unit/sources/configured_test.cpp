// A source as a list's file states it becomes the reader that it means; the servers' own are beside their
// tests.
#include "sources/configured.h"

#include <sys/stat.h>

#include "collect.h"

namespace breakwater::sources {
namespace {

using lists::SourceKind;
using lists::SourceSettings;
using Addresses = std::vector<std::string>;

Collected read(const SourceSettings& settings) {
  auto source = make_source(settings);
  if (!source) return {{}, source.error()};
  return collect(**source);
}

TEST(Configured, AFileItsColumnsAndItsLimits) {
  const Folder folder;
  SourceSettings settings;
  settings.file =
      folder.write("a.csv", "mail,office,person\nno@example.org,ann@example.org,Ann\n,b@example.org,\n");
  settings.address_column = "office";
  settings.name_column = "person";
  const auto found = read(settings);
  EXPECT_EQ(found.addresses(), (Addresses{"ann@example.org", "b@example.org"})) << found.said();
  EXPECT_EQ(found.rows.at(0).name, "Ann");
  settings.rows = 1;
  EXPECT_EQ(read(settings).report.error().fault, Fault::full);
}

TEST(Configured, AQueryAndAProgram) {
  const Folder folder;
  SourceSettings settings;
  settings.kind = SourceKind::sqlite;
  settings.file = folder / "staff.db";
  const std::string make =
      "sqlite3 " + settings.file + " \"create table s(m); insert into s values('ann@example.org')\"";
  ASSERT_EQ(std::system(make.c_str()), 0) << "apt-get install sqlite3";
  settings.query = "select m from s";
  EXPECT_EQ(read(settings).addresses(), Addresses{"ann@example.org"});

  settings.kind = SourceKind::program;
  settings.command = {"/bin/echo", "bob@example.org"};
  EXPECT_EQ(read(settings).addresses(), Addresses{"bob@example.org"}) << read(settings).said();
  settings.max_output = 5;
  EXPECT_EQ(read(settings).report.error().fault, Fault::full);
  settings.command = {"/bin/sleep", "100"};
  settings.time = std::chrono::milliseconds(200);
  EXPECT_NE(read(settings).said().find("took more than 0.2 s"), std::string::npos);
}

// What a list's file does not say is what the readers' own structs say.
TEST(Configured, DefaultsAreTheReaders) {
  const SourceSettings settings;
  const LdapSearch search;
  EXPECT_EQ(settings.filter, search.filter);
  EXPECT_EQ(settings.address_attribute, search.address_attribute);
  EXPECT_EQ(settings.name_attribute, search.name_attribute);
  EXPECT_EQ(static_cast<int>(settings.page_size), search.page_size);
  EXPECT_EQ(settings.max_output, Program{}.max_output);
  EXPECT_EQ(settings.rows, SourceLimits{}.rows);
  EXPECT_EQ(settings.time, SourceLimits{}.time);
}

TEST(Configured, NamesAreTheLabelOrWhatTheReaderSays) {
  SourceSettings settings;
  settings.file = "/srv/staff.csv";
  EXPECT_EQ(name_of(settings), "CSV file /srv/staff.csv");
  settings.label = "the staff";
  EXPECT_EQ(name_of(settings), "the staff");
  settings = {};
  settings.kind = SourceKind::postgresql;
  settings.connection = "host=db dbname=staff";
  settings.password_file = "/nowhere";  // is not asked for a name
  EXPECT_EQ(name_of(settings), "PostgreSQL database staff on db");
}

TEST(Configured, APasswordFileIsReadAnewAndOnlyIfItIsPrivate) {
  const Folder folder;
  SourceSettings settings;
  settings.kind = SourceKind::ldap;
  settings.url = "ldap://127.0.0.1:1";
  settings.bind_dn = "cn=lists";
  settings.password_file = folder / "password";
  const auto fault = [&] {
    const auto made = make_source(settings);
    return made ? std::string("made") : made.error().what;
  };
  const std::string file = "password file " + settings.password_file;
  EXPECT_EQ(fault(), file + " cannot be read: No such file or directory");
  folder.write("password", "\nswordfish");
  EXPECT_EQ(::chmod(settings.password_file.c_str(), 0644), 0);
  EXPECT_EQ(fault(), file + " is open to everybody on this machine: chmod o= " + settings.password_file);
  EXPECT_EQ(::chmod(settings.password_file.c_str(), 0640), 0);
  EXPECT_EQ(fault(), file + " has no password on its first line");
  folder.write("password", "swordfish\r\n");
  EXPECT_EQ(fault(), "made");
  settings.password_file = folder.path();
  EXPECT_EQ(fault(), file.substr(0, file.rfind('/')) + " is not a file");
}

}  // namespace
}  // namespace breakwater::sources
