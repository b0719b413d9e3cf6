// The desk's part in a storm: orders reach the hands as they were meant, and what is held, open and frozen is
// told from a real store.
#include "admin/hands.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <memory>
#include <set>

#include "admin/control_client.h"
#include "admin/control_socket.h"
#include "admin/desk.h"
#include "mail/address.h"
#include "store/directory.h"
#include "store/hold.h"
#include "store/store.h"
#include "store/storm_memory.h"
#include "storm/breaker.h"
#include "storm/guard.h"

namespace breakwater::admin {
namespace {

using boost::json::object;
const Instant kNow = from_ms(1'795'363'270'000);

class FakeHands : public Hands {
 public:
  Result<Outcome> carry_out(const Order& order) override {
    orders.push_back(order);
    return Outcome{3, 2'550'000, "done"};
  }
  Result<std::string> change_membership(const MemberOrder& order) override {
    member_orders.push_back(order);
    return "done";
  }
  Result<void> put_members(const std::string&, const PutMembers&) override { return no_such(); }
  static Error no_such() { return {Fault::invalid, "not asked here"}; }
  std::vector<Order> orders;
  std::vector<MemberOrder> member_orders;
};

class HandsTest : public testing::Test {
 protected:
  HandsTest() {
    char name[] = "/tmp/breakwater-hands-XXXXXX";
    folder_ = mkdtemp(name);
    store_ = *store::Store::open({.directory = folder_ + "/data"}, kNow);
    auto config = std::make_shared<config::Config>();
    for (const char* one : {"all", "tech"}) {
      lists::List list;
      list.name = one;
      list.domain = "lists.example";
      config->lists[list.address()] = list;
    }
    config_ = config;
    desk_ = std::make_unique<Desk>(
        DeskOptions{[this] { return config_; }, store_.get(), nullptr, [] { return kNow; }, &hands_});
  }
  ~HandsTest() override {
    desk_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  object ask(const object& request) {
    rows_.clear();
    const auto row = [this](const object& one) {
      rows_.push_back(one);
      return true;
    };
    const auto answer = desk_->ask(request, row, "uid 7 by the control socket");
    return answer ? *answer : object{{"error", answer.error().what}};
  }
  std::string told(const object& request) { return boost::json::serialize(ask(request)); }
  void write(const store::Store::Job& job) {
    const auto written = store_->write_and_wait(job);
    ASSERT_TRUE(written.has_value()) << written.error().what;
  }
  ListId list_id(store::Connection& db, const std::string& address) {
    return *store::ensure_list(db, *mail::parse_address(address), kNow);
  }
  PostingId hold(std::uint64_t number, const std::string& thread, const std::string& verdict = "hold") {
    store::Posting row;
    row.id = PostingId{make_id(kNow, number)};
    write([&](store::Connection& db) -> Result<void> {
      row.message = MessageId{row.id.value};
      const auto added = store::add_message(
          db, {row.message, "Subject: Re: test\r\n\r\nPlease remove me\r\n\x1b[31m\r\n", kNow});
      if (!added) return added;
      row.list = list_id(db, "all@lists.example");
      row.list_address = "all@lists.example";
      row.sender = "bob@example.org";
      row.subject = "Re: test";
      row.verdict = verdict;
      row.reason = "a storm";
      row.thread = thread;
      row.received = kNow;
      row.until = kNow + std::chrono::hours(1);
      row.recipients = 850'000;
      return store::add_held(db, row, nullptr);
    });
    return row.id;
  }

  std::string folder_;
  std::unique_ptr<store::Store> store_;
  config::Snapshot config_;
  FakeHands hands_;
  std::unique_ptr<Desk> desk_;
  std::vector<object> rows_;
};

TEST_F(HandsTest, a_list_is_frozen_thawed_and_confirmed) {
  const std::pair<const char*, Hand> all[] = {
      {"list.freeze", Hand::freeze}, {"list.thaw", Hand::thaw}, {"list.confirm", Hand::confirm_audience}};
  for (const auto& [command, hand] : all) {
    EXPECT_EQ(told({{"command", command}, {"list", "ALL"}, {"reason", "  reply-all\nstorm "}}),
              R"({"postings":3,"recipients":2550000,"message":"done"})");
    const Order& order = hands_.orders.back();
    EXPECT_EQ(order.hand, hand);
    EXPECT_EQ(order.list_address, "all@lists.example");
    EXPECT_TRUE(order.list);
    EXPECT_FALSE(order.posting);
    EXPECT_EQ(order.reason, "reply-all storm");
    EXPECT_EQ(order.actor, "uid 7 by the control socket");
    EXPECT_EQ(order.moderator, "");
  }
  EXPECT_TRUE(ask({{"command", "list.freeze"}, {"list", "none"}, {"reason", "x"}}).contains("error"));
  EXPECT_EQ(hands_.orders.size(), 3U);
}

TEST_F(HandsTest, a_posting_is_recalled_released_diverted_and_discarded_alone) {
  const PostingId posting = hold(1, "thread-1");
  const std::pair<const char*, Hand> all[] = {
      {"posting.recall", Hand::recall}, {"posting.release", Hand::release},
      {"posting.divert", Hand::divert}, {"posting.discard", Hand::discard},
      {"hold.release", Hand::release},  {"hold.discard", Hand::discard}};
  for (const auto& [command, hand] : all) {
    ask({{"command", command}, {"posting", format_id(posting)}, {"reason", "wrong list"}});
    const Order& order = hands_.orders.back();
    EXPECT_EQ(order.hand, hand);
    EXPECT_EQ(order.posting, posting);
    EXPECT_EQ(order.list_address, "all@lists.example");
    EXPECT_EQ(order.thread, "");
    EXPECT_FALSE(order.digest);
  }
  EXPECT_EQ(hands_.orders.size(), std::size(all));
  EXPECT_TRUE(ask({{"command", "posting.recall"}, {"posting", format_id(make_id(kNow, 9))}, {"reason", "x"}})
                  .contains("error"));
  EXPECT_EQ(hands_.orders.size(), std::size(all));
}

TEST_F(HandsTest, what_is_held_is_released_by_thread_and_by_list) {
  const PostingId posting = hold(1, "thread-1");
  const std::string id = format_id(posting);
  ask({{"command", "hold.discard"}, {"posting", id}, {"with_thread", true}, {"reason", "x"}});
  EXPECT_FALSE(hands_.orders.back().posting);
  EXPECT_EQ(hands_.orders.back().thread, "thread-1");
  ask({{"command", "hold.release"},
       {"list", "all"},
       {"thread", "thread-1"},
       {"digest", true},
       {"reason", "x"}});
  EXPECT_EQ(hands_.orders.back().thread, "thread-1");
  EXPECT_TRUE(hands_.orders.back().digest);
  EXPECT_TRUE(hands_.orders.back().list);
  ask({{"command", "hold.discard"}, {"list", "all"}, {"all", true}, {"reason", "x"}});
  EXPECT_EQ(hands_.orders.back().thread, "");
  EXPECT_EQ(hands_.orders.size(), 3U);
}

// A slip must not become all of a list.
TEST_F(HandsTest, all_of_a_list_is_meant_only_where_it_is_said) {
  const std::string id = format_id(hold(1, ""));
  for (object request :
       {object{{"list", "all"}}, object{{"list", "all"}, {"thread", ""}},
        object{{"posting", id}, {"with_thread", true}}, object{{"posting", id}, {"all", true}},
        object{{"posting", id}, {"list", "all"}}, object{{"posting", id}, {"thread", "x"}},
        object{{"list", "all"}, {"all", true}, {"thread", "x"}}, object{{"all", true}}, object{},
        object{{"list", "all"}, {"with_thread", true}}}) {
    for (const char* command : {"hold.release", "hold.discard"}) {
      request["command"] = command;
      request["reason"] = "x";
      EXPECT_TRUE(ask(request).contains("error")) << boost::json::serialize(request);
    }
  }
  EXPECT_TRUE(hands_.orders.empty());
}

TEST_F(HandsTest, no_order_goes_without_a_reason) {
  const std::string id = format_id(hold(1, ""));
  for (const char* command : {"list.freeze", "list.thaw", "list.confirm", "posting.recall", "posting.release",
                              "posting.divert", "posting.discard", "hold.release", "hold.discard"}) {
    object request{{"command", command}};
    const bool about_list = std::string(command).starts_with("list.");
    request[about_list ? "list" : "posting"] = about_list ? "all" : id;
    for (const char* reason : {"", "  \n", "\x1b"}) {
      request["reason"] = reason;
      EXPECT_NE(told(request).find("give a reason"), std::string::npos) << command;
    }
    request.erase("reason");
    EXPECT_NE(told(request).find("give a reason"), std::string::npos) << command;
    request["reason"] = boost::json::array{1};
    EXPECT_TRUE(ask(request).contains("error"));
  }
  EXPECT_TRUE(hands_.orders.empty());
}

// Its fan-outs were stopped in their middle: somebody must be able to let go of them.
TEST_F(HandsTest, a_frozen_list_without_its_file_is_seen_and_thawed) {
  write([&](store::Connection& db) -> Result<void> {
    for (const char* gone : {"old@lists.example", "old@other.example", "past@lists.example"}) {
      if (auto done = store::freeze(db, {list_id(db, gone), kNow, "uid 0", "a storm"}); !done) return done;
    }
    (void)list_id(db, "never@lists.example");  // not frozen
    return {};
  });
  EXPECT_EQ(ask({{"command", "storm.status"}}).at("frozen"), 3);
  EXPECT_EQ(rows_.at(0).at("list"), "old@lists.example");
  const auto thaw = [&](const char* name) {
    return ask({{"command", "list.thaw"}, {"list", name}, {"reason", "it is over"}}).contains("error");
  };
  EXPECT_FALSE(thaw("Old@Lists.Example"));
  EXPECT_EQ(hands_.orders.back().hand, Hand::thaw);
  EXPECT_EQ(hands_.orders.back().list_address, "old@lists.example");
  EXPECT_TRUE(hands_.orders.back().list);
  EXPECT_FALSE(thaw("past"));
  EXPECT_EQ(hands_.orders.back().list_address, "past@lists.example");
  EXPECT_TRUE(thaw("old")) << "which of two";
  EXPECT_TRUE(thaw("never@lists.example"));
  EXPECT_TRUE(ask({{"command", "list.freeze"}, {"list", "past"}, {"reason", "x"}}).contains("error"));
  EXPECT_EQ(hands_.orders.size(), 2U);
}

TEST_F(HandsTest, dropping_is_recalling) {
  const PostingId id = hold(1, "t1");
  const std::string posting = format_id(id);
  EXPECT_EQ(told({{"command", "queue.drop"}, {"posting", posting}, {"why", " sent by\nmistake"}}),
            R"({"posting":")" + posting + R"(","recipients":2550000,"message":"done"})");
  const Order& order = hands_.orders.back();
  EXPECT_EQ(order.hand, Hand::recall);
  EXPECT_EQ(order.posting, id);
  EXPECT_EQ(order.list_address, "all@lists.example");
  EXPECT_EQ(order.reason, "sent by mistake");
  EXPECT_EQ(order.actor, "uid 7 by the control socket");
  EXPECT_TRUE(order.thread.empty());
  EXPECT_FALSE(ask({{"command", "queue.drop"}, {"posting", posting}}).contains("error"));
  EXPECT_EQ(hands_.orders.back().reason, "dropped by the administrator");
}

TEST_F(HandsTest, what_is_dropped_without_a_server_is_in_the_audit_trail_too) {
  const PostingId id = hold(1, "t1");
  Desk desk({[this] { return config_; }, store_.get(), nullptr, [] { return kNow; }});
  const auto row = [](const object&) { return true; };
  const auto answer =
      desk.ask({{"command", "queue.drop"}, {"posting", format_id(id)}}, row, "uid 7, no server running");
  ASSERT_TRUE(answer.has_value()) << answer.error().what;
  auto reading = store_->read();
  EXPECT_EQ(store::posting(reading.connection(), id)->value().state, store::PostingState::dropped);
  const auto trail = *store::audits(reading.connection(), "all@lists.example", 9);
  ASSERT_EQ(trail.size(), 1U);
  EXPECT_EQ(trail[0].action, "recall");
  EXPECT_EQ(trail[0].actor, "uid 7, no server running");
  EXPECT_EQ(trail[0].posting, id);
  EXPECT_EQ(trail[0].reason, "dropped by the administrator");
}

TEST_F(HandsTest, without_hands_the_desk_says_so) {
  Desk desk({[this] { return config_; }, store_.get(), nullptr, [] { return kNow; }});
  const auto row = [](const object&) { return true; };
  const auto answer = desk.ask({{"command", "list.freeze"}, {"list", "all"}, {"reason", "x"}}, row,
                               "uid 7, no server running");
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().fault, Fault::unavailable);
  EXPECT_EQ(answer.error().what, "not available here: start the server and give the command again");
}

// Who gave an order comes from the kernel: what a request says of it is not even read.
TEST_F(HandsTest, nobody_signs_with_another_name) {
  const std::string path = folder_ + "/control";
  auto socket = ControlSocket::open(path, *desk_);
  ASSERT_TRUE(socket.has_value()) << socket.error().what;
  auto client = ControlClient::connect(path);
  ASSERT_TRUE(client.has_value());
  const auto row = [](const object&) { return true; };
  const auto done = client->ask({{"command", "list.freeze"},
                                 {"list", "all"},
                                 {"reason", "x"},
                                 {"actor", "uid 0 by the control socket"},
                                 {"moderator", "mo@example.org"}},
                                row);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(hands_.orders.back().actor, "uid " + std::to_string(getuid()) + " by the control socket");
  EXPECT_EQ(hands_.orders.back().moderator, "");
}

TEST_F(HandsTest, what_is_held_is_listed_and_shown) {
  const PostingId first = hold(1, "thread-1");
  hold(2, "thread-2", "confirm");
  EXPECT_EQ(ask({{"command", "hold.ls"}}).at("postings"), 2);
  EXPECT_EQ(boost::json::serialize(rows_.at(0)),
            R"({"posting":")" + format_id(first) +
                R"(","list":"all@lists.example","verdict":"hold","received":"2026-11-22T16:01:10Z",)"
                R"("until":"2026-11-22T17:01:10Z","sender":"bob@example.org","subject":"Re: test",)"
                R"("recipients":850000,"approvals":0,"thread":"thread-1","reason":"a storm"})");
  EXPECT_EQ(ask({{"command", "hold.ls"}, {"list", "all"}, {"thread", "thread-2"}}).at("postings"), 1);
  EXPECT_EQ(ask({{"command", "hold.ls"}, {"verdict", "confirm"}}).at("postings"), 1);
  EXPECT_EQ(ask({{"command", "hold.ls"}, {"limit", 1}}).at("postings"), 1);
  EXPECT_EQ(ask({{"command", "hold.ls"}, {"list", "tech"}}).at("postings"), 0);  // it has no row yet
  const object shown = ask({{"command", "hold.show"}, {"posting", format_id(first)}});
  EXPECT_EQ(shown.at("sender"), "bob@example.org");
  EXPECT_NE(boost::json::serialize(shown.at("text")).find("Please remove me"), std::string::npos);
  EXPECT_EQ(boost::json::serialize(shown.at("text")).find("u001b"), std::string::npos);
  EXPECT_EQ(ask({{"command", "posting.ls"}, {"list", "all"}}).at("postings"), 2);
  EXPECT_EQ(rows_.at(0).at("state"), "held");
  EXPECT_NE(told({{"command", "why"}, {"id", format_id(first)}}).find("nobody has it yet"),
            std::string::npos);
  write([&](store::Connection& db) -> Result<void> {
    const auto done = store::discard_held(db, first, kNow, "discarded");
    return done ? Result<void>() : Result<void>(done.error());
  });
  EXPECT_NE(told({{"command", "hold.show"}, {"posting", format_id(first)}}).find("it is dropped"),
            std::string::npos);
}

