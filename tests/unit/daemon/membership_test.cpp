// Joining, leaving and orders on a real store, in the days of the test: what no mail from outside reaches.
#include "daemon/membership.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "daemon/command_mail.h"
#include "daemon/letters.h"
#include "daemon/member_orders.h"
#include "daemon/token_answer.h"
#include "letters/reasons.h"
#include "store/delivery.h"
#include "store/directory.h"
#include "store/hold.h"
#include "store/spool.h"
#include "store/subscriptions.h"

namespace breakwater::daemon {
namespace {

using lists::Event;
using lists::Subscription;
using lists::Verb;
using std::chrono::hours;

const Instant kBegin = from_ms(1'790'000'000'000);

class Membership : public testing::Test {
 protected:
  Membership() {
    char name[] = "/tmp/breakwater-membership-XXXXXX";
    folder_ = mkdtemp(name);
    store_ = *store::Store::open({.directory = folder_ + "/data"}, kBegin);
    auto config = std::make_shared<config::Config>();
    config->hostname = "lists.example";
    config->postmaster = {"postmaster@example.org"};
    lists::List list;
    list.name = "tech";
    list.domain = "lists.example";
    list.owners = {"carl@example.org"};
    list.join = lists::JoinPolicy::approve;
    list.leave = lists::LeavePolicy::confirm;
    list.language = "en";
    config->lists[list.address()] = list;
    config->language = "en";
    running_ = make_running(config, *store_, kBegin).value();
  }
  ~Membership() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  const lists::List& list() { return *running_->lists.at("tech@lists.example").settings; }
  ListId id() { return running_->lists.at("tech@lists.example").id; }
  static mail::Address address(const std::string& who) { return *mail::parse_address(who + "@example.org"); }

  // A write job; `undone`: it fails at its end, as a full disk or a kill would have it.
  void in_a_job(const std::function<void(WriteJob&)>& act, bool undone = false) {
    const auto written = store_->write_and_wait([&](store::Connection& db) -> Result<void> {
      effects_ = {};
      WriteJob job{db, *running_, sizes_, now_, entropy_, effects_};
      act(job);
      return undone ? Result<void>(error(Fault::full, "no space")) : Result<void>();
    });
    ASSERT_EQ(written.has_value(), !undone);
  }
  Happened happens(const std::string& who, Event event) {
    Happened done;
    in_a_job([&](WriteJob& job) {
      done = happen(job, {.list = &list(), .address = address(who), .event = event, .source = who}).value();
    });
    return done;
  }
  std::string ordered(admin::MemberHand hand, const std::string& who) {
    std::string said;
    in_a_job([&](WriteJob& job) {
      const auto done = carry_out(job, {hand, "tech@lists.example", who, "uid 0", "because"});
      said = done ? *done : "error: " + done.error().what;
    });
    return said;
  }
  Subscription state(const std::string& who) {
    auto reading = store_->read();
    const auto found = store::find_address(reading.connection(), address(who).key).value();
    return found ? store::subscription(reading.connection(), id(), *found, now_).value()
                 : Subscription::absent;
  }
  std::size_t letters() {
    auto reading = store_->read();
    return store::postings(reading.connection(), "", false, 1000).value().size();
  }
  std::size_t audited() {
    auto reading = store_->read();
    return store::audits(reading.connection(), "", 1000).value().size();
  }

