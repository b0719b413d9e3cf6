// Every state with every event under every circumstance: what must hold of all, and what a few are.
#include "lists/subscription.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace breakwater::lists {
namespace {

using S = Subscription;
using E = Event;
using L = LetterKind;

constexpr auto kStates =
    std::to_array({S::absent, S::confirming, S::approving, S::invited, S::member, S::leaving});
constexpr auto kEvents =
    std::to_array({E::ask_join, E::ask_leave, E::unsubscribe, E::confirm, E::approve, E::reject, E::invite,
                   E::add, E::remove, E::ban, E::expire, E::join_for_other, E::leave_for_other});
constexpr auto kJoins = std::to_array({JoinPolicy::open, JoinPolicy::confirm, JoinPolicy::approve,
                                       JoinPolicy::confirm_approve, JoinPolicy::closed});
constexpr auto kLeaves = std::to_array({LeavePolicy::free, LeavePolicy::confirm});

void for_all(const std::function<void(S, E, const Circumstances&, const Decision&)>& check) {
  for (const S state : kStates) {
    for (const E event : kEvents) {
      for (const JoinPolicy join : kJoins) {
        for (const LeavePolicy leave : kLeaves) {
          for (const bool banned : {false, true}) {
            const Circumstances now{join, leave, banned};
            SCOPED_TRACE("state " + std::to_string(static_cast<int>(state)) + " event " +
                         std::to_string(static_cast<int>(event)) + " join " +
                         std::to_string(static_cast<int>(join)) + " leave " +
                         std::to_string(static_cast<int>(leave)) + (banned ? " banned" : ""));
            check(state, event, now, decide(state, event, now));
          }
        }
      }
    }
  }
}

bool writes(const Decision& decision, L kind) {
  return std::any_of(decision.letters.begin(), decision.letters.end(),
                     [&](const MemberLetter& letter) { return letter.kind == kind; });
}

TEST(ASubscription, changes_the_member_row_exactly_when_membership_changes) {
  for_all([](S state, E, const Circumstances&, const Decision& decision) {
    const Change expected = is_member(decision.next) == is_member(state) ? Change::none
                            : is_member(decision.next)                   ? Change::add
                                                                         : Change::remove;
    EXPECT_EQ(decision.change, expected);
    // Whoever is added or removed hears of it, and of the right thing.
    const bool told = writes(decision, L::welcome);
    EXPECT_EQ(told, expected == Change::add);
    EXPECT_EQ(writes(decision, L::goodbye) || writes(decision, L::removed), expected == Change::remove);
  });
}

TEST(ASubscription, never_adds_whom_a_ban_keeps_out) {
  for_all([](S state, E event, const Circumstances& now, const Decision& decision) {
    if (now.banned) EXPECT_NE(decision.change, Change::add);
    const bool ends = state == S::approving ? event == E::approve : event == E::confirm && token_of(state);
    if (now.banned && ends) EXPECT_EQ(decision.next, S::absent);
    if (now.banned) EXPECT_FALSE(writes(decision, L::invitation) || writes(decision, L::approval_request));
  });
}

// The only ways in: the list is open, the address confirmed and the policy or an owner is content, a
// moderator approved, an owner added.
TEST(ASubscription, adds_nobody_whom_the_policy_does_not_let_in) {
  for_all([](S state, E event, const Circumstances& now, const Decision& decision) {
    if (decision.change != Change::add) return;
    const bool open = now.join == JoinPolicy::open && event == E::ask_join;
    const bool confirmed = event == E::confirm && state == S::confirming &&
                           (now.join == JoinPolicy::open || now.join == JoinPolicy::confirm);
    const bool invited = event == E::confirm && state == S::invited;
    const bool approved = event == E::approve && state == S::approving;
    EXPECT_TRUE(open || confirmed || invited || approved || event == E::add);
  });
}

TEST(ASubscription, of_confirm_and_approve_asks_the_moderator_only_when_the_address_has_confirmed) {
  for_all([](S state, E event, const Circumstances& now, const Decision& decision) {
    if (!writes(decision, L::approval_request)) return;
    EXPECT_EQ(decision.next, S::approving);
    if (now.join == JoinPolicy::confirm_approve) EXPECT_TRUE(state == S::confirming && event == E::confirm);
  });
}

// A list that is not open and asks before a leave: whoever writes under another's name has no effect at all.
TEST(ASubscription, a_claim_alone_changes_nothing_unless_the_file_says_so) {
  for_all([](S, E event, const Circumstances& now, const Decision& decision) {
    if (!is_claim(event) || decision.change == Change::none) return;
    EXPECT_TRUE(event == E::ask_join ? now.join == JoinPolicy::open : now.leave == LeavePolicy::free);
  });
}

// However a stranger mixes requests to join and to leave: while the address has been asked, it hears no more.
TEST(ASubscription, an_address_hears_once_of_what_is_pending) {
  for_all([](S state, E event, const Circumstances& now, const Decision& decision) {
    if (!is_claim(event)) return;
    EXPECT_LE(std::count_if(decision.letters.begin(), decision.letters.end(),
                            [](const MemberLetter& letter) { return letter.to == Reader::address; }),
              1);
    const bool asked = token_of(state).has_value() || state == S::approving;
    const bool withdraws = asked && decision.next == S::absent;
    if (withdraws) {
      EXPECT_EQ(event, E::ask_leave);
      EXPECT_TRUE(decision.change == Change::remove || writes(decision, L::not_a_member));
    } else if (asked && decision.change == Change::none) {
      EXPECT_TRUE(decision.letters.empty());
    }
    if (state == S::confirming) EXPECT_EQ(decision.next, S::confirming);
    // While a leave is asked for, another is not asked for.
    if (state == S::leaving && now.leave == LeavePolicy::confirm) EXPECT_EQ(decision.next, S::leaving);
  });
}

// RFC 8058 3.2: one click, no question, whatever the policy; who is no member is not written to.
TEST(ASubscription, one_click_takes_a_member_off_and_does_nothing_else) {
  for_all([](S state, E event, const Circumstances&, const Decision& decision) {
    if (event != E::unsubscribe) return;
    if (is_member(state)) {
      EXPECT_EQ(decision, (Decision{S::absent, Change::remove, {{L::goodbye, Reader::address}}}));
    } else {
      EXPECT_EQ(decision, (Decision{state, Change::none, {}}));
    }
  });
}

// Whoever asks for another's address takes nobody off and puts nobody on: the address is asked, where there
// is something to ask, and hears of nothing else.
TEST(ASubscription, another_can_only_have_the_address_asked) {
  for_all([](S state, E event, const Circumstances& now, const Decision& decision) {
    if (event != E::join_for_other && event != E::leave_for_other) return;
    EXPECT_EQ(decision.change, Change::none);
    const bool joins = event == E::join_for_other;
    const bool may_join = !now.banned && now.join != JoinPolicy::closed;
    const bool asks = joins ? state == S::absent && may_join : state == S::member;
    EXPECT_EQ(decision.letters.size(), asks ? 1U : 0U);
    const S asked = joins ? S::confirming : S::leaving;
    EXPECT_EQ(decision.next, asks ? asked : state);
  });
}

TEST(ASubscription, removal_ban_and_expiry_end_everything_pending) {
  for_all([](S state, E event, const Circumstances&, const Decision& decision) {
    if (event == E::remove || event == E::ban) EXPECT_EQ(decision.next, S::absent);
    if (event == E::expire) {
      EXPECT_EQ(decision.next, is_member(state) ? S::member : S::absent);
      EXPECT_TRUE(decision.letters.empty());
    }
  });
}

// A state that waits ends by its token and by its expiry: nobody is stuck.
TEST(ASubscription, every_pending_state_has_a_letter_with_its_token) {
  for_all([](S state, E, const Circumstances&, const Decision& decision) {
    if (decision.next == state) return;
    if (decision.next == S::confirming) EXPECT_TRUE(writes(decision, L::confirm_join));
    if (decision.next == S::invited) EXPECT_TRUE(writes(decision, L::invitation));
    if (decision.next == S::leaving) EXPECT_TRUE(writes(decision, L::confirm_leave));
    if (decision.next == S::approving) EXPECT_TRUE(writes(decision, L::approval_request));
  });
  for_all([](S state, E, const Circumstances&, const Decision& decision) {
    if (writes(decision, L::confirm_join)) EXPECT_EQ(decision.next, S::confirming);
    if (writes(decision, L::invitation)) EXPECT_EQ(decision.next, S::invited);
    if (writes(decision, L::confirm_leave)) EXPECT_EQ(decision.next, S::leaving);
    if (writes(decision, L::approval_request)) EXPECT_NE(state, S::approving);
  });
}

constexpr auto kStateNames =
    std::to_array<const char*>({"absent", "confirming", "approving", "invited", "member", "leaving"});
const Circumstances kUsual{JoinPolicy::confirm, LeavePolicy::confirm, false};

// The table in the header is what the code does.
TEST(ASubscription, is_what_the_table_in_its_header_says) {
  std::ifstream file(BREAKWATER_SOURCE_DIR "/server/lists/subscription.h");
  std::string line;
  std::size_t row = 0;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string slashes, name, cell;
    words >> slashes >> name;
    if (slashes != "//" || row == kStates.size() || name != kStateNames[row]) continue;
    std::string second;
    ASSERT_TRUE(std::getline(file, second));
    std::istringstream rest(second.substr(2));
    for (const E event : kEvents) {
      ASSERT_TRUE((words >> cell) || (rest >> cell)) << line;
      if (cell == "-") cell = name;
      EXPECT_EQ(cell, kStateNames[static_cast<std::size_t>(decide(kStates[row], event, kUsual).next)])
          << name << ", event " << static_cast<int>(event);
    }
    EXPECT_FALSE(rest >> cell) << line;
    ++row;
  }
  EXPECT_EQ(row, kStates.size());
}

