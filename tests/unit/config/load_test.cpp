#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "config/config.h"
#include "config/fields.h"
#include "config/problems.h"
#include "least.h"
#include "regenerate.h"

namespace breakwater::config {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;

std::string all_problems(const Loaded& loaded) {
  std::string text;
  for (const Problem& problem : loaded.problems) text += problem.text() + "\n";
  return text;
}

Snapshot good(const std::string& server, const std::string& list = least_list) {
  const Loaded loaded = load_from({"breakwater.toml", server, ""}, {{"lists/tech.toml", list, ""}});
  EXPECT_EQ(all_problems(loaded), "");
  return loaded.config;
}

class Folder : public testing::Test {
 protected:
  Folder() {
    std::string name = (fs::temp_directory_path() / "breakwater-config-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
    fs::create_directory(path_ / "lists");
  }
  ~Folder() override { fs::remove_all(path_); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }
  Loaded load_it() const { return load((path_ / "breakwater.toml").string()); }
  fs::path path_;
};

TEST(Load, AListHasTheLanguageOfTheServerOrItsOwn) {
  EXPECT_EQ(good(least)->lists.begin()->second.language, "en");
  EXPECT_EQ(good("language = \"de\"\n" + least)->lists.begin()->second.language, "de");
  EXPECT_EQ(good(least, "language = \"de\"\n" + least_list)->lists.begin()->second.language, "de");
  const Loaded loaded = load_from({"breakwater.toml", "language = \"xx\"\n" + least, ""},
                                  {{"lists/tech.toml", "language = \"dee\"\n" + least_list, ""},
                                   {"lists/all.toml", "language = \"Deutsch\"\n" + least_list, ""}});
  const std::string said = all_problems(loaded);
  EXPECT_THAT(said,
              HasSubstr("breakwater.toml:1:12: there are no templates in the language 'xx'; there are some "
                        "in de and en, and in those that have a folder in 'templates_dir'"));
  EXPECT_THAT(said, HasSubstr("lists/tech.toml:1:12: there are no templates in the language 'dee'; did you "
                              "mean 'de'?"));
  EXPECT_THAT(said, HasSubstr("is no language; write its code in small letters"));
  EXPECT_EQ(loaded.problems.size(), 3U);
}

TEST_F(Folder, TemplatesOfOnesOwnAreReadAndChecked) {
  write("breakwater.toml", "templates_dir = \"own\"\nlanguage = \"fr\"\n" + least);
  EXPECT_THAT(
      all_problems(load_it()),
      HasSubstr("own cannot be read: No such file or directory; make that folder, or take the line out: "
                "then the server's own letters are sent"));
  fs::create_directories(path_ / "own" / "fr");
  fs::create_directories(path_ / "own" / ".git");
  write("own/README", "not a template");
  write("own/fr/taken.txt~", "not a template");
  write("own/fr/taken.txt", "Subject: Re\u00E7u\n\n{{address}}\n");
  const Loaded loaded = load_it();
  ASSERT_EQ(all_problems(loaded), "");
  EXPECT_EQ(loaded.config->templates.render("fr", "taken", {}).subject, "Re\u00E7u");
  ASSERT_EQ(loaded.notes.size(), 1U);
  EXPECT_THAT(loaded.notes[0].text(), HasSubstr("own/fr: has no confirm, held, "));
  EXPECT_THAT(loaded.notes[0].text(), HasSubstr("; until it has, English stands in for them"));

  write("own/taken.txt", "Subject: x\n\n{{address}}\n");
  write("own/fr/confrim.txt", "");
  write("own/fr/held.txt", "Subject: x\n\n{{reson}}\n");
  write("own/fr/leave.txt", "Subject: x\n\nleave\n");
  fs::create_directories(path_ / "own" / "French");
  const std::string said = all_problems(load_it());
  EXPECT_THAT(said, HasSubstr("own/taken.txt: stands in no language's folder; move it into "));
  EXPECT_THAT(said, HasSubstr("own/fr/confrim.txt: there is no letter 'confrim'; did you mean confirm.txt?"));
  EXPECT_THAT(said, HasSubstr("own/fr/held.txt:3:1: the letter 'held' has no variable 'reson'; did you mean "
                              "'reason'?\n    {{reson}}\n    ^"));
  EXPECT_THAT(said,
              HasSubstr("own/fr/leave.txt: the letter needs {{unsubscribe_link}} in its text (to leave the "
                        "list)"));
  EXPECT_THAT(said,
              HasSubstr("own/French: the folder's name is no language; write its code in small letters"));
}

TEST(Load, TheShippedConfigurationIsClean) {
  const Loaded loaded = load(std::string(BREAKWATER_SOURCE_DIR) + "/config/breakwater.toml");
  ASSERT_EQ(all_problems(loaded), "");
  EXPECT_EQ(loaded.config->file, std::string(BREAKWATER_SOURCE_DIR) + "/config/breakwater.toml");
  EXPECT_EQ(loaded.config->hostname, "lists.example.org");
  EXPECT_EQ(loaded.config->data_dir, "/var/lib/breakwater");
  EXPECT_EQ(loaded.config->control_socket, "/var/lib/breakwater/control");
  ASSERT_EQ(loaded.config->listeners.size(), 1U);
  EXPECT_EQ(loaded.config->listeners[0].address, "0.0.0.0:25");
  ASSERT_EQ(loaded.config->lists.size(), 1U);
  EXPECT_EQ(loaded.config->lists.begin()->first, "tech@lists.example.org");
}

TEST(Load, WhatIsNotSetHasTheDefaultsOfTheStructs) {
  const Snapshot config = good(least);
  for (const auto& [name, owner] :
       std::initializer_list<std::pair<std::string, const void*>>{{"limits", &config->limits},
                                                                  {"timeouts", &config->timeouts},
                                                                  {"delivery", &config->delivery},
                                                                  {"log", &config->log},
                                                                  {"metrics", &config->metrics},
                                                                  {"retry", &config->retry}}) {
    const Section& in = section(name);
    for (const Field& field : in.fields) EXPECT_EQ(field.show(owner), in.default_of(field)) << field.key;
  }
  const lists::List& list = config->lists.at("tech@lists.example.org");
  EXPECT_EQ(list.name, "tech");
  EXPECT_EQ(list.post, lists::PostPolicy::members);
  EXPECT_EQ(list.max_message_bytes, config->limits.message_bytes);
}

const std::string everything = R"(hostname = "Mail.BÜCHER.example"
postmaster = ["admin@example.org", "root@example.org"]
data_dir = "data"
control_socket = "run/control"
threads = 3
language = "de"
templates_dir = "own"
[limits]
connections = 999
connections_per_address = 49
message_size = "9MiB"
receive_memory = 33554432
recipients = 99
received_fields = 51
deliveries_per_hour = 5
[timeouts]
command = "4m"
data_block = "2m"
handshake = "59s"
early_talker = "250ms"
drain = "1m30s"
[delivery]
slice_recipients = 500
connections = 99
idle = "6s"
connect = "29s"
reply = "4m"
resolver = "127.0.0.1@5353"
hosts_file = "hosts"
zone_files = ["zones/a", "/zones/b"]
mx_port = 2525
allow_loopback_mx = true
trust_anchor = "/dev/null"
[log]
level = "debug"
format = "json"
[metrics]
listen = "[::1]:9125"
[retry]
waits = ["1s", "2h"]
give_up_after = "4d12h"
jitter_percent = 0
[[listener]]
kind = "submission"
address = "[::1]:465"
tls_wrapped = true
socket_access = "everybody"
certificate = "tls/chain.pem"
key = "/tls/key.pem"
[[listener]]
kind = "lmtp"
address = "run/lmtp"
[[route]]
name = "office"
kind = "smarthost"
domains = ["*", ".Bücher.example"]
host = "mail.example.org"
port = 587
tls = "verify"
tls_wrapped = true
retry_waits = ["7s", "8s"]
give_up_after = "36h"
username = "u"
password = "p"
connections = 2
recipients = 50
chunking = false
[[route]]
name = "boxes"
kind = "lmtp"
domains = "example.org"
host = "run/dovecot"
)";

const std::string every_list_key = R"(name = "Talk"
domain = "lists.BÜCHER.example"
description = "talk"
language = "en"
owners = ["ann@example.org"]
post = "nobody"
join = "closed"
leave = "confirm"
posters = ["robot@example.org"]
moderate = "members"
reply_to = "desk@example.org"
subject_prefix = "[talk] "
footer = """
one
two"""
archive_url = "https://example.org/a"
help_url = "mailto:help@example.org"
max_message_size = "1MiB"
delivery = "individual"
[guard]
confirm_above = 2000
moderator_above = 3000
two_moderators_above = 4000
confirm_within = "1d"
held_for = "1d"
expect_members = 5000
drift_percent = 21
large_audience = 600
large_reply = "hold"
breaker = false
sensitivity_percent = 150
open_time = "2h"
longest_open_time = "7h"
sender_deliveries_per_hour = 7
list_deliveries_per_hour = 8
)";