  std::string folder_;
  std::unique_ptr<store::Store> store_;
  std::shared_ptr<const Running> running_;
  AudienceSizes sizes_;
  Effects effects_;
  std::uint64_t entropy_ = 1;
  Instant now_ = kBegin;
};

// Row, token, tally and letter are one: a job that is undone leaves none of them, and can be run again.
TEST_F(Membership, what_is_undone_has_left_nothing_behind) {
  for (int again = 0; again < 10; ++again) {
    in_a_job(
        [&](WriteJob& job) {
          ASSERT_TRUE(happen(job, {.list = &list(), .address = address("eve"), .source = "eve"}));
        },
        true);
    EXPECT_EQ(state("eve"), Subscription::absent);
    EXPECT_EQ(letters(), 0U);
  }
  EXPECT_EQ(happens("eve", Event::ask_join).capped, lists::Capped::nothing) << "ten failures count as none";
  EXPECT_EQ(state("eve"), Subscription::approving);
  EXPECT_EQ(letters(), 2U) << "to her and to the owner";
}

TEST_F(Membership, of_two_moderators_the_first_decides) {
  happens("eve", Event::ask_join);
  EXPECT_EQ(ordered(admin::MemberHand::reject, "eve@example.org"),
            "the request of eve@example.org to join tech@lists.example was ended");
  EXPECT_EQ(
      ordered(admin::MemberHand::approve, "eve@example.org"),
      "error: nothing was done: eve@example.org is not on tech@lists.example and has not asked to join");
  EXPECT_EQ(state("eve"), Subscription::absent);
  EXPECT_EQ(audited(), 1U);
}

TEST_F(Membership, what_waited_too_long_is_decided_by_nobody) {
  happens("eve", Event::ask_join);
  now_ += lists::token_life;
  EXPECT_EQ(state("eve"), Subscription::absent);
  EXPECT_NE(ordered(admin::MemberHand::approve, "eve@example.org").find("nothing was done"),
            std::string::npos);
  EXPECT_EQ(happens("eve", Event::ask_join).after, Subscription::approving) << "she may ask anew";
}

TEST_F(Membership, orders_say_in_plain_words_what_they_did) {
  const std::string list = "tech@lists.example", who = "eve@example.org";
  EXPECT_EQ(ordered(admin::MemberHand::invite, who), who + " is invited to " + list);
  EXPECT_EQ(ordered(admin::MemberHand::invite, who),
            "error: nothing was done: " + who + " is invited to " + list);
  EXPECT_EQ(ordered(admin::MemberHand::add, who), who + " was added to " + list);
  EXPECT_EQ(ordered(admin::MemberHand::add, who), "error: nothing was done: " + who + " is on " + list);
  EXPECT_EQ(ordered(admin::MemberHand::ban, who),
            who + " is banned from " + list + " and no member any more");
  EXPECT_EQ(ordered(admin::MemberHand::add, who),
            "error: nothing was done: " + who + " is banned from " + list + "; lift the ban first");
  EXPECT_EQ(ordered(admin::MemberHand::unban, who), who + " may ask to join " + list + " again");
  EXPECT_EQ(ordered(admin::MemberHand::add, who), who + " was added to " + list);
  EXPECT_EQ(ordered(admin::MemberHand::remove, who), who + " was removed from " + list);
}

// Each time with an answer while there are letters for her; beyond them it ends all the same.
TEST_F(Membership, who_withdraws_a_request_hears_so_within_the_cap) {
  happens("eve", Event::ask_join);
  const std::size_t before = letters();
  EXPECT_EQ(happens("eve", Event::ask_leave).after, Subscription::absent);
  EXPECT_EQ(letters(), before + 1);
  EXPECT_EQ(happens("eve", Event::approve).change, lists::Change::none);
  happens("eve", Event::ask_join);
  happens("eve", Event::ask_leave);
  happens("eve", Event::ask_join);
  const std::size_t full = letters();
  EXPECT_EQ(happens("eve", Event::ask_leave).after, Subscription::absent) << "without a letter";
  EXPECT_EQ(letters(), full);
}

// In a German letter no English is glued to a German sentence, whomever an order is about and whoever gives
// it.
TEST_F(Membership, whatever_an_order_comes_to_is_said_in_german_too) {
  using admin::MemberHand;
  int person = 0;
  std::size_t glued = 0;
  const auto each = [&](MemberHand hand, std::optional<Event> before, std::optional<lists::Role> role,
                        bool banned, lists::Rank rank) {
    const std::string name = "p" + std::to_string(++person), who = name + "@example.org";
    if (before) happens(name, *before);
    in_a_job([&](WriteJob& job) {
      if (role) ASSERT_TRUE(store::add_member(job.db, id(), address(name), *role, {}, "", now_));
      if (banned) ASSERT_TRUE(store::add_ban(job.db, {id(), who, now_, "uid 0", "because"}));
      const auto done = carry_out(job, {hand, "tech@lists.example", who, "uid 0", "because", {}, rank});
      const std::string english = done ? *done : done.error().what;
      glued += english.find("; still its") != std::string::npos;
      const std::string german = " " + letters::outcome_text(english, "de") + " ";
      for (const char* word : {" is ", " was ", " has ", " been ", " the ", " still ", " that ", " waits "})
        EXPECT_EQ(german.find(word), std::string::npos) << english << "\n" << german;
    });
  };
  const std::optional<Event> befores[] = {{}, Event::ask_join, Event::invite, Event::add};
  const std::optional<lists::Role> roles[] = {{}, lists::Role::moderator, lists::Role::owner};
  for (const auto hand : {MemberHand::invite, MemberHand::approve, MemberHand::reject, MemberHand::ban,
                          MemberHand::unban, MemberHand::add, MemberHand::remove}) {
    for (const auto& before : befores) {
      for (const auto& role : roles) {
        for (const auto rank : {lists::Rank::moderator, lists::Rank::owner, lists::Rank::administrator}) {
          each(hand, before, role, false, rank);
          each(hand, before, role, true, rank);
        }
      }
    }
  }
  EXPECT_GT(glued, 10U);
}

// Who comes and goes by mail is in the audit trail, once each and with the mail; who only asks is not.
TEST_F(Membership, what_a_mail_changes_is_in_the_audit_trail) {
  const auto by_mail = [&](Event event) {
    in_a_job([&](WriteJob& job) {
      ASSERT_TRUE(happen(job, {.list = &list(),
                               .address = address("eve"),
                               .event = event,
                               .by = ByMail{"eve@example.org", std::string(300, 'x')}}));
    });
  };
  by_mail(Event::ask_join);
  EXPECT_EQ(audited(), 0U) << "nothing has changed yet";
  ordered(admin::MemberHand::invite, "eve@example.org");
  by_mail(Event::confirm);
  by_mail(Event::unsubscribe);
  by_mail(Event::unsubscribe);
  auto reading = store_->read();
  const auto rows = store::audits(reading.connection(), "tech@lists.example", 9).value();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].action, "leave");
  EXPECT_EQ(rows[1].action, "join");
  for (const auto& row : {rows[0], rows[1]}) {
    EXPECT_EQ(row.actor, "eve@example.org by mail");
    EXPECT_TRUE(row.reason.starts_with("message xxx")) << row.reason;
    EXPECT_LT(row.reason.size(), 300U) << "whatever its sender wrote";
  }
  EXPECT_EQ(rows[1].outcome, "eve@example.org joined tech@lists.example");
}

