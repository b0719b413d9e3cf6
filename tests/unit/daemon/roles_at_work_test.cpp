// The table of roles (lists/roles.h) against what is done: each action is tried at its real place, by each
// rank, on a real store. What a person may is done, what they may not leaves everything as it was.
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>

#include "admin/desk.h"
#include "daemon/command_mail.h"
#include "daemon/hands.h"
#include "daemon/letters.h"
#include "daemon/mail_orders.h"
#include "daemon/membership.h"
#include "lists/ban.h"
#include "lists/roles.h"
#include "store/delivery.h"
#include "store/directory.h"
#include "store/hold.h"
#include "store/moderation.h"
#include "store/subscriptions.h"
#include "store/sync_offers.h"

namespace breakwater::daemon {
namespace {

using admin::Hand;
using admin::MemberHand;
using lists::Action;
using lists::Rank;
using lists::Role;
using lists::Subscription;
using pipeline::Word;

const Instant kNow = from_ms(1'790'000'000'000);
const std::string kList = "tech@lists.example";
constexpr PostingId kHeld{77};

mail::Address person(const std::string& name) { return *mail::parse_address(name + "@example.org"); }
// Who has which rank; nothing here is an administrator's but the command line.
mail::Address who_is(Rank rank) {
  switch (rank) {
    case Rank::stranger: return person("eve");
    case Rank::member: return person("ann");
    case Rank::moderator: return person("bob");
    default: return person("carl");
  }
}

class RolesAtWork : public testing::Test {
 protected:
  RolesAtWork() {
    char name[] = "/tmp/breakwater-roles-XXXXXX";
    folder_ = mkdtemp(name);
    store_ = *store::Store::open({.directory = folder_ + "/data"}, kNow);
    auto config = std::make_shared<config::Config>();
    config->hostname = "lists.example";
    config->postmaster = {"root@example.org"};
    config->language = "en";
    lists::List list;
    list.name = "tech";
    list.domain = "lists.example";
    list.owners = {"carl@example.org"};
    list.join = lists::JoinPolicy::approve;
    list.language = "en";
    config->lists[list.address()] = list;
    running_ = make_running(config, *store_, kNow).value();
    in_force_.set(running_);
    const auto written = store_->write_and_wait([&](store::Connection& db) -> Result<void> {
      for (const char* one : {"ann", "bob", "carl", "zoe"}) add(db, one, Role::member);
      add(db, "bob", Role::moderator);
      hold(db);
      return {};
    });
    EXPECT_TRUE(written);
  }
  ~RolesAtWork() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  ListId id() const { return running_->lists.at(kList).id; }
  const lists::List& list() const { return *running_->lists.at(kList).settings; }
  void add(store::Connection& db, const std::string& name, Role role) const {
    const store::NewMember row{person(name), "", std::nullopt};
    EXPECT_TRUE(store::add_members(db, id(), role, {&row, 1}, kNow));
  }
  void hold(store::Connection& db) const {
    store::Posting row;
    row.id = kHeld;
    row.message = MessageId{kHeld.value};
    row.list = id();
    row.list_address = kList;
    row.verdict = "moderate";
    row.received = kNow;
    EXPECT_TRUE(store::add_message(db, {row.message, "From: zoe@example.org\r\n\r\nx\r\n", kNow}));
    EXPECT_TRUE(store::add_held(db, row, nullptr));
  }

  // Whether `act` has led to `done`, in a job that is then undone.
  bool leads_to(const std::function<void(WriteJob&)>& act, const std::function<bool(WriteJob&)>& done) {
    bool found = false;
    const auto written = store_->write_and_wait([&](store::Connection& db) -> Result<void> {
      Effects effects;
      WriteJob job{db, *running_, sizes_, kNow, entropy_, effects};
      EXPECT_FALSE(done(job)) << "it was so before";
      act(job);
      found = done(job);
      return error(Fault::invalid, "only tried");
    });
    EXPECT_FALSE(written);
    return found;
  }