// Every letter that is written under the usual policies, and none besides; then what others differ in.
TEST(ASubscription, writes_these_letters) {
  using Letters = std::vector<L>;
  const auto letters = [](S state, E event, const Circumstances& now) {
    Letters kinds;
    for (const MemberLetter& letter : decide(state, event, now).letters) {
      kinds.push_back(letter.kind);
      EXPECT_EQ(letter.to == Reader::moderators, letter.kind == L::approval_request);
    }
    return kinds;
  };
  std::map<std::pair<S, E>, Letters> wanted = {
      {{S::absent, E::ask_join}, {L::confirm_join}},
      {{S::absent, E::ask_leave}, {L::not_a_member}},
      {{S::approving, E::ask_leave}, {L::not_a_member}},
      {{S::invited, E::ask_leave}, {L::not_a_member}},
      {{S::absent, E::invite}, {L::invitation}},
      {{S::confirming, E::invite}, {L::invitation}},
      {{S::approving, E::invite}, {L::invitation}},
      {{S::confirming, E::confirm}, {L::welcome}},
      {{S::invited, E::confirm}, {L::welcome}},
      {{S::approving, E::approve}, {L::welcome}},
      {{S::approving, E::reject}, {L::rejected}},
      {{S::member, E::ask_join}, {L::already_member}},
      {{S::member, E::ask_leave}, {L::confirm_leave}},
      {{S::absent, E::join_for_other}, {L::confirm_join}},
      {{S::member, E::leave_for_other}, {L::confirm_leave}},
      {{S::leaving, E::confirm}, {L::goodbye}},
      {{S::member, E::unsubscribe}, {L::goodbye}},
      {{S::leaving, E::unsubscribe}, {L::goodbye}},
      {{S::member, E::remove}, {L::removed}},
      {{S::leaving, E::remove}, {L::removed}},
      {{S::member, E::ban}, {L::removed}},
      {{S::leaving, E::ban}, {L::removed}},
  };
  for (const S state : {S::absent, S::confirming, S::approving, S::invited})
    wanted[{state, E::add}] = {L::welcome};
  for (const S state : kStates) {
    for (const E event : kEvents) {
      EXPECT_EQ(letters(state, event, kUsual), (wanted[{state, event}]))
          << kStateNames[static_cast<std::size_t>(state)] << ", event " << static_cast<int>(event);
    }
  }
  const Letters asked = {L::awaiting_approval, L::approval_request};
  EXPECT_EQ(letters(S::absent, E::ask_join, {JoinPolicy::approve}), asked);
  EXPECT_EQ(letters(S::confirming, E::confirm, {JoinPolicy::approve}), asked);
  EXPECT_EQ(letters(S::confirming, E::confirm, {JoinPolicy::confirm_approve}), asked);
  EXPECT_EQ(letters(S::absent, E::ask_join, {JoinPolicy::confirm_approve}), Letters{L::confirm_join});
  EXPECT_EQ(letters(S::absent, E::ask_join, {JoinPolicy::closed}), Letters{L::not_open});
  EXPECT_EQ(letters(S::confirming, E::confirm, {JoinPolicy::closed}), Letters{L::not_open});
  EXPECT_EQ(letters(S::leaving, E::ask_leave, {JoinPolicy::confirm, LeavePolicy::free}), Letters{L::goodbye});
  // To who is banned: as on a closed list.
  for (const JoinPolicy join : kJoins) {
    for (const S state : kStates) {
      if (is_member(state)) continue;
      const bool answered = (state == S::absent) || state == S::confirming || state == S::invited;
      const E event = state == S::absent ? E::ask_join : E::confirm;
      EXPECT_EQ(letters(state, event, {join, LeavePolicy::free, true}),
                answered ? Letters{L::not_open} : Letters{});
    }
  }
}