TEST_F(Membership, a_click_ends_a_wish_to_leave_and_its_token) {
  ordered(admin::MemberHand::add, "ann@example.org");
  happens("ann", Event::ask_leave);
  EXPECT_EQ(state("ann"), Subscription::leaving);
  EXPECT_EQ(happens("ann", Event::unsubscribe).change, lists::Change::remove);
  ordered(admin::MemberHand::add, "ann@example.org");
  EXPECT_EQ(state("ann"), Subscription::member) << "the wish of before came back";
}

TEST_F(Membership, clients_are_counted_by_network_and_our_own_are_not) {
  EXPECT_EQ(client_key("192.0.2.1"), "client:192.0.2.1");
  EXPECT_EQ(client_key("2001:db8:1:2:3:4:5:6"), client_key("2001:db8:1:2::1"));
  EXPECT_NE(client_key("2001:db8:1:2::1"), client_key("2001:db8:1:3::1"));
  for (const char* own : {"", "unix", "127.0.0.1", "127.9.9.9", "::1"}) EXPECT_EQ(client_key(own), "") << own;
}

class OrdersByMail : public Membership {
 protected:
  // The owner's mail with these lines, then the token of the letter that came of it, as it is in the store.
  std::string asked(const std::string& lines, const std::string& from = "carl") {
    pipeline::MemberRequest request;
    request.list = &list();
    request.sender = address(from);
    request.source = from;
    request.backed = true;
    request.commands = lists::read_commands("Subject: x\r\n\r\n" + lines);
    std::string said;
    in_a_job([&](WriteJob& job) { said = answer_request(job, request, "").value(); });
    return said;
  }
  // The store has only the digest of a token, so that the test makes one of its own.
  std::string keep(const std::string& orders, const std::string& person = "carl") {
    const std::string token = new_token();
    in_a_job([&](WriteJob& job) {
      ASSERT_TRUE(store::add_member_orders(
          job.db, {token_digest(token), id(), address(person).key, orders, now_ + lists::token_life, false}));
    });
    return token;
  }
  std::string confirmed(const std::string& token, bool undone = false) {
    pipeline::MemberRequest request;
    request.list = &list();
    request.to = lists::SubAddress::confirm;
    request.sender = address("whoever");
    request.token = token;
    request.reply.word = pipeline::TokenWord::confirm;
    std::string said;
    in_a_job([&](WriteJob& job) { said = answer_request(job, request, "").value(); }, undone);
    return said;
  }
};