// Each key set to something else than its default arrives in its own member.
TEST(Load, EveryKeyReachesItsMember) {
  const Snapshot config = good(everything, every_list_key);
  ASSERT_NE(config, nullptr);
  ASSERT_EQ(config->lists.size(), 1U);
  const lists::List& list = config->lists.begin()->second;
  const auto differs = [](const std::string& name, const void* owner) {
    for (const Field& field : section(name).fields) {
      EXPECT_NE(field.show(owner), section(name).default_of(field)) << name << " " << field.key;
    }
  };
  differs("", config.get());
  differs("limits", &config->limits);
  differs("timeouts", &config->timeouts);
  differs("delivery", &config->delivery);
  differs("log", &config->log);
  differs("retry", &config->retry);
  differs("listener", &config->listeners.at(0));
  differs("route", config->routes.by_name("office"));
  differs("list", &list);
  differs("metrics", &config->metrics);
  differs("guard", &list.guard);

  EXPECT_EQ(config->timeouts.command_s, 240U);
  EXPECT_EQ(config->timeouts.early_talker_ms, 250U);
  EXPECT_EQ(config->timeouts.drain_s, 90U);
  EXPECT_EQ(config->limits.message_bytes, 9U * 1024 * 1024);
  EXPECT_EQ(config->limits.receive_memory_bytes, 33554432U);
  EXPECT_EQ(config->retry.waits, (std::vector<Duration>{1s, 2h}));
  EXPECT_EQ(config->retry.give_up_after, Duration{108h});
  EXPECT_EQ(list.reply, lists::ReplyPolicy::address);
  EXPECT_EQ(list.reply_address, "desk@example.org");
  EXPECT_EQ(list.fan_out, lists::FanOut::individual);
  EXPECT_EQ(list.footer, "one\ntwo");
  EXPECT_DOUBLE_EQ(list.guard.breaker.sensitivity, 1.5);
  EXPECT_EQ(list.guard.breaker.open_time, Duration{2h});
  EXPECT_EQ(list.guard.large_reply, storm::LargeReply::hold);
}

