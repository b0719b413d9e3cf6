// How somebody comes onto a list and off it again: for one address and one list a state, an event, and what
// to do about it, as one table. Pure: no clock, no store; tokens are made and kept by the caller.
//
// What a mail says of its sender is a claim. So whatever a stranger can write under another's name
// (Event::ask_join, ask_leave) has, where it has an effect, the address itself asked first, by a token that
// only its reader has, unless the list's file says that it is open; and it writes to that address at most
// once while the request is pending. request_caps.h bounds it over all lists.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lists/list.h"
#include "lists/roles.h"
#include "terms/ids.h"
#include "terms/instant.h"

namespace breakwater::lists {

// Values are stored.
enum class Subscription {
  absent = 0,
  confirming = 1,  // asked to join, has been sent a token
  approving = 2,   // waits for a moderator
  invited = 3,     // by an owner; has been sent a token
  member = 4,
  leaving = 5,  // a member, has been sent a token
};
constexpr bool is_member(Subscription state) {
  return state == Subscription::member || state == Subscription::leaving;
}

enum class Event {
  ask_join,     // a mail that says it is from this address
  ask_leave,    // the same
  unsubscribe,  // one click: a signed token (unsubscribe_token.h), or a List-Unsubscribe mail that carries it
  confirm,      // the token of what is pending (PendingToken)
  approve,      // by who may decide requests (roles.h)
  reject,
  invite,  // by who may
  add,
  remove,
  ban,
  expire,  // what is pending has waited for as long as it may
  // Somebody asks for an address that is not theirs: in a mail from another, or on the page where one leaves
  // a list. The address decides, whatever the policy, and hears of nothing else.
  join_for_other,
  leave_for_other,
};

enum class Change { none, add, remove };  // of the member row

enum class LetterKind {
  confirm_join,  // "somebody asked that you join": a token
  confirm_leave,
  invitation,         // a token
  awaiting_approval,  // "a moderator has been asked"
  approval_request,   // to moderators: two tokens, approve and reject
  welcome,
  goodbye,         // left, as asked
  removed,         // by an owner or a ban
  rejected,        // by a moderator, with the reason
  already_member,  // asked to join and is
  not_a_member,    // asked to leave and is none
  not_open,        // nobody joins this list by asking; to a banned address the same
};

enum class Reader { address, moderators };
struct MemberLetter {
  LetterKind kind = LetterKind::welcome;
  Reader to = Reader::address;
  bool operator==(const MemberLetter&) const = default;
};

struct Circumstances {
  JoinPolicy join = JoinPolicy::confirm;
  LeavePolicy leave = LeavePolicy::free;
  bool banned = false;  // the address, by ban.h
};

struct Decision {
  Subscription next = Subscription::absent;
  Change change = Change::none;
  std::vector<MemberLetter> letters;
  bool operator==(const Decision&) const = default;
};

// Where each event leads on a list with the policies confirm and confirm, of an address that is not banned:
//
//             ask_join   ask_leave unsubscribe confirm approve reject invite  add    remove ban    expire
//             join_for_other leave_for_other
// absent      confirming -         -           -       -       -      invited member -      -      -
//             confirming -
// confirming  -          -         -           member  -       absent invited member absent absent absent
//             -          -
// approving   -          absent    -           -       member  absent invited member absent absent absent
//             -          -
// invited     -          absent    -           member  -       absent -       member absent absent absent
//             -          -
// member      -          leaving   absent      -       -       -      -       -      absent absent -
//             -          leaving
// leaving     -          -         absent      absent  -       -      -       member absent absent member
//             -          -
//
// Other policies differ in what asking leads to (member at once, a moderator first, or nowhere), and a
// confirmation then goes on to a moderator.
//
// Total: an event that means nothing in a state gives that state, no change and no letter. Whoever has a
// token out in the old state and is in another now has none any more (token_of(state) differs).
Decision decide(Subscription state, Event event, const Circumstances& circumstances);

// A stranger can cause it under another's name.
constexpr bool is_claim(Event event) {
  return event == Event::ask_join || event == Event::ask_leave || event == Event::join_for_other ||
         event == Event::leave_for_other;
}

// What somebody's wish about an address is as an event. An owner's join is an add, their leave a removal: the
// caller has made sure that it is they (a login, a token), else the rank is that of a stranger.
enum class Wish { join, leave };
Event event_of(Wish wish, Rank rank, bool own);

// Tokens. At least 128 bits from the system's generator, of which only a digest is kept; one is good once,
// until it expires, for one address, action and list.
enum class TokenAction { join = 0, leave = 1, invitation = 2, approve = 3, reject = 4 };  // values are stored
struct PendingToken {
  std::string digest;
  ListId list;
  AddressId address;
  TokenAction action = TokenAction::join;
  Instant expires{};
  bool used = false;
};
constexpr Duration token_life = std::chrono::days(7);

// The token whose reader may confirm in this state; nullopt: there is none.
std::optional<TokenAction> token_of(Subscription state);

enum class TokenAnswer {
  good,
  unknown,  // none such, or of another list: nothing is told of it
  used,     // was good before: "done already" is what to say
  expired,  // ask anew
  stale,    // good, but what it was about is no longer pending
};
// `token`: the row of the digest that came, nullptr: none. `list`: where it came to. `state`: of the token's
// address on the token's list now. Whose mail brought it does not count: people read one address and write
// from another, and the token itself is the proof.
TokenAnswer check_token(const PendingToken* token, ListId list, Subscription state, Instant now);
// Of a good one.
Event event_of(TokenAction action);

}  // namespace breakwater::lists