TEST_F(HandsTest, the_audit_trail_is_listed_newest_first) {
  write([&](store::Connection& db) -> Result<void> {
    const auto first =
        store::add_audit(db, {kNow, "uid 0 by the control socket", "freeze", "all@lists.example", PostingId{},
                              "storm", "2 postings stopped"});
    if (!first) return first;
    return store::add_audit(db, {kNow + std::chrono::seconds(1), "ann@example.org by mail", "recall",
                                 "tech@lists.example", PostingId{make_id(kNow, 1)}, "slip", "3 recipients"});
  });
  EXPECT_EQ(ask({{"command", "audit.ls"}}).at("entries"), 2);
  EXPECT_EQ(boost::json::serialize(rows_.at(0)),
            R"({"at":"2026-11-22T16:01:11Z","actor":"ann@example.org by mail","action":"recall",)"
            R"("list":"tech@lists.example","posting":")" +
                format_id(make_id(kNow, 1)) + R"(","reason":"slip","outcome":"3 recipients"})");
  EXPECT_EQ(rows_.at(1).at("posting"), "");
  EXPECT_EQ(ask({{"command", "audit.ls"}, {"list", "all"}}).at("entries"), 1);
  EXPECT_EQ(ask({{"command", "audit.ls"}, {"limit", 1}}).at("entries"), 1);
}