TEST(Load, AListWhoseRepliesComeBackIsADiscussion) {
  const auto large_reply = [](const std::string& more) {
    return good(least, least_list + more)->lists.begin()->second.guard.large_reply;
  };
  EXPECT_EQ(large_reply(""), storm::LargeReply::divert);
  EXPECT_EQ(large_reply("reply_to = \"sender\"\n"), storm::LargeReply::divert);
  EXPECT_EQ(large_reply("reply_to = \"list\"\n"), storm::LargeReply::distribute);
  EXPECT_EQ(large_reply("reply_to = \"desk@example.org\"\n[guard]\n"), storm::LargeReply::distribute);
  EXPECT_EQ(large_reply("reply_to = \"list\"\n[guard]\nlarge_reply = \"divert\"\n"),
            storm::LargeReply::divert);
}

TEST(Load, NamesAndDomainsTakeTheirStoredForm) {
  const Snapshot config = good(everything, every_list_key);
  ASSERT_NE(config, nullptr);
  EXPECT_EQ(config->hostname, "mail.xn--bcher-kva.example");
  EXPECT_TRUE(config->lists.contains("talk@lists.xn--bcher-kva.example"));
  EXPECT_EQ(config->routes.by_name("office")->domains[1], ".xn--bcher-kva.example");
}