TEST(ASubscription, no_state_is_out_of_reach_and_each_leads_back) {
  const auto reachable = [](S from) {
    std::set<S> seen = {from};
    for (bool grew = true; grew;) {
      grew = false;
      for_all([&](S state, E, const Circumstances&, const Decision& decision) {
        if (seen.contains(state)) grew = seen.insert(decision.next).second || grew;
      });
    }
    return seen.size();
  };
  for (const S state : kStates) EXPECT_EQ(reachable(state), kStates.size());
}

TEST(ASubscription, goes_the_way_its_policy_says) {
  const auto walk = [](const Circumstances& now, const std::vector<E>& events) {
    S state = S::absent;
    for (const E event : events) state = decide(state, event, now).next;
    return state;
  };
  EXPECT_EQ(walk({JoinPolicy::open}, {E::ask_join}), S::member);
  EXPECT_EQ(walk({JoinPolicy::confirm}, {E::ask_join, E::ask_join, E::confirm}), S::member);
  EXPECT_EQ(walk({JoinPolicy::confirm}, {E::ask_join, E::expire, E::confirm}), S::absent);
  EXPECT_EQ(walk({JoinPolicy::approve}, {E::ask_join, E::approve}), S::member);
  EXPECT_EQ(walk({JoinPolicy::approve}, {E::ask_join, E::confirm}), S::approving);
  EXPECT_EQ(walk({JoinPolicy::approve}, {E::ask_join, E::reject}), S::absent);
  EXPECT_EQ(walk({JoinPolicy::confirm_approve}, {E::ask_join, E::approve}), S::confirming);
  EXPECT_EQ(walk({JoinPolicy::confirm_approve}, {E::ask_join, E::confirm, E::approve}), S::member);
  EXPECT_EQ(walk({JoinPolicy::closed}, {E::ask_join}), S::absent);
  EXPECT_EQ(walk({JoinPolicy::closed}, {E::invite, E::confirm}), S::member);
  EXPECT_EQ(walk({JoinPolicy::confirm, LeavePolicy::confirm}, {E::add, E::ask_leave, E::expire}), S::member);
  EXPECT_EQ(walk({JoinPolicy::confirm, LeavePolicy::confirm}, {E::add, E::ask_leave, E::confirm}), S::absent);
  EXPECT_EQ(walk({JoinPolicy::confirm, LeavePolicy::free}, {E::add, E::ask_leave}), S::absent);
}