TEST_F(HandsTest, the_status_of_a_quiet_server_is_empty) {
  EXPECT_EQ(told({{"command", "storm.status"}}),
            R"({"at":"2026-11-22T16:01:10Z","lists":0,"open":0,"frozen":0,"held":0,"spared":0})");
  EXPECT_TRUE(rows_.empty());
}

TEST_F(HandsTest, the_status_tells_what_is_frozen_and_held) {
  hold(1, "thread-1");
  hold(2, "thread-1");
  hold(3, "", "confirm");
  write([&](store::Connection& db) {
    return store::freeze(db,
                         {list_id(db, "tech@lists.example"), kNow, "uid 0 by the control socket", "storm"});
  });
  EXPECT_EQ(told({{"command", "storm.status"}}),
            R"({"at":"2026-11-22T16:01:10Z","lists":2,"open":0,"frozen":1,"held":3,"spared":2550000})");
  EXPECT_EQ(boost::json::serialize(rows_.at(0)),
            R"({"list":"all@lists.example","frozen":false,"held":3,"spared":2550000,"held_by_verdict":[)"
            R"({"verdict":"confirm","postings":1,"spared":850000},)"
            R"({"verdict":"hold","postings":2,"spared":1700000}],)"
            R"("next_probe":"","breakers":[]})");
  EXPECT_EQ(rows_.at(1).at("frozen_reason"), "storm");
  EXPECT_EQ(ask({{"command", "storm.status"}, {"list", "tech"}}).at("held"), 0);
  EXPECT_EQ(rows_.size(), 1U);
}