TEST(Load, RelativePathsBeginAtTheFolder) {
  const Snapshot config = good(everything, every_list_key);
  ASSERT_NE(config, nullptr);
  EXPECT_EQ(config->data_dir, "/etc/breakwater/data");
  EXPECT_EQ(config->control_socket, "/etc/breakwater/run/control");
  EXPECT_EQ(config->delivery.hosts_file, "/etc/breakwater/hosts");
  EXPECT_EQ(config->delivery.zone_files, (std::vector<std::string>{"/etc/breakwater/zones/a", "/zones/b"}));
  EXPECT_EQ(config->listeners[0].certificate, "/etc/breakwater/tls/chain.pem");
  EXPECT_EQ(config->listeners[0].address, "[::1]:465");
  EXPECT_EQ(config->listeners[1].address, "/etc/breakwater/run/lmtp");
  EXPECT_EQ(config->routes.by_name("boxes")->host, "/etc/breakwater/run/dovecot");
  EXPECT_EQ(config->routes.by_name("office")->host, "mail.example.org");
}

TEST(Load, AListCannotTakeMoreThanTheServer) {
  const Snapshot config = good(least + "[limits]\nmessage_size = \"1MiB\"\n");
  EXPECT_EQ(config->lists.begin()->second.max_message_bytes, 1024U * 1024);
}

TEST(Load, EmptyTextsMeanNoneOnlyWhereThatIsTheDefault) {
  const Snapshot config =
      good(least + "host = \"\"\n[delivery]\nresolver = \"\"\n", least_list + "footer = \"\"\n");
  EXPECT_NE(config, nullptr);
  const Loaded loaded = load_from({"b.toml", "data_dir = \"\"\n" + least, ""},
                                  {{"lists/tech.toml", least_list + "name = \"\"\nposters = [\"\"]\n", ""}});
  EXPECT_THAT(all_problems(loaded),
              testing::AllOf(HasSubstr("'data_dir' is empty"), HasSubstr("'name' is empty"),
                             HasSubstr("'posters' is empty")));
}

TEST(Load, ServerAndListsMayShareAnAddressPort0) {
  const std::string second = "[[listener]]\nkind = \"lmtp\"\naddress = \"127.0.0.1:0\"\n";
  EXPECT_EQ(good(least + second + second)->listeners.size(), 3U);
}

TEST_F(Folder, NoListsFolderIsNoProblem) {
  fs::remove(path_ / "lists");
  write("breakwater.toml", least);
  const Loaded loaded = load_it();
  EXPECT_EQ(all_problems(loaded), "");
  ASSERT_NE(loaded.config, nullptr);
  EXPECT_TRUE(loaded.config->lists.empty());
  EXPECT_EQ(loaded.config->data_dir, "/var/lib/breakwater");
}

TEST_F(Folder, ListsAreTheTomlFilesSymlinksToo) {
  write("breakwater.toml", least);
  write("lists/a.toml", least_list);
  write("elsewhere", least_list);
  fs::create_symlink(path_ / "elsewhere", path_ / "lists/b.toml");
  write("lists/.hidden.toml", "broken");
  write("lists/a.toml~", "broken");
  write("lists/README", "broken");
  const Loaded loaded = load_it();
  EXPECT_EQ(all_problems(loaded), "");
  ASSERT_NE(loaded.config, nullptr);
  EXPECT_EQ(loaded.config->lists.size(), 2U);
}

TEST_F(Folder, WhatIsNoFileIsNamedAndDoesNotBlock) {
  write("breakwater.toml", least);
  ASSERT_EQ(::mkfifo((path_ / "lists/pipe.toml").c_str(), 0600), 0);
  write("lists/large.toml", std::string(1024 * 1024 + 1, '#'));
  fs::create_symlink("loop.toml", path_ / "lists/loop.toml");
  const std::string text = all_problems(load_it());
  EXPECT_THAT(text, HasSubstr("lists/pipe.toml: cannot be read: Not a regular file"));
  EXPECT_THAT(text, HasSubstr("lists/large.toml: cannot be read: larger than 1 MiB"));
  EXPECT_THAT(text, HasSubstr("lists/loop.toml: cannot be read: Too many levels of symbolic links"));
}