TEST_F(OrdersByMail, are_carried_out_whole_or_not_at_all_and_once) {
  const std::string token = keep("add eve@example.org\nban @evil.example\n");
  confirmed(token, true);
  EXPECT_EQ(state("eve"), Subscription::absent) << "the job was undone";
  EXPECT_NE(confirmed(token).find("eve@example.org was added"), std::string::npos) << "and its token is good";
  EXPECT_EQ(state("eve"), Subscription::member);
  const std::size_t before = letters(), trail = audited();
  EXPECT_EQ(trail, 2U);
  EXPECT_EQ(confirmed(token), "a reply that does nothing");
  EXPECT_EQ(letters(), before + 1) << "it says that it is done already";
  EXPECT_EQ(audited(), trail);
}

TEST_F(OrdersByMail, end_with_their_token) {
  const std::string token = keep("add eve@example.org\n");
  now_ += lists::token_life;
  EXPECT_EQ(confirmed(token), "a reply that does nothing");
  EXPECT_EQ(state("eve"), Subscription::absent);
}

TEST_F(OrdersByMail, about_anothers_delivery_are_that_members_to_confirm) {
  happens("ann", Event::add);
  asked("set delivery none for eve@example.org\n", "bob");
  const std::size_t before = letters();
  asked("set delivery none for ann@example.org\n", "bob");
  EXPECT_EQ(letters(), before + 2) << "to ann, and to bob; of eve, who is no member, only to bob";
  asked("set delivery digest for ann@example.org\n", "dora");
  EXPECT_EQ(letters(), before + 3) << "she is asked once while it is open";
  const std::string token = keep("set delivery none", "ann");
  const auto mode = [&] {
    auto reading = store_->read();
    const auto ann = store::find_address(reading.connection(), address("ann").key).value();
    return store::delivery(reading.connection(), id(), *ann).value()->mode;
  };
  confirmed(token, true);
  EXPECT_EQ(mode(), lists::DeliveryMode::each) << "the job was undone";
  EXPECT_EQ(confirmed(token), "set delivery none of ann@example.org, confirmed");
  EXPECT_EQ(mode(), lists::DeliveryMode::none);
  EXPECT_EQ(confirmed(token), "a reply that does nothing");
  const std::string late = keep("set delivery none until 2020-01-01", "ann");
  EXPECT_EQ(confirmed(late), "set delivery none until 2020-01-01 of ann@example.org, confirmed");
  EXPECT_EQ(mode(), lists::DeliveryMode::none) << "that day has passed, and nothing has changed";
}

TEST_F(OrdersByMail, of_who_may_not_are_neither_kept_nor_carried_out) {
  EXPECT_EQ(asked("add eve@example.org\n", "ann"), "commands by mail");
  EXPECT_EQ(asked("add eve@example.org\n"), "orders by mail, asked back");
  EXPECT_EQ(state("eve"), Subscription::absent);
  confirmed(keep("add eve@example.org\n", "ann"));
  EXPECT_EQ(state("eve"), Subscription::absent) << "no owner when it is confirmed";
}