// A storm as the breaker sees one: many who never wrote before, few words, one subject.
TEST_F(HandsTest, the_status_tells_which_breakers_are_open) {
  write([&](store::Connection& db) -> Result<void> {
    store::StormMemory memory(db);
    const ListId list = list_id(db, "all@lists.example");
    for (int at = 0; at < 60; ++at) {
      storm::Facts facts;
      facts.list = list;
      facts.sender = "p" + std::to_string(at) + "@example.org";
      facts.message_id = "<" + std::to_string(at) + "@example.org>";
      if (at > 0) facts.in_reply_to = "<0@example.org>";
      facts.subject = at > 0 ? "Re: test" : "test";
      facts.body = "Please remove me from this list";
      facts.audience = 850'000;
      const auto judged =
          storm::judge_breaker(facts, storm::BreakerOptions{}, memory, kNow - std::chrono::seconds(60 - at));
      if (!judged) return judged.error();
    }
    return {};
  });
  const object status = ask({{"command", "storm.status"}});
  EXPECT_GE(status.at("open").as_int64(), 1);
  ASSERT_EQ(rows_.size(), 1U);
  EXPECT_NE(rows_[0].at("next_probe").as_string(), "");
  const object& breaker = rows_[0].at("breakers").at(0).as_object();
  EXPECT_EQ(breaker.at("state"), "open");
  EXPECT_GT(breaker.at("held").as_int64(), 30);
  EXPECT_GT(breaker.at("spared").as_int64(), 30 * 850'000);
  EXPECT_FALSE(breaker.at("evidence").as_array().empty());
  EXPECT_EQ(breaker.at("openings"), 1);

  // A thaw closes them, and the status says so.
  write([&](store::Connection& db) -> Result<void> {
    store::StormMemory memory(db);
    const ListId list = list_id(db, "all@lists.example");
    if (auto closed = storm::close_breaker(list, "", memory, kNow); !closed) return closed;
    // Another record of the same list and kind, written later.
    return storm::note_audience_confirmed(list, 850'000, memory, kNow + std::chrono::seconds(1));
  });
  EXPECT_EQ(ask({{"command", "storm.status"}}).at("open"), 0);
}

TEST(Hand, has_names_of_their_own) {
  std::set<std::string_view> names;
  for (int at = 0; at <= static_cast<int>(Hand::end_hold_all); ++at) names.insert(name_of(Hand(at)));
  EXPECT_EQ(names.size(), 10U);
}

}  // namespace
}  // namespace breakwater::admin