TEST_F(Folder, APathTooLongForASocketIsSaidBeforeTheServerFails) {
  write("breakwater.toml", "data_dir = \"" + std::string(95, 'd') + "\"\n" + least);
  EXPECT_THAT(all_problems(load_it()), HasSubstr("too long for the path of a socket (107 bytes)"));
}

TEST_F(Folder, FiveThousandLists) {
  write("breakwater.toml", least);
  for (int i = 0; i < 5000; ++i) write("lists/list" + std::to_string(i) + ".toml", sample_list_toml());
  const Loaded loaded = load_it();
  EXPECT_EQ(all_problems(loaded), "");
  ASSERT_NE(loaded.config, nullptr);
  EXPECT_EQ(loaded.config->lists.size(), 5000U);
  EXPECT_TRUE(loaded.config->lists.contains("list4999@lists.example.org"));
}

TEST(Problem, PointsByCharactersAndCountsBytes) {
  const Loaded loaded = load_from({"b.toml", "\"größe\" = 1\n" + least + "name2 = \"€\" # x\n", ""}, {});
  ASSERT_EQ(loaded.problems.size(), 2U);
  EXPECT_EQ(loaded.problems[1].column, 1U);
  const Loaded bytes = load_from({"b.toml", "postmaster = [\"é€\", \"x\"]\n", ""}, {});
  const Problem& second = bytes.problems[bytes.problems.size() - 1];
  EXPECT_EQ(second.column, 24U);
  EXPECT_THAT(second.text(), HasSubstr("\n    postmaster = [\"é€\", \"x\"]\n                        ^"));
}

TEST(Problem, PasswordsAndControlCharactersAreNotShown) {
  const Loaded loaded = load_from({"b.toml", least + "password = \"hunter2\n", ""}, {});
  EXPECT_THAT(all_problems(loaded), testing::Not(HasSubstr("hunter2")));
  const Loaded longer =
      load_from({"b.toml", least + "password = \"" + std::string(300, 'h') + "\"\n", ""}, {});
  EXPECT_THAT(all_problems(longer), HasSubstr("'password' is longer than 255 bytes"));
  const Loaded control = load_from({"b.toml", "hostname = \"a\\u001b[2J\\u0000\"\n", ""}, {});
  EXPECT_THAT(all_problems(control), testing::Not(HasSubstr("\x1b")));
}

TEST(Problem, ManyAreBounded) {
  std::string many, long_line = least + "route2 = [";
  for (int i = 0; i < 20'000; ++i) many += "key" + std::to_string(i) + " = 1\n";
  const Loaded loaded = load_from({"b.toml", many, ""}, {});
  ASSERT_EQ(loaded.problems.size(), max_problems + 1);
  EXPECT_THAT(all_problems(loaded), HasSubstr("too many problems; the first 100 that were found are shown"));

  for (int i = 0; i < 20'000; ++i) long_line += "{a = 1}, ";
  const Loaded wide =
      load_from({"b.toml", "threads = \"" + std::string(100'000, 'x') + "\"\n" + long_line + "]\n", ""}, {});
  for (const Problem& problem : wide.problems) EXPECT_LT(problem.text().size(), 2000U);
}

TEST(Load, AnyTextGivesAConfigurationOrProblems) {
  const bool held = rc::check("never both, never neither", [](const std::string& bytes) {
    const auto at = *rc::gen::inRange<std::size_t>(0, everything.size());
    std::string text = everything;
    text.replace(at, *rc::gen::inRange<std::size_t>(0, 20), bytes);
    const Loaded loaded = load_from({"b.toml", text, ""}, {{"lists/l.toml", bytes, ""}});
    RC_ASSERT((loaded.config == nullptr) == !loaded.problems.empty());
    for (const Problem& problem : loaded.problems) RC_ASSERT(problem.text().starts_with(problem.file));
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace breakwater::config