  // Who logged in to send commands; to the list's sub-address `to`.
  std::function<void(WriteJob&)> mailed(Rank rank, const std::string& commands) const {
    return [this, rank, commands](WriteJob& job) {
      pipeline::MemberRequest request;
      request.list = &list();
      request.sender = who_is(rank);
      request.source = request.sender.key;
      request.proved = request.backed = true;
      request.commands = lists::read_commands("Subject: orders\r\n\r\n" + commands + "\r\n");
      EXPECT_TRUE(answer_request(job, request, ""));
    };
  }
  // Whoever was sent the letter answers with its token.
  std::function<void(WriteJob&)> answered(Rank rank, Word word, PostingId posting) const {
    return [this, rank, word, posting](WriteJob& job) {
      const std::string token = new_token();
      store::Token row{token_digest(token), who_is(rank).key, posting, id(), "", true, kNow + token_days};
      EXPECT_TRUE(store::add_token(job.db, row));
      EXPECT_TRUE(obey(job, {&list(), token, pipeline::Command{word, "too long"}, {who_is(rank)}}, ""));
    };
  }
  void drop_sync(WriteJob& job, Rank rank) const {
    EXPECT_TRUE(store::add_sync_offer(
        job.db, {token_digest("offer"), id(), who_is(rank).key, "plan", 2, 51, kNow + token_days}, kNow));
    EXPECT_TRUE(obey(job, {&list(), "offer", pipeline::Command{Word::cancel}, {who_is(rank)}}, ""));
  }
  void answer_approve(WriteJob& job, Rank rank) const {
    EXPECT_TRUE(happen(
        job,
        {.list = &list(), .address = person("dora"), .event = lists::Event::ask_join, .source = "dora"}));
    const auto dora = store::find_address(job.db, person("dora").key).value().value();
    const std::string token = new_token();
    EXPECT_TRUE(store::add_subscription_token(
        job.db, {{token_digest(token), id(), dora, lists::TokenAction::approve, kNow + token_days, false},
                 who_is(rank).key}));
    pipeline::MemberRequest request;
    request.list = &list();
    request.to = lists::SubAddress::confirm;
    request.sender = who_is(rank);
    request.token = token;
    request.reply.word = pipeline::TokenWord::approve;
    EXPECT_TRUE(answer_request(job, request, ""));
  }
  std::function<void(WriteJob&)> commanded(Hand hand, PostingId posting = {}) const {
    return [this, hand, posting](WriteJob& job) {
      EXPECT_TRUE(carry_out(job, admin::Order{hand, posting, id(), kList, "", false, "uid 0", "why", ""}));
    };
  }
  std::function<void(WriteJob&)> commanded(MemberHand hand, const std::string& name) const {
    return [this, hand, name](WriteJob& job) {
      if (hand == MemberHand::approve) {
        EXPECT_TRUE(happen(job, {.list = &list(), .address = person(name), .event = lists::Event::ask_join}));
      }
      lists::DeliveryWish none;
      none.mode = lists::DeliveryMode::none;
      EXPECT_TRUE(carry_out(job, {hand, kList, name + "@example.org", "uid 0", "why", none}));
    };
  }
  // The desk takes it from an administrator, whatever then comes of it.
  bool at_the_desk(boost::json::object request) {
    StoreHands hands(*store_, in_force_, sizes_, entropy_, [](const Effects&) {});
    const admin::Desk desk(
        {[this] { return running_->config; }, store_.get(), nullptr, [] { return kNow; }, &hands, nullptr});
    const auto answer = desk.ask(
        request, [](const auto&) { return true; }, "uid 0");
    return answer || answer.error().fault != Fault::denied;
  }

  static Subscription state(WriteJob& job, ListId list, const std::string& name) {
    const auto known = store::find_address(job.db, person(name).key).value();
    return known ? store::subscription(job.db, list, *known, kNow).value() : Subscription::absent;
  }
  std::function<bool(WriteJob&)> is_on(const std::string& name) const {
    return [this, name](WriteJob& job) { return lists::is_member(state(job, id(), name)); };
  }
  std::function<bool(WriteJob&)> is_off(const std::string& name) const {
    return [on = is_on(name)](WriteJob& job) { return !on(job); };
  }
  std::function<bool(WriteJob&)> gets_nothing(const std::string& name) const {
    return [this, name](WriteJob& job) {
      const auto known = store::find_address(job.db, person(name).key).value();
      const auto found = store::delivery(job.db, id(), known.value_or(AddressId{})).value();
      return found && found->mode == lists::DeliveryMode::none;
    };
  }
  static std::function<bool(WriteJob&)> wrote(const std::string& reason) {
    return [reason](WriteJob& job) {
      for (const store::Posting& one : store::postings(job.db, "", false, 100).value()) {
        if (one.reason.find(reason) != std::string::npos) return true;
      }
      return false;
    };
  }
  static bool is_dropped(WriteJob& job) {
    return store::posting(job.db, kHeld).value()->state != store::PostingState::held;
  }

