// Subscription bombing: what a victim, a source and the moderators get at most.
#include "lists/request_caps.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace breakwater::lists {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const Instant kNow = from_ms(1'800'000'000'000);

std::size_t letters(const CappedDecision& made, Reader to) {
  return static_cast<std::size_t>(std::count_if(made.decision.letters.begin(), made.decision.letters.end(),
                                                [&](const MemberLetter& letter) { return letter.to == to; }));
}

// One server's memory, kept as the store would: encoded between any two requests.
struct Memory {
  std::map<std::string, std::string> rows;
  std::map<std::string, Subscription> states;
  RequestCaps caps;

  CappedDecision request(const std::string& list, const std::string& address, const std::string& source,
                         Event event, const Circumstances& circumstances, Instant now,
                         const std::string& client = "") {
    Claims claims{Tally::decode(rows["from " + source])};
    if (!client.empty()) claims.clients = Tally::decode(rows["client " + client]);
    RequestTallies tallies{Tally::decode(rows["to " + address]), Tally::decode(rows["leaving " + address]),
                           Tally::decode(rows["of " + list]), claims};
    Subscription& state = states[list + " " + address];
    auto made = within_caps(decide(state, event, circumstances), state, event, caps, tallies, now);
    rows["to " + address] = tallies.letters.encode();
    rows["leaving " + address] = tallies.leaving.encode();
    rows["from " + source] = tallies.claims->requests.encode();
    rows["of " + list] = tallies.moderators.encode();
    if (!client.empty()) rows["client " + client] = tallies.claims->clients->encode();
    state = made.decision.next;
    return made;
  }
};

TEST(SubscriptionBombing, ten_thousand_requests_for_one_victim_send_at_most_the_cap) {
  for (const JoinPolicy policy :
       {JoinPolicy::open, JoinPolicy::confirm, JoinPolicy::approve, JoinPolicy::closed}) {
    Memory memory;
    std::size_t sent = 0;
    for (int at = 0; at < 10'000; ++at) {
      const auto made = memory.request("list" + std::to_string(at), "victim@example.org",
                                       "robot" + std::to_string(at) + "@example.net", Event::ask_join,
                                       {policy, LeavePolicy::free, false}, kNow + Duration(at));
      sent += letters(made, Reader::address);
      if (made.capped == Capped::address) EXPECT_EQ(made.decision.next, Subscription::absent);
    }
    EXPECT_EQ(sent, memory.caps.letters.count);
  }
}

// Joining and leaving in turn, with every policy: a letter each would be the way round "once while pending".
// A goodbye needs a membership, and that a letter that counts.
TEST(SubscriptionBombing, joining_and_leaving_in_turn_sends_at_most_the_cap) {
  for (const JoinPolicy policy : {JoinPolicy::open, JoinPolicy::confirm, JoinPolicy::approve,
                                  JoinPolicy::confirm_approve, JoinPolicy::closed}) {
    Memory memory;
    std::size_t sent = 0, announced = 0, goodbyes = 0;
    for (int at = 0; at < 1000; ++at) {
      const auto made = memory.request("list", "victim@example.org", std::to_string(at),
                                       at % 2 == 0 ? Event::ask_join : Event::ask_leave,
                                       {policy, LeavePolicy::free, false}, kNow + Duration(at));
      const bool left = made.decision.change == Change::remove;
      (left ? goodbyes : sent) += letters(made, Reader::address);
      announced += letters(made, Reader::moderators);
    }
    EXPECT_LE(sent, memory.caps.letters.count);
    EXPECT_EQ(goodbyes, policy == JoinPolicy::open ? sent : 0U);
    EXPECT_LE(announced, memory.caps.letters.count);
  }
}

TEST(SubscriptionBombing, one_source_makes_at_most_its_requests_an_hour) {
  Memory memory;
  std::size_t done = 0;
  const auto ask = [&](int at, Instant now) {
    return memory.request("list", std::to_string(at) + "@example.org", "robot", Event::ask_join, {}, now);
  };
  for (int at = 0; at < 1000; ++at) done += ask(at, kNow + Duration(at)).capped == Capped::nothing ? 1 : 0;
  EXPECT_EQ(done, memory.caps.requests.count);
  EXPECT_EQ(ask(2000, kNow + minutes(59)).capped, Capped::source);
  EXPECT_EQ(ask(2001, kNow + hours(1)).capped, Capped::nothing);
}

// Who invents a sender for each request has one address all the same.
TEST(SubscriptionBombing, one_client_makes_at_most_its_requests_an_hour_whoever_it_says_it_is) {
  Memory memory;
  std::size_t done = 0;
  const auto ask = [&](int at, Instant now, const std::string& client) {
    const std::string name = std::to_string(at);
    return memory.request("list" + name, name + "@example.org", "robot" + name, Event::ask_join, {}, now,
                          client);
  };
  for (int at = 0; at < 1000; ++at) done += ask(at, kNow + Duration(at), "x").capped == Capped::nothing;
  EXPECT_EQ(done, memory.caps.clients.count);
  EXPECT_EQ(ask(1000, kNow + minutes(59), "x").capped, Capped::source);
  EXPECT_EQ(ask(1001, kNow + minutes(59), "y").capped, Capped::nothing);
  EXPECT_EQ(ask(1002, kNow + hours(1), "x").capped, Capped::nothing);
}

