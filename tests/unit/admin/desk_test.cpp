// The desk on a real store, directly and through the control socket.
#include "admin/desk.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <thread>

#include "admin/control_client.h"
#include "admin/control_socket.h"
#include "identity/credentials.h"
#include "plain_hands.h"
#include "store/directory.h"
#include "store/spool.h"
#include "store/store.h"

namespace breakwater::admin {
namespace {

using boost::json::object;
const Instant kNow = from_ms(1'760'000'000'000);

class FakeServer : public Live {
 public:
  Result<std::string> reload() override { return std::string("reloaded"); }
  Result<void> without_reload(const std::function<Result<void>()>& act) override {
    end_of_reload();
    return act();
  }
  void list_purged() override { ++purged; }
  void wake_queue() override { ++woken; }
  void posting_dropped(PostingId posting) override { dropped = posting; }
  object status() override { return {{"version", "test"}}; }
  std::map<std::string, Pause> paused() override { return pauses; }
  std::map<std::string, Pause> pauses;
  std::function<void()> end_of_reload = [] {};
  int woken = 0, purged = 0;
  PostingId dropped;
};

class DeskTest : public testing::Test {
 protected:
  DeskTest() {
    char name[] = "/tmp/breakwater-desk-XXXXXX";
    folder_ = mkdtemp(name);
    store_ = *store::Store::open({.directory = folder_ + "/data"}, kNow);
    auto config = std::make_shared<config::Config>();
    config->hostname = "lists.example";
    for (const char* address : {"tech@lists.example", "news@lists.example", "news@other.example"}) {
      const std::string text(address);
      lists::List list;
      list.name = text.substr(0, 4);
      list.domain = text.substr(5);
      config->lists[text] = list;
    }
    config_ = config;
    hands_ = std::make_unique<PlainHands>(*store_);
    desk_ = std::make_unique<Desk>(
        DeskOptions{[this] { return config_; }, store_.get(), &live_, [] { return kNow; }, hands_.get()});
  }
  ~DeskTest() override {
    desk_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  // The closing object, or {"error": what}; rows in rows_.
  object ask(const object& request) {
    rows_.clear();
    const auto row = [this](const object& one) {
      rows_.push_back(one);
      return true;
    };
    const auto answer = desk_->ask(request, row, "uid 0 by the control socket");
    return answer ? *answer : object{{"error", answer.error().what}};
  }
  std::string told(const object& request) { return boost::json::serialize(ask(request)); }

  // A posting to one recipient by this route.
  PostingId queued(const std::string& route) {
    const PostingId posting{make_id(kNow, 2)};
    const auto written = store_->write_and_wait([&](store::Connection& db) -> Result<void> {
      const MessageId message{make_id(kNow, 3)};
      const auto added = store::add_message(db, {message, "Subject: x\r\n\r\n", kNow});
      if (!added) return added.error();
      store::Posting row;
      row.id = posting;
      row.message = message;
      row.list = *store::ensure_list(db, *mail::parse_address("tech@lists.example"), kNow);
      row.list_address = "tech@lists.example";
      row.received = kNow;
      row.recipients = 1;
      const auto to = store::ensure_address(db, *mail::parse_address("ann@example.org"));
      if (!to) return to.error();
      lists::Audience audience;
      audience.recipients = 1;
      audience.slices.push_back({route, queue::pack_ids(std::vector{*to}), 1});
      return store::add_posting(db, row, audience, kNow + std::chrono::hours(1));
    });
    EXPECT_TRUE(written.has_value());
    return posting;
  }

  std::string folder_;
  std::unique_ptr<store::Store> store_;
  config::Snapshot config_;
  FakeServer live_;
  std::unique_ptr<PlainHands> hands_;
  std::unique_ptr<Desk> desk_;
  std::vector<object> rows_;
};

TEST_F(DeskTest, members_are_added_found_listed_and_removed) {
  EXPECT_EQ(
      told({{"command", "member.add"}, {"list", "tech"}, {"address", "Ann@Example.ORG"}, {"name", "Ann"}}),
      R"({"list":"tech@lists.example","address":"Ann@example.org","role":"member","added":true})");
  EXPECT_EQ(ask({{"command", "member.add"}, {"list", "tech"}, {"address", "ann@example.org"}}).at("added"),
            false);
  ask({{"command", "member.add"}, {"list", "tech"}, {"address", "ann@example.org"}, {"role", "owner"}});
  EXPECT_EQ(ask({{"command", "member.find"}, {"address", "ann@example.org"}}).at("count"), 2);
  EXPECT_EQ(ask({{"command", "member.ls"}, {"list", "tech"}}).at("count"), 2);
  EXPECT_EQ(rows_.at(0).at("role"), "owner");
  EXPECT_EQ(ask({{"command", "member.ls"}, {"list", "tech"}, {"limit", 1}}).at("count"), 1);
  EXPECT_EQ(ask({{"command", "member.rm"}, {"list", "tech"}, {"address", "ann@example.org"}})
                .at("removed")
                .as_array()
                .size(),
            2U);
  EXPECT_EQ(told({{"command", "member.rm"}, {"list", "tech"}, {"address", "ann@example.org"}}),
            R"({"error":"ann@example.org is not on tech@lists.example"})");
}

TEST_F(DeskTest, long_listings_go_from_page_to_page) {
  for (int batch = 0; batch < 3; ++batch) {
    boost::json::array rows;
    for (int at = 0; at < 1000; ++at) {
      const std::string address = "m" + std::to_string(batch * 1000 + at) + "@x.example";
      rows.push_back(boost::json::array{at, address, "", "", ""});
    }
    ask({{"command", "member.import"}, {"list", "tech"}, {"rows", rows}});
  }
  EXPECT_EQ(ask({{"command", "member.ls"}, {"list", "tech"}}).at("count"), 3000);
  std::set<std::string> distinct;
  for (const object& row : rows_) distinct.insert(std::string(row.at("address").as_string()));
  EXPECT_EQ(distinct.size(), 3000U);
}

TEST_F(DeskTest, an_import_reports_bad_rows_and_takes_the_rest) {
  const auto rows =
      boost::json::parse(
          R"([[2,"ann@example.org","Ann","",""],[3,"nobody","","",""],[4,"bob@example.org","","chief",""],
          [5,"cy@example.org","","","none"],[6,"dee@example.org","a\u0007b","",""]])")
          .as_array();
  const object request{{"command", "member.import"}, {"list", "tech"}, {"rows", rows}};
  object dry = request;
  dry["dry_run"] = true;
  EXPECT_EQ(ask(dry).at("added"), 2);
  EXPECT_EQ(ask({{"command", "member.ls"}, {"list", "tech"}}).at("count"), 0);
  const object done = ask(request);
  EXPECT_EQ(done.at("added"), 2);
  ASSERT_EQ(done.at("bad").as_array().size(), 3U);
  EXPECT_EQ(done.at("bad").at(0).at("line"), 3);
  EXPECT_EQ(done.at("bad").at(1).at("reason"), "unknown role 'chief': member, moderator or owner");
  EXPECT_EQ(ask(request).at("same"), 2);
  EXPECT_EQ(ask(dry).at("same"), 2);
}

TEST_F(DeskTest, lists_are_named_by_address_or_by_a_name_that_is_one_lists) {
  EXPECT_EQ(ask({{"command", "list.ls"}}).at("lists"), 3);
  EXPECT_EQ(rows_.size(), 3U);
  EXPECT_EQ(ask({{"command", "list.show"}, {"list", "TECH"}}).at("list"), "tech@lists.example");
  EXPECT_EQ(told({{"command", "list.show"}, {"list", "news"}}),
            R"({"error":"'news' may be news@lists.example or news@other.example: give the whole address"})");
  EXPECT_EQ(ask({{"command", "list.show"}, {"list", "news@other.example"}}).at("list"), "news@other.example");
  EXPECT_TRUE(ask({{"command", "list.show"}, {"list", "' OR 1=1"}}).contains("error"));
}

TEST_F(DeskTest, users_have_credentials_and_no_password_comes_back) {
  EXPECT_EQ(told({{"command", "user.add"}, {"login", "Ann@example.org"}, {"password", "secret"}}),
            R"({"login":"ann@example.org","added":true})");
  EXPECT_TRUE(
      ask({{"command", "user.add"}, {"login", "ann@example.org"}, {"password", "x"}}).contains("error"));
  EXPECT_TRUE(
      ask({{"command", "user.passwd"}, {"login", "bob@example.org"}, {"password", "x"}}).contains("error"));
  auto hash = [this] {
    auto reading = store_->read();
    return (**store::find_user(reading.connection(), "ann@example.org")).password_hash;
  };
  EXPECT_TRUE(identity::verify_password(hash(), "secret"));
  ask({{"command", "user.passwd"}, {"login", "ann@example.org"}, {"password", "other"}});
  EXPECT_TRUE(identity::verify_password(hash(), "other"));
  ask({{"command", "user.ls"}});
  ASSERT_EQ(rows_.size(), 1U);
  EXPECT_EQ(boost::json::serialize(rows_[0]),
            R"({"login":"ann@example.org","changed":"2025-10-09T08:53:20Z"})");
  EXPECT_EQ(ask({{"command", "user.rm"}, {"login", "ann@example.org"}}).at("removed"), true);
  EXPECT_TRUE(ask({{"command", "user.rm"}, {"login", "ann@example.org"}}).contains("error"));
}

TEST_F(DeskTest, a_refusal_and_a_posting_are_explained) {
  const RefusalId refusal{make_id(kNow, 1)};
  const PostingId posting{make_id(kNow, 2)};
  const auto written = store_->write_and_wait([&](store::Connection& db) -> Result<void> {
    (void)store::add_refusal(db, {refusal, kNow, "192.0.2.1", "eve@evil.example", "tech@lists.example",
                                  "550 5.7.1 you may not post", "the sender is not a member."});
    const MessageId message{make_id(kNow, 3)};
    const auto added = store::add_message(db, {message, "Subject: x\r\n\r\n", kNow});
    if (!added) return added.error();
    store::Posting row;
    row.id = posting;
    row.message = message;
    row.list = *store::ensure_list(db, *mail::parse_address("tech@lists.example"), kNow);
    row.list_address = "tech@lists.example";
    row.sender = "ann@example.org";
    row.subject = "Hello";
    row.received = kNow;
    return store::add_posting(db, row, lists::Audience{}, kNow + std::chrono::hours(1));
  });
  ASSERT_TRUE(written.has_value()) << written.error().what;
  const object why = ask({{"command", "why"}, {"id", format_id(refusal)}});
  EXPECT_EQ(why.at("kind"), "refusal");
  EXPECT_NE(boost::json::serialize(why).find("the sender is not a member"), std::string::npos);
  EXPECT_EQ(ask({{"command", "why"}, {"id", format_id(posting)}}).at("kind"), "posting");
  EXPECT_TRUE(ask({{"command", "why"}, {"id", format_id(make_id(kNow, 9))}}).contains("error"));
  EXPECT_TRUE(ask({{"command", "why"}, {"id", "x"}}).contains("error"));
  EXPECT_EQ(ask({{"command", "posting.ls"}, {"list", "tech"}}).at("postings"), 1);
  EXPECT_EQ(rows_.at(0).at("subject"), "Hello");
}

TEST_F(DeskTest, the_queues_hands_reach_the_running_server) {
  EXPECT_EQ(ask({{"command", "queue.retry"}}).at("slices"), 0);
  EXPECT_EQ(live_.woken, 1);
  EXPECT_TRUE(ask({{"command", "queue.drop"}, {"posting", format_id(make_id(kNow, 9))}}).contains("error"));
  EXPECT_FALSE(live_.dropped);
  EXPECT_EQ(ask({{"command", "queue.ls"}}).at("remaining"), 0);
  EXPECT_EQ(ask({{"command", "reload"}}).at("message"), "reloaded");
  EXPECT_EQ(ask({{"command", "status"}}).at("version"), "test");
}

TEST_F(DeskTest, a_paused_route_says_until_when_and_why) {
  const std::string posting = format_id(queued("office"));
  live_.pauses["office"] = {kNow + std::chrono::minutes{1}, "451 4.4.1 mail.example: connect: timed out"};
  live_.pauses["elsewhere"] = {kNow, "no"};
  ask({{"command", "queue.ls"}});
  const std::string said = "paused until 2025-10-09T08:54:20Z: 451 4.4.1 mail.example: connect: timed out";
  EXPECT_EQ(rows_.at(0).at("last_reply").as_string(), said);
  const auto why = ask({{"command", "why"}, {"id", posting}});
  EXPECT_NE(boost::json::serialize(why).find("The route is " + said), std::string::npos);
  // What the way to it said no server said; and a sentence ends before the next begins.
  const auto tried = store_->write_and_wait([](store::Connection& db) {
    return db.execute("UPDATE slice SET attempts = 1, last_reply = '451 4.4.1 mail.example: refused'");
  });
  ASSERT_TRUE(tried.has_value());
  const std::string sentence = boost::json::serialize(ask({{"command", "why"}, {"id", posting}}));
  EXPECT_NE(sentence.find("The last try ended with: 451 4.4.1 mail.example: refused. The route is paused"),
            std::string::npos)
      << sentence;
  ASSERT_TRUE(store_->write_and_wait(
      [](store::Connection& db) { return db.execute("UPDATE slice SET attempts = 0, last_reply = ''"); }));
  live_.pauses.clear();
  rows_.clear();
  ask({{"command", "queue.ls"}});
  EXPECT_TRUE(rows_.at(0).at("last_reply").as_string().empty());
}

TEST_F(DeskTest, every_command_refuses_wrong_arguments_as_a_value) {
  for (const std::string& command : Desk::commands()) {
    for (const char* key : {"list", "address", "login", "posting", "id", "rows", "limit", "role"}) {
      object request{{"command", command},       {"list", "tech"},
                     {"address", "a@b.example"}, {"password", "x"},
                     {"login", "a@b.example"},   {"posting", "0000000000001"},
                     {"id", "0000000000001"},    {"rows", boost::json::array{}}};
      request[key] = boost::json::array{1, object{}};
      ask(request);
    }
    ask({{"command", command}});
  }
  EXPECT_TRUE(ask({}).contains("error"));
  EXPECT_EQ(told({{"command", "rm -rf"}}), R"({"error":"unknown command 'rm -rf'"})");
}

TEST_F(DeskTest, the_control_socket_carries_questions_and_answers) {
  const std::string path = folder_ + "/control";
  auto socket = ControlSocket::open(path, *desk_);
  ASSERT_TRUE(socket.has_value()) << socket.error().what;
  struct stat found {};
  stat(path.c_str(), &found);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
  {
    auto client = ControlClient::connect(path);
    ASSERT_TRUE(client.has_value());
    int rows = 0;
    const auto count = [&](const object&) { return ++rows > 0; };
    EXPECT_EQ(client->ask({{"command", "list.ls"}}, count)->at("lists"), 3);
    EXPECT_EQ(rows, 3);
    const auto wrong = client->ask({{"command", "list.show"}, {"list", "none"}}, count);
    ASSERT_FALSE(wrong.has_value());
    EXPECT_EQ(wrong.error().fault, Fault::not_found);
    for (int at = 0; at < 3; ++at) EXPECT_TRUE(client->send({{"command", "status"}}).has_value());
    for (int at = 0; at < 3; ++at) EXPECT_EQ(client->receive(count)->at("version"), "test");
  }
  socket->reset();
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(ControlClient::connect(path).error().fault, Fault::not_found);
}

TEST_F(DeskTest, the_control_socket_outlives_nonsense_and_too_many) {
  const std::string path = folder_ + "/control";
  const auto socket = ControlSocket::open(path, *desk_);
  ASSERT_TRUE(socket.has_value());
  for (const char* nonsense : {"\n", "[]\n", "{\"command\":\n", "{\"command\":1}\n", "half a line"}) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_GT(write(fd, nonsense, strlen(nonsense)), 0);
    shutdown(fd, SHUT_WR);
    char answer[512];
    const auto got = read(fd, answer, sizeof answer);
    EXPECT_TRUE(got > 0 && std::string_view(answer, static_cast<std::size_t>(got)).starts_with("{\"error\""));
    close(fd);
  }
  std::vector<ControlClient> clients;
  const auto nothing = [](const object&) { return true; };
  for (std::size_t at = 0; at < ControlSocket::kMaxSessions; ++at) {
    clients.push_back(*ControlClient::connect(path));
    ASSERT_TRUE(clients.back().ask({{"command", "status"}}, nothing).has_value());
  }
  auto one_more = ControlClient::connect(path);
  ASSERT_TRUE(one_more.has_value());
  EXPECT_EQ(one_more->receive(nothing).error().fault, Fault::busy);
  clients.clear();
  bool served = false;  // soon: their sessions end when they notice
  for (int turn = 0; turn < 1000 && !served; ++turn) {
    served = ControlClient::connect(path)->ask({{"command", "status"}}, nothing).has_value();
    if (!served) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(served);
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

TEST_F(DeskTest, without_descriptors_the_control_socket_waits_quietly_and_resumes) {
  const std::string path = folder_ + "/control";
  const auto socket = ControlSocket::open(path, *desk_);
  ASSERT_TRUE(socket.has_value());
  const auto nothing = [](const object&) { return true; };
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const int own = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int next = ::dup(0);  // the lowest that is free: from there on none may be had
  ::close(next);
  const rlimit none{static_cast<rlim_t>(next), limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const double used = cpu_seconds();
  ASSERT_EQ(::connect(own, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  EXPECT_LT(cpu_seconds() - used, 0.35) << "it tries again and again";
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  const std::string_view question = "{\"command\":\"status\"}\n";
  ASSERT_GT(::write(own, question.data(), question.size()), 0);
  char answer[512];
  EXPECT_GT(::read(own, answer, sizeof answer), 0);
  ::close(own);
  EXPECT_TRUE(ControlClient::connect(path)->ask({{"command", "status"}}, nothing).has_value());
}

TEST_F(DeskTest, only_a_socket_is_replaced) {
  const std::string path = folder_ + "/control";
  std::ofstream(path) << "precious";
  EXPECT_EQ(ControlSocket::open(path, *desk_).error().fault, Fault::invalid);
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_EQ(ControlSocket::open(folder_ + "/" + std::string(120, 'x'), *desk_).error().fault, Fault::invalid);
}

// The reload that it waits for has brought the list back: with its file there it is not purged.
TEST_F(DeskTest, a_list_that_a_reload_brings_back_is_not_purged) {
  const auto with = config_;
  const auto without = std::make_shared<config::Config>(*with);
  without->lists.erase("tech@lists.example");
  without->file = folder_ + "/breakwater.toml";
  std::ofstream(without->file) << "hostname = \"lists.example\"\npostmaster = \"admin@example.org\"\n"
                                  "[[listener]]\nkind = \"mx\"\naddress = \"127.0.0.1:2525\"\n"
                                  "[[route]]\nname = \"out\"\nkind = \"mx\"\ndomains = \"*\"\n";
  const object purge = {{"command", "list.purge"}, {"list", "tech"}, {"reason", "over"}, {"sure", true}};
  ask({{"command", "member.add"}, {"list", "tech"}, {"address", "ann@example.org"}});
  config_ = without;
  live_.end_of_reload = [&] { config_ = with; };
  const std::string refused = told(purge);
  EXPECT_NE(refused.find("the file of tech@lists.example is there"), std::string::npos) << refused;
  EXPECT_EQ(ask({{"command", "member.ls"}, {"list", "tech"}}).at("count"), 1);
  EXPECT_EQ(live_.purged, 0);
  config_ = without;
  live_.end_of_reload = [] {};
  const std::string purged = told(purge);
  EXPECT_NE(purged.find("\"purged\":true"), std::string::npos) << purged;
  EXPECT_EQ(live_.purged, 1) << "what is in force is renewed";
}

}  // namespace
}  // namespace breakwater::admin