  // Whether this rank gets it done; `own`: about their own address. nullopt: there is nothing to try, since
  // they are (or are not) on the list, or because no mail can say it.
  std::optional<bool> tried_own(Action action, Rank rank);
  std::optional<bool> tried(Action action, Rank rank);
  std::optional<bool> commanded(Action action);

  static constexpr Duration token_days = std::chrono::hours(24);
  std::string folder_;
  std::unique_ptr<store::Store> store_;
  std::shared_ptr<const Running> running_;
  InForce in_force_;
  AudienceSizes sizes_;
  std::uint64_t entropy_ = 1;
};

std::optional<bool> RolesAtWork::tried_own(Action action, Rank rank) {
  const std::string name = who_is(rank).key.substr(0, who_is(rank).key.find('@'));
  switch (action) {
    case Action::join:
      if (rank != Rank::stranger) return std::nullopt;
      return leads_to(mailed(rank, "join"),
                      [&](WriteJob& job) { return state(job, id(), name) == Subscription::approving; });
    case Action::leave:
      if (rank == Rank::stranger) return std::nullopt;
      return leads_to(mailed(rank, "leave"), is_off(name));
    case Action::set_delivery: return leads_to(mailed(rank, "set delivery none"), gets_nothing(name));
    default: return std::nullopt;
  }
}

std::optional<bool> RolesAtWork::tried(Action action, Rank rank) {
  switch (action) {
    case Action::read_help: return leads_to(mailed(rank, "help"), wrote("answer to commands by mail"));
    case Action::join: return leads_to(mailed(rank, "join dora@example.org"), is_on("dora"));
    case Action::leave: return leads_to(mailed(rank, "leave zoe@example.org"), is_off("zoe"));
    case Action::set_delivery:
      return leads_to(mailed(rank, "set delivery none for zoe@example.org"), gets_nothing("zoe"));
    case Action::see_members: return leads_to(mailed(rank, "who"), wrote("asked who is on the list"));
    case Action::decide_postings: return leads_to(answered(rank, Word::discard, kHeld), is_dropped);
    case Action::decide_requests:
      return leads_to([&](WriteJob& job) { answer_approve(job, rank); }, is_on("dora"));
    case Action::stop_storm:
      return leads_to(answered(rank, Word::freeze, {}),
                      [&](WriteJob& job) { return store::frozen(job.db, id()).value().has_value(); });
    case Action::ban:
      return leads_to(mailed(rank, "ban dora@example.org"), [&](WriteJob& job) {
        return store::is_banned(job.db, id(), lists::ban_keys(person("dora"))).value();
      });
    case Action::invite:
      return leads_to(mailed(rank, "invite dora@example.org"),
                      [&](WriteJob& job) { return state(job, id(), "dora") == Subscription::invited; });
    case Action::add_member: return leads_to(mailed(rank, "add dora@example.org"), is_on("dora"));
    case Action::remove_member: return leads_to(mailed(rank, "remove zoe@example.org"), is_off("zoe"));
    case Action::confirm_sync:
      return leads_to([&](WriteJob& job) { drop_sync(job, rank); },
                      [](WriteJob& job) {
                        const auto offer = store::sync_offer(job.db, token_digest("offer")).value();
                        return offer && !offer->over.empty();
                      });
    case Action::moderate_member:
    case Action::hold_all:
    case Action::change_roles:
    case Action::synchronise:
    case Action::hold_all_lists:
    case Action::change_settings:
    case Action::purge: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<bool> RolesAtWork::commanded(Action action) {
  const auto held_all = [&](WriteJob& job) { return store::holds_all(job.db, id()).value(); };
  switch (action) {
    case Action::read_help: return std::nullopt;
    case Action::join:
    case Action::add_member: return leads_to(commanded(MemberHand::add, "dora"), is_on("dora"));
    case Action::leave:
    case Action::remove_member: return leads_to(commanded(MemberHand::remove, "zoe"), is_off("zoe"));
    case Action::set_delivery:
      return leads_to(commanded(MemberHand::set_delivery, "zoe"), gets_nothing("zoe"));
    case Action::decide_postings: return leads_to(commanded(Hand::discard, kHeld), is_dropped);
    case Action::decide_requests: return leads_to(commanded(MemberHand::approve, "dora"), is_on("dora"));
    case Action::stop_storm:
      return leads_to(commanded(Hand::freeze),
                      [&](WriteJob& job) { return store::frozen(job.db, id()).value().has_value(); });
    case Action::hold_all: return leads_to(commanded(Hand::hold_all), held_all);
    case Action::hold_all_lists:
      return leads_to(
          [&](WriteJob& job) {
            EXPECT_TRUE(carry_out(job, admin::Order{Hand::hold_all, {}, {}, "", "", false, "", "why", ""}));
          },
          held_all);
    case Action::ban:
      return leads_to(commanded(MemberHand::ban, "dora"), [&](WriteJob& job) {
        return store::is_banned(job.db, id(), lists::ban_keys(person("dora"))).value();
      });
    case Action::invite:
      return leads_to(commanded(MemberHand::invite, "dora"),
                      [&](WriteJob& job) { return state(job, id(), "dora") == Subscription::invited; });
    case Action::see_members: return at_the_desk({{"command", "member.ls"}, {"list", "tech"}});
    case Action::moderate_member:
      return at_the_desk({{"command", "member.set"},
                          {"list", "tech"},
                          {"address", "zoe@example.org"},
                          {"moderated", "yes"}});
    case Action::change_roles:
      return at_the_desk({{"command", "member.add"},
                          {"list", "tech"},
                          {"address", "zoe@example.org"},
                          {"role", "moderator"}});
    case Action::confirm_sync:
      return at_the_desk({{"command", "list.sync"}, {"list", "tech"}, {"confirm", "yes"}});
    case Action::synchronise: return at_the_desk({{"command", "list.sync"}, {"list", "tech"}});
    case Action::change_settings: return at_the_desk({{"command", "reload"}});
    case Action::purge: return at_the_desk({{"command", "list.purge"}, {"list", "tech"}, {"reason", "x"}});
  }
  return std::nullopt;
}

TEST_F(RolesAtWork, each_action_is_decided_where_it_is_done_as_the_table_says) {
  for (const lists::RoleRow& row : lists::role_table()) {
    for (const Rank rank : {Rank::stranger, Rank::member, Rank::moderator, Rank::owner}) {
      const std::string who = std::string(lists::name_of(rank)) + " wants to " + std::string(row.text);
      // What no mail can say is nobody's but the administrator's.
      EXPECT_EQ(tried(row.action, rank).value_or(false), lists::may(row.action, rank, false)) << who;
      const auto own = tried_own(row.action, rank);
      if (own) EXPECT_EQ(*own, lists::may(row.action, rank, true)) << who << " of their own address";
    }
    if (row.action == Action::read_help) continue;
    EXPECT_TRUE(commanded(row.action).value_or(false)) << "an administrator wants to " << row.text;
  }
}

// A ban takes a member off, and would take an owner off too.
TEST_F(RolesAtWork, nobody_bans_who_is_above_them_and_who_may_not_remove_bans_no_member) {
  const auto is_banned = [&](const std::string& name) {
    return [this, name](WriteJob& job) {
      return store::is_banned(job.db, id(), lists::ban_keys(person(name))).value();
    };
  };
  const auto bans = [&](Rank rank, const std::string& name) {
    return leads_to(mailed(rank, "ban " + name + "@example.org go away"), is_banned(name));
  };
  for (const char* one : {"ann", "bob", "carl"}) {
    EXPECT_FALSE(bans(Rank::member, one)) << one;
    EXPECT_FALSE(bans(Rank::moderator, one)) << one;
    EXPECT_TRUE(bans(Rank::owner, one)) << one;
  }
  EXPECT_TRUE(bans(Rank::moderator, "eve"));
  EXPECT_TRUE(leads_to(mailed(Rank::moderator, "ban @example.org"), is_banned("eve")));
  EXPECT_FALSE(leads_to(mailed(Rank::moderator, "ban @example.org"), is_off("ann"))) << "members stay";
  EXPECT_TRUE(leads_to(commanded(MemberHand::ban, "carl"), is_off("carl")));
}

}  // namespace
}  // namespace breakwater::daemon