// Else whoever fills a victim's mailbox keeps them on the list that fills it, or takes them off it unheard.
TEST(SubscriptionBombing, keeps_nobody_on_a_list_and_takes_nobody_off_it_unheard) {
  for (const LeavePolicy leave : {LeavePolicy::free, LeavePolicy::confirm}) {
    Memory memory;
    const Circumstances now{JoinPolicy::confirm, leave, false};
    memory.states["a ann"] = Subscription::member;
    for (int at = 0; at < 100; ++at)
      memory.request("x" + std::to_string(at), "ann", "robot" + std::to_string(at), Event::ask_join, now,
                     kNow);
    const auto made = memory.request("a", "ann", "ann", Event::ask_leave, now, kNow);
    EXPECT_EQ(letters(made, Reader::address), 1U);
    EXPECT_EQ(made.decision.next, leave == LeavePolicy::free ? Subscription::absent : Subscription::leaving);
    EXPECT_EQ(letters(memory.request("a", "ann", "x", Event::ask_leave, now, kNow), Reader::address), 0U);
    memory.states["a ann"] = Subscription::member;
    const auto click = memory.request("a", "ann", "web", Event::unsubscribe, now, kNow);
    EXPECT_EQ(click.decision.change, Change::remove);
    EXPECT_EQ(letters(click, Reader::address), 1U);
  }
}

// Who is on more lists than leaving has letters for leaves them all; what asks first waits for a letter.
TEST(SubscriptionBombing, letters_of_leaving_end_at_their_own_cap) {
  for (const LeavePolicy leave : {LeavePolicy::free, LeavePolicy::confirm}) {
    Memory memory;
    const Circumstances now{JoinPolicy::confirm, leave, false};
    const bool is_free = leave == LeavePolicy::free;
    std::size_t sent = 0, left = 0;
    for (int at = 0; at < 100; ++at) {
      const std::string list = std::to_string(at);
      memory.states[list + " ann"] = Subscription::member;
      const auto made =
          memory.request(list, "ann", "robot" + std::to_string(at), Event::ask_leave, now, kNow);
      sent += letters(made, Reader::address);
      left += made.decision.change == Change::remove;
      if (sent == memory.caps.leaving.count && letters(made, Reader::address) == 0) {
        EXPECT_EQ(made.address_silent, is_free);
        EXPECT_EQ(made.capped, is_free ? Capped::nothing : Capped::address) << "a question needs its letter";
      }
    }
    EXPECT_EQ(sent, memory.caps.leaving.count);
    EXPECT_EQ(left, is_free ? 100U : 0U);
    const auto joins = memory.request("new", "ann", "ann", Event::ask_join, now, kNow);
    EXPECT_EQ(letters(joins, Reader::address), 1U) << "leaving takes nothing from joining";
  }
}

// A mail is counted before its requests are read: the first of them is not counted again.
TEST(SubscriptionBombing, counts_no_request_of_a_mail_that_is_counted) {
  RequestTallies tallies;
  for (std::size_t at = 0; at < 100; ++at) {
    const auto made = within_caps(decide(Subscription::absent, Event::ask_join, {}), Subscription::absent,
                                  Event::ask_join, {}, tallies, kNow);
    EXPECT_EQ(made.capped, at < RequestCaps{}.letters.count ? Capped::nothing : Capped::address);
  }
  EXPECT_FALSE(tallies.claims);
}

// Every pair of what is left in the two: a claim counts in both or in none.
TEST(SubscriptionBombing, a_claim_counts_against_source_and_client_or_against_none) {
  RequestCaps caps;
  caps.requests.count = 2;
  caps.clients.count = 3;
  for (std::size_t requests = 0; requests <= 2; ++requests) {
    for (std::size_t clients = 0; clients <= 3; ++clients) {
      Claims claims;
      claims.requests.take(requests, caps.requests, kNow);
      claims.clients.emplace().take(clients, caps.clients, kNow);
      const Claims before = claims;
      const bool taken = take_claim(claims, caps, kNow);
      EXPECT_EQ(taken, requests < 2 && clients < 3);
      EXPECT_EQ(claims.requests.encode() != before.requests.encode(), taken);
      EXPECT_EQ(claims.clients->encode() != before.clients->encode(), taken);
    }
  }
}

TEST(SubscriptionBombing, a_tag_behind_a_plus_is_the_same_mailbox) {
  for (const auto& [address, mailbox] :
       std::map<std::string, std::string>{{"ann@example.org", "ann@example.org"},
                                          {"ann+a@example.org", "ann@example.org"},
                                          {"ann+a+b@example.org", "ann@example.org"},
                                          {"ann@example.org+x", "ann@example.org+x"},
                                          {"+ann@example.org", "+ann@example.org"},
                                          {"\"a@b+c\"@example.org", "\"a@b@example.org"},
                                          {"ann+x", "ann"},
                                          {"", ""}})
    EXPECT_EQ(mailbox_key(address), mailbox) << address;
}

