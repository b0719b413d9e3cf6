// The tables [[source]], [[exclude]] and [sync] of a list's file: where its members come from, and when.
#include <chrono>
#include <cstdio>

#include "config/field_kinds.h"
#include "config/field_tables.h"
#include "config/source_checks.h"
#include "lists/list_sync.h"

namespace breakwater::config {
namespace {

using namespace kinds;
using namespace std::chrono_literals;
using lists::ListSync;
using lists::Referrals;
using lists::SearchScope;
using lists::SourceKind;
using lists::SourceSettings;
using lists::SyncLimits;

const std::vector<std::string> kFile = {"csv", "sqlite"};
const std::vector<std::string> kQuery = {"sqlite", "postgresql"};
const std::vector<std::string> kLogin = {"postgresql", "ldap"};

Field kind() {
  return required(choice("kind", &SourceSettings::kind,
                         {{"csv", SourceKind::csv},
                          {"sqlite", SourceKind::sqlite},
                          {"postgresql", SourceKind::postgresql},
                          {"ldap", SourceKind::ldap},
                          {"program", SourceKind::program}},
                         "What is read: a file of comma-separated values, a query on another SQLite file or "
                         "on PostgreSQL, an LDAP search, or what a program prints."),
                  "\"csv\"");
}

Field attribute(std::string key, std::string SourceSettings::*member, std::string doc) {
  return with_kinds({"ldap"},
                    shaped(text(std::move(key), member, 100, std::move(doc)), "attribute", check_attribute));
}

std::vector<Field> of_all() {
  return {kind(),
          with_example(text("label", &SourceSettings::label, 100,
                            "What it is called in letters and listings. Empty: by its kind and place."),
                       "\"the staff\""),
          count("rows", &SourceSettings::rows, 1, 100'000'000,
                "The most rows it may have; with more the sync fails, and changes nothing."),
          duration("time", &SourceSettings::time, 1, 1s, 24h, "How long reading all of it may take.")};
}

std::vector<Field> of_files_and_queries() {
  return {[] {
            Field file = required(path(text("file", &SourceSettings::file, 4096, "The file to read.")),
                                  "\"/srv/export/staff.csv\"");
            file.samples["sqlite"] = "\"/srv/members/members.db\"";
            return with_kinds(kFile, std::move(file));
          }(),
          with_kinds({"csv"}, with_example(text("address_column", &SourceSettings::address_column, 200,
                                                "The column of the addresses, by its name in the first line. "
                                                "Empty: \"address\", \"email\", \"e-mail\" or \"mail\", or "
                                                "the first column where there is no line of names."),
                                           "\"Office mail\"")),
          with_kinds({"csv"}, with_example(text("name_column", &SourceSettings::name_column, 200,
                                                "The column of the names of people. Empty: \"name\", "
                                                "\"display name\" or \"full name\", if there is one."),
                                           "\"Person\"")),
          with_kinds({"postgresql"},
                     secret(required(shaped(text("connection", &SourceSettings::connection, 2000,
                                                 "Where the database is: \"host=... dbname=... user=...\" or "
                                                 "\"postgresql://...\" (libpq 34.1.1), without a password."),
                                            "connection", check_connection),
                                     "\"host=db.example.org dbname=staff user=lists sslmode=verify-full\""))),
          with_kinds(kQuery, [] {
            Field query = required(text("query", &SourceSettings::query, 20'000,
                                        "One SELECT: its first column is the address, its second, if there "
                                        "is one, the name."),
                                   "\"SELECT mail, full_name FROM staff WHERE left_on IS NULL\"");
            query.multiline = true;
            query.check = check_query;
            return query;
          }())};
}

std::vector<Field> of_directories() {
  return {
      with_kinds({"ldap"},
                 required(shaped(text("url", &SourceSettings::url, 500,
                                      "The directory's server: ldaps://HOST, ldap://HOST or "
                                      "ldapi://%2Frun%2Fldapi, with :PORT where it is another one."),
                                 "URL", check_ldap_url),
                          "\"ldaps://ldap.example.org\"")),
      with_kinds({"ldap"}, flag("start_tls", &SourceSettings::start_tls,
                                "With ldap://: go on under TLS before anything is said.")),
      with_kinds({"ldap"}, with_example(path(text("ca_file", &SourceSettings::ca_file, 4096,
                                                  "The authorities that the server's certificate may come "
                                                  "from (PEM). Empty: the system's."),
                                             true),
                                        "\"/etc/ssl/example-ca.pem\"")),
      with_kinds({"ldap"}, with_example(text("bind_dn", &SourceSettings::bind_dn, 500,
                                             "Who logs in. Empty: nobody, what anybody may see is read."),
                                        "\"cn=lists,ou=services,dc=example,dc=org\"")),
      with_kinds(kLogin,
                 with_example(password_path(text("password_file", &SourceSettings::password_file, 4096,
                                                 "A file with the password on its first line, which "
                                                 "nobody but its owner and group may read. It is "
                                                 "read anew for each sync.")),
                              "\"/etc/breakwater/directory.password\"")),
      with_kinds({"ldap"}, required(text("base", &SourceSettings::base, 1000, "Where the search begins."),
                                    "\"ou=people,dc=example,dc=org\"")),
      with_kinds({"ldap"},
                 shaped(text("filter", &SourceSettings::filter, 4000, "Which entries count (RFC 4515)."),
                        "filter", check_filter)),
      with_kinds({"ldap"}, choice("scope", &SourceSettings::scope,
                                  {{"subtree", SearchScope::subtree},
                                   {"one_level", SearchScope::one_level},
                                   {"base", SearchScope::base}},
                                  "How far below `base`: everything, its children, or that entry alone.")),
      attribute("address_attribute", &SourceSettings::address_attribute,
                "The attribute with the address; entries without it are left out."),
      attribute("name_attribute", &SourceSettings::name_attribute, "The attribute with the name."),
      with_kinds({"ldap"}, flag("every_address", &SourceSettings::every_address,
                                "All addresses of an entry, not only the first.")),
      with_kinds({"ldap"},
                 choice("referrals", &SourceSettings::referrals,
                        {{"fail", Referrals::fail}, {"skip", Referrals::skip}},
                        "A part that is on another server is never read there. \"fail\": then the sync "
                        "fails, since people would be missing. \"skip\": they are.")),
      with_kinds({"ldap"}, count("page_size", &SourceSettings::page_size, 1, 10'000,
                                 "How many entries are asked for at once (RFC 2696)."))};
}

std::vector<Field> of_programs() {
  return {with_kinds({"program"}, required(texts("command", &SourceSettings::command, 100,
                                                 "A program by its absolute path, and its arguments. It "
                                                 "prints what a CSV file would hold, and ends with status "
                                                 "0. No shell reads it."),
                                           R"(["/usr/local/bin/staff-addresses", "--active"])")),
          with_kinds({"program"}, size("max_output", &SourceSettings::max_output, 1024, std::int64_t{1} << 34,
                                       "How much it may print."))};
}

Field every() {
  Field field = duration("every", &ListSync::every, 1, 10s, 365 * 24h,
                         "How long after one sync the next begins. `daily` is for a time of the day.");
  field.default_text = "none";
  field.example = "\"1h\"";
  return field;
}

Field daily() {
  Field field;
  field.key = "daily";
  field.doc =
      "A time of the day, in UTC, such as \"04:00\". Neither this nor `every`: only by "
      "`breakwater list sync`.";
  field.most = 5;
  field.shape = "time of the day";
  field.check = check_time_of_day;
  field.store = [](void* owner, const Value& value) {
    static_cast<ListSync*>(owner)->daily_at = time_of_day(std::get<std::string>(value));
  };
  field.show = [](const void* owner) {
    const auto at = static_cast<const ListSync*>(owner)->daily_at;
    if (!at) return Value(std::string());
    char text[6] = {};
    std::snprintf(text, sizeof text, "%02d:%02d", static_cast<int>(at->count() / 60 % 24),
                  static_cast<int>(at->count() % 60));
    return Value(std::string(text));
  };
  return field;
}

Field limit(bool first, Field field) {
  if (!first) field.covers = 0;  // one member of ListSync for the three
  return within(&ListSync::limits, std::move(field));
}

}  // namespace

Section sync_section() {
  return section_of<ListSync>(
      "sync", Shape::list_table,
      "When the members are brought in step with the list's sources, and how much may change without a "
      "person having looked. docs/sources.md has the whole of it.",
      {every(), daily(),
       limit(true, count("percent_added", &SyncLimits::percent_added, 0, 100'000,
                         "A sync that would add more than this share of the synced members is held, and the "
                         "owners are asked.")),
       limit(false, count("percent_removed", &SyncLimits::percent_removed, 0, 100,
                          "The same for those whom it would remove. 100: it never waits.")),
       limit(false,
             count("always", &SyncLimits::always, 0, 1'000'000'000,
                   "So few additions never wait, whatever share they are, and so few removals not either "
                   "unless they are more than half of the synced members."))});
}

Section source_section() {
  std::vector<Field> fields;
  for (auto& group : {of_all(), of_files_and_queries(), of_directories(), of_programs()})
    fields.insert(fields.end(), group.begin(), group.end());
  return section_of<SourceSettings>(
      "source", Shape::list_tables,
      "Where members come from when somebody else keeps them, as many as you like; whom several name is a "
      "member once. Which keys there are depends on `kind`. docs/sources.md has an example of each.",
      std::move(fields));
}

Section exclude_section() {
  Section made = source_section();
  made.name = "exclude";
  made.same_as = "source";
  made.doc =
      "Who is not made a member, whatever a source says: as many as you like, with the keys of "
      "[[source]].";
  made.alternatives = {{"", {{"kind", "\"csv\""}, {"file", "\"/srv/export/not-them.csv\""}}}};
  return made;
}

}  // namespace breakwater::config