TEST(ASubscription, is_asked_for_by_who_may) {
  for (const Rank rank : {Rank::stranger, Rank::member, Rank::moderator}) {
    EXPECT_EQ(event_of(Wish::join, rank, true), E::ask_join);
    EXPECT_EQ(event_of(Wish::leave, rank, true), E::ask_leave);
    EXPECT_EQ(event_of(Wish::join, rank, false), E::join_for_other);
    EXPECT_EQ(event_of(Wish::leave, rank, false), E::leave_for_other);
  }
  for (const Rank rank : {Rank::owner, Rank::administrator}) {
    for (const bool own : {true, false}) {
      EXPECT_EQ(event_of(Wish::join, rank, own), E::add);
      EXPECT_EQ(event_of(Wish::leave, rank, own), E::remove);
    }
  }
}

TEST(AToken, is_good_once_in_time_on_its_list_for_what_is_pending) {
  const Instant now = from_ms(1'800'000'000'000);
  const PendingToken token{"digest", ListId{7}, AddressId{9}, TokenAction::join, now + token_life, false};
  EXPECT_EQ(check_token(&token, ListId{7}, S::confirming, now), TokenAnswer::good);
  EXPECT_EQ(check_token(nullptr, ListId{7}, S::confirming, now), TokenAnswer::unknown);
  EXPECT_EQ(check_token(&token, ListId{8}, S::confirming, now), TokenAnswer::unknown);
  EXPECT_EQ(check_token(&token, ListId{7}, S::confirming, now + token_life - Duration(1)), TokenAnswer::good);
  EXPECT_EQ(check_token(&token, ListId{7}, S::confirming, now + token_life), TokenAnswer::expired);
  PendingToken used = token;
  used.used = true;
  EXPECT_EQ(check_token(&used, ListId{7}, S::confirming, now), TokenAnswer::used);
  EXPECT_EQ(check_token(&used, ListId{8}, S::confirming, now), TokenAnswer::unknown);
}

// A token to join is none to leave: each state takes its own action only.
TEST(AToken, of_one_action_is_good_for_no_other) {
  const Instant now = from_ms(1'800'000'000'000);
  for (const TokenAction action : {TokenAction::join, TokenAction::leave, TokenAction::invitation,
                                   TokenAction::approve, TokenAction::reject}) {
    int good = 0;
    for (const S state : kStates) {
      const PendingToken token{"digest", ListId{7}, AddressId{9}, action, now + token_life, false};
      const TokenAnswer answer = check_token(&token, ListId{7}, state, now);
      EXPECT_TRUE(answer == TokenAnswer::good || answer == TokenAnswer::stale);
      if (answer != TokenAnswer::good) continue;
      ++good;
      const Decision decision =
          decide(state, event_of(action), {JoinPolicy::confirm, LeavePolicy::confirm, false});
      EXPECT_NE(decision.next, state);
      // Done: the same token, or its twin for moderators, leads to nothing any more.
      EXPECT_EQ(check_token(&token, ListId{7}, decision.next, now), TokenAnswer::stale);
    }
    EXPECT_EQ(good, 1) << static_cast<int>(action);
  }
}

}  // namespace
}  // namespace breakwater::lists