TEST(SubscriptionBombing, moderators_hear_at_most_so_often_and_nothing_is_lost_by_it) {
  Memory memory;
  std::size_t announced = 0, waiting = 0;
  for (int at = 0; at < 1000; ++at) {
    const auto made = memory.request("list", std::to_string(at) + "@example.org", std::to_string(at),
                                     Event::ask_join, {JoinPolicy::approve, LeavePolicy::free, false}, kNow);
    announced += letters(made, Reader::moderators);
    waiting += made.decision.next == Subscription::approving ? 1 : 0;
    EXPECT_EQ(made.moderators_silent, letters(made, Reader::moderators) == 0);
  }
  EXPECT_EQ(announced, memory.caps.moderators.count);
  EXPECT_EQ(waiting, 1000U);
}

TEST(SubscriptionBombing, does_not_keep_who_has_a_token_or_a_role_from_anything) {
  Memory memory;
  const Circumstances now{JoinPolicy::confirm, LeavePolicy::confirm, false};
  EXPECT_EQ(memory.request("a", "ann", "ann", Event::ask_join, now, kNow).capped, Capped::nothing);
  for (int at = 0; at < 100; ++at) {
    memory.request("x" + std::to_string(at), "ann", "robot" + std::to_string(at), Event::ask_join, now, kNow);
  }
  // The cap is reached; the token still counts, and its answer goes.
  const auto made = memory.request("a", "ann", "ann", Event::confirm, now, kNow);
  EXPECT_EQ(made.decision.change, Change::add);
  EXPECT_EQ(letters(made, Reader::address), 1U);
  EXPECT_EQ(memory.request("a", "ann", "web", Event::unsubscribe, now, kNow).decision.change, Change::remove);
  EXPECT_EQ(memory.request("a", "ann", "owner", Event::add, now, kNow).decision.change, Change::add);
  // An invitation is nothing without its letter.
  const auto invited = memory.request("b", "ann", "owner", Event::invite, now, kNow);
  EXPECT_EQ(invited.capped, Capped::address);
  EXPECT_EQ(invited.decision.next, Subscription::absent);
  EXPECT_EQ(memory.request("b", "ann", "owner", Event::invite, now, kNow + hours(24)).capped,
            Capped::nothing);
}

// Exact: of any stretch as long as the window, whatever the times.
TEST(ATally, never_lets_more_than_the_cap_into_any_window) {
  rc::check([](std::vector<std::uint16_t> steps) {
    const Cap cap{4, Duration(1000)};
    Tally tally;
    std::vector<std::int64_t> taken;
    std::int64_t at = to_ms(kNow);
    for (const std::uint16_t step : steps) {
      at += step % 700;
      if (!tally.has_room(1, cap, from_ms(at))) {
        // Refused only when the window really is full.
        const auto within =
            std::count_if(taken.begin(), taken.end(), [&](std::int64_t time) { return time > at - 1000; });
        RC_ASSERT(within == 4);
        continue;
      }
      tally.take(1, cap, from_ms(at));
      tally = Tally::decode(tally.encode());
      taken.push_back(at);
    }
    for (std::size_t i = 4; i < taken.size(); ++i) RC_ASSERT(taken[i] - taken[i - 4] >= 1000);
  });
}

TEST(ATally, of_a_clock_that_was_set_back_counts_for_one_window_and_no_longer) {
  const Cap cap{2, hours(1)};
  Tally tally;
  tally.take(2, cap, kNow + hours(1000));
  EXPECT_FALSE(tally.has_room(1, cap, kNow));
  tally.take(0, cap, kNow);
  EXPECT_FALSE(tally.has_room(1, cap, kNow + minutes(59)));
  EXPECT_TRUE(tally.has_room(2, cap, kNow + hours(1)));
}

TEST(ATally, reads_what_it_wrote_and_takes_damage_for_empty) {
  Tally tally;
  EXPECT_EQ(tally.encode(), "");
  tally.take(3, {5, hours(1)}, kNow);
  EXPECT_EQ(Tally::decode(tally.encode()).encode(), tally.encode());
  tally.take(0, {5, hours(1)}, kNow + hours(1));
  EXPECT_EQ(tally.encode(), "");
  for (const std::string text : {"x", "1 x", "1  2", "1 ", " 1", "99999999999999999999"}) {
    EXPECT_EQ(Tally::decode(text).encode(), "") << text;
  }
  std::string many;
  for (std::size_t at = 0; at <= max_cap; ++at) many += (at > 0 ? " " : "") + std::to_string(at);
  EXPECT_EQ(Tally::decode(many).encode(), "");
  EXPECT_FALSE(Tally().has_room(1, {0, hours(1)}, kNow));
  EXPECT_TRUE(Tally().has_room(0, {0, hours(1)}, kNow));
}

}  // namespace
}  // namespace breakwater::lists