// Whatever the mails want, and whoever they say they are from: each counts before anything is answered.
TEST_F(Membership, of_one_client_no_more_mails_are_answered_than_its_cap) {
  const auto ask = [&](lists::SubAddress to, int number, const std::string& client) {
    pipeline::MemberRequest request;
    request.list = &list();
    request.to = to;
    request.sender = address("p" + std::to_string(number));
    request.source = request.sender.key;
    request.client = client;
    request.backed = true;
    const char* text = number % 2 == 0 ? "help" : "see http://evil.example";
    if (to == lists::SubAddress::request) request.commands = lists::read_commands(std::string("\r\n") + text);
    in_a_job([&](WriteJob& job) { ASSERT_TRUE(answer_request(job, request, "")); });
  };
  const std::size_t most = lists::RequestCaps{}.clients.count;
  int number = 0;
  for (std::size_t half = 0; half < most / 2; ++half) ask(lists::SubAddress::leave, number++, "192.0.2.1");
  for (int more = 0; more < 260; ++more) ask(lists::SubAddress::request, number++, "192.0.2.1");
  EXPECT_EQ(letters(), most);
  ask(lists::SubAddress::join, number, "192.0.2.1");
  EXPECT_EQ(letters(), most);
  EXPECT_EQ(state("p" + std::to_string(number)), Subscription::absent);
  ask(lists::SubAddress::request, number, "198.51.100.7");
  EXPECT_EQ(letters(), most + 1) << "another client";
}

// What others send with somebody's reverse-path does not use up what they may ask from where they are.
TEST_F(Membership, a_forged_source_does_not_silence_whose_it_is) {
  const auto leaves = [&](const std::string& client) {
    pipeline::MemberRequest request;
    request.list = &list();
    request.to = lists::SubAddress::leave;
    request.sender = address("ann");
    request.source = request.sender.key;
    request.client = client;
    request.backed = true;
    std::string said;
    in_a_job([&](WriteJob& job) { said = answer_request(job, request, "").value(); });
    return said.find("too many requests") == std::string::npos;
  };
  for (std::size_t at = 0; at < lists::RequestCaps{}.requests.count; ++at) EXPECT_TRUE(leaves("192.0.2.1"));
  EXPECT_FALSE(leaves("192.0.2.1"));
  EXPECT_TRUE(leaves("198.51.100.7"));
}

// Of a good token there is a reader, whatever a row says: who may and who is answered are found by one rule.
TEST_F(Membership, the_reader_of_a_token_is_found_as_any_address_is) {
  const pipeline::MailOrder order{&list(), "", pipeline::Command{}, {address("eve"), address("carl")}};
  const auto answered = [&](const std::string& person) {
    std::string said;
    in_a_job([&](WriteJob& job) {
      const SentToken token{"digest", person, now_ + hours(1)};
      const auto away = turned_away(job, order, token, kConfirmOrCancel, "").value();
      said = away ? *away : "good, of " + sender_of(order, token).key;
    });
    return said;
  };
  EXPECT_EQ(answered("carl@example.org"), "good, of carl@example.org");
  EXPECT_EQ(answered("Carl@Example.ORG"), "good, of carl@example.org");
  EXPECT_EQ(answered("bob@example.org"), "a reply that does nothing");
  EXPECT_EQ(answered("carl"), "a command with the token of no address");
}

TEST(OrdersOfMembership, follow_the_table_of_roles) {
  using lists::Rank;
  for (const Verb verb : {Verb::ban, Verb::unban, Verb::invite, Verb::add, Verb::remove}) {
    EXPECT_FALSE(may_order(verb, Rank::member));
    EXPECT_EQ(may_order(verb, Rank::moderator), verb == Verb::ban || verb == Verb::unban);
    EXPECT_TRUE(may_order(verb, Rank::owner));
  }
  for (const Verb verb : {Verb::join, Verb::leave, Verb::who, Verb::help})
    EXPECT_FALSE(may_order(verb, Rank::administrator));
}

}  // namespace
}  // namespace breakwater::daemon
