#include "lists/subscription.h"

#include <array>
#include <initializer_list>
#include <utility>

namespace breakwater::lists {
namespace {

using S = Subscription;
using E = Event;
using L = LetterKind;

// Under which circumstances a row holds: a set of join policies and of leave policies.
using When = unsigned;
constexpr When bit(JoinPolicy policy) { return 1U << static_cast<unsigned>(policy); }
constexpr When bit(LeavePolicy policy) { return 0x100U << static_cast<unsigned>(policy); }
constexpr When kBannedBit = 1U << 7;  // instead of a join policy
constexpr When kLeave = bit(LeavePolicy::free) | bit(LeavePolicy::confirm);
constexpr When kBanned = kLeave | kBannedBit;
constexpr When kOpen = kLeave | bit(JoinPolicy::open);
constexpr When kConfirm = kLeave | bit(JoinPolicy::confirm);
constexpr When kApprove = kLeave | bit(JoinPolicy::approve);
constexpr When kBoth = kLeave | bit(JoinPolicy::confirm_approve);
constexpr When kClosed = kLeave | bit(JoinPolicy::closed);
constexpr When kUnwelcome = kClosed | kBanned;
constexpr When kWelcome = kOpen | kConfirm | kApprove | kBoth | kClosed;  // whoever is not banned
constexpr When kAlways = kWelcome | kBanned;
constexpr When kFree = kAlways & ~bit(LeavePolicy::confirm);
constexpr When kAsk = kAlways & ~bit(LeavePolicy::free);

struct Row {
  S state;
  E event;
  When when;
  S next;
  Change change = Change::none;
  std::array<LetterKind, 2> letters{};
  unsigned count = 0;
};

constexpr Row row(S state, E event, When when, S next, Change change = Change::none,
                  std::initializer_list<LetterKind> letters = {}) {
  Row made{state, event, when, next, change, {}, 0};
  for (const LetterKind kind : letters) made.letters[made.count++] = kind;
  return made;
}

// What is not here means nothing: the state stays, nobody is written to.
constexpr auto kTable = std::to_array<Row>({
    row(S::absent, E::ask_join, kOpen, S::member, Change::add, {L::welcome}),
    row(S::absent, E::ask_join, kConfirm | kBoth, S::confirming, Change::none, {L::confirm_join}),
    row(S::absent, E::ask_join, kApprove, S::approving, Change::none,
        {L::awaiting_approval, L::approval_request}),
    row(S::absent, E::ask_join, kUnwelcome, S::absent, Change::none, {L::not_open}),
    // Another's wish the address confirms first, also where the list is open or a moderator decides. Whom no
    // wish lets in does not hear of it.
    row(S::absent, E::join_for_other, kOpen | kConfirm | kApprove | kBoth, S::confirming, Change::none,
        {L::confirm_join}),
    row(S::absent, E::ask_leave, kAlways, S::absent, Change::none, {L::not_a_member}),
    row(S::absent, E::invite, kWelcome, S::invited, Change::none, {L::invitation}),
    row(S::absent, E::add, kWelcome, S::member, Change::add, {L::welcome}),

    // Neither a second request nor its withdrawal counts: each would let a stranger have the next letter
    // sent. Who wants to withdraw does not confirm.
    row(S::confirming, E::confirm, kOpen | kConfirm, S::member, Change::add, {L::welcome}),
    row(S::confirming, E::confirm, kApprove | kBoth, S::approving, Change::none,
        {L::awaiting_approval, L::approval_request}),
    row(S::confirming, E::confirm, kUnwelcome, S::absent, Change::none, {L::not_open}),
    row(S::confirming, E::invite, kWelcome, S::invited, Change::none, {L::invitation}),
    row(S::confirming, E::add, kWelcome, S::member, Change::add, {L::welcome}),
    row(S::confirming, E::reject, kAlways, S::absent),
    row(S::confirming, E::remove, kAlways, S::absent),
    row(S::confirming, E::ban, kAlways, S::absent),
    row(S::confirming, E::expire, kAlways, S::absent),

    // Who says "leave" before a moderator has said yes is not to be added behind their back. The letter
    // counts as those of who asks, and over the cap they are let go without it (request_caps.h).
    row(S::approving, E::ask_leave, kAlways, S::absent, Change::none, {L::not_a_member}),
    row(S::approving, E::approve, kWelcome, S::member, Change::add, {L::welcome}),
    row(S::approving, E::approve, kBanned, S::absent),
    row(S::approving, E::invite, kWelcome, S::invited, Change::none, {L::invitation}),
    row(S::approving, E::add, kWelcome, S::member, Change::add, {L::welcome}),
    row(S::approving, E::reject, kAlways, S::absent, Change::none, {L::rejected}),
    row(S::approving, E::remove, kAlways, S::absent),
    row(S::approving, E::ban, kAlways, S::absent),
    row(S::approving, E::expire, kAlways, S::absent),

    // An owner has said yes: the policy no longer counts, the address does.
    row(S::invited, E::confirm, kWelcome, S::member, Change::add, {L::welcome}),
    row(S::invited, E::confirm, kBanned, S::absent, Change::none, {L::not_open}),
    row(S::invited, E::ask_join, kOpen, S::member, Change::add, {L::welcome}),
    row(S::invited, E::ask_leave, kAlways, S::absent, Change::none, {L::not_a_member}),
    row(S::invited, E::add, kWelcome, S::member, Change::add, {L::welcome}),
    row(S::invited, E::reject, kAlways, S::absent),
    row(S::invited, E::remove, kAlways, S::absent),
    row(S::invited, E::ban, kAlways, S::absent),
    row(S::invited, E::expire, kAlways, S::absent),

    row(S::member, E::ask_join, kAlways, S::member, Change::none, {L::already_member}),
    row(S::member, E::ask_leave, kFree, S::absent, Change::remove, {L::goodbye}),
    row(S::member, E::ask_leave, kAsk, S::leaving, Change::none, {L::confirm_leave}),
    // Nobody has even said that they are the member. So the address is asked whatever the policy; and who is
    // none does not hear of it, for anybody could have anybody written to.
    row(S::member, E::leave_for_other, kAlways, S::leaving, Change::none, {L::confirm_leave}),
    // The letter is for who forwarded a message whose link another then clicked.
    row(S::member, E::unsubscribe, kAlways, S::absent, Change::remove, {L::goodbye}),
    row(S::member, E::remove, kAlways, S::absent, Change::remove, {L::removed}),
    row(S::member, E::ban, kAlways, S::absent, Change::remove, {L::removed}),

    row(S::leaving, E::ask_leave, kFree, S::absent, Change::remove, {L::goodbye}),
    row(S::leaving, E::confirm, kAlways, S::absent, Change::remove, {L::goodbye}),
    row(S::leaving, E::unsubscribe, kAlways, S::absent, Change::remove, {L::goodbye}),
    row(S::leaving, E::remove, kAlways, S::absent, Change::remove, {L::removed}),
    row(S::leaving, E::ban, kAlways, S::absent, Change::remove, {L::removed}),
    row(S::leaving, E::add, kWelcome, S::member),
    row(S::leaving, E::expire, kAlways, S::member),
});

constexpr When joining(const Circumstances& now) { return now.banned ? kBannedBit : bit(now.join); }

}  // namespace

Decision decide(Subscription state, Event event, const Circumstances& circumstances) {
  const When join = joining(circumstances), leave = bit(circumstances.leave);
  for (const Row& row : kTable) {
    if (row.state != state || row.event != event) continue;
    if ((row.when & join) == 0 || (row.when & leave) == 0) continue;
    Decision decision{row.next, row.change, {}};
    for (unsigned at = 0; at < row.count; ++at) {
      const LetterKind kind = row.letters.at(at);
      decision.letters.push_back(
          {kind, kind == LetterKind::approval_request ? Reader::moderators : Reader::address});
    }
    return decision;
  }
  return {state, Change::none, {}};
}

Event event_of(Wish wish, Rank rank, bool own) {
  const bool join = wish == Wish::join;
  if (may(join ? Action::add_member : Action::remove_member, rank, false))
    return join ? Event::add : Event::remove;
  if (own) return join ? Event::ask_join : Event::ask_leave;
  return join ? Event::join_for_other : Event::leave_for_other;
}

std::optional<TokenAction> token_of(Subscription state) {
  switch (state) {
    case Subscription::confirming: return TokenAction::join;
    case Subscription::leaving: return TokenAction::leave;
    case Subscription::invited: return TokenAction::invitation;
    case Subscription::absent:
    case Subscription::approving:
    case Subscription::member: return std::nullopt;
  }
  return std::nullopt;
}

TokenAnswer check_token(const PendingToken* token, ListId list, Subscription state, Instant now) {
  if (token == nullptr || token->list != list) return TokenAnswer::unknown;
  if (token->used) return TokenAnswer::used;
  if (now >= token->expires) return TokenAnswer::expired;
  const bool for_moderators = token->action == TokenAction::approve || token->action == TokenAction::reject;
  const bool pending = for_moderators ? state == Subscription::approving : token_of(state) == token->action;
  return pending ? TokenAnswer::good : TokenAnswer::stale;
}

Event event_of(TokenAction action) {
  switch (action) {
    case TokenAction::join:
    case TokenAction::leave:
    case TokenAction::invitation: return Event::confirm;
    case TokenAction::approve: return Event::approve;
    case TokenAction::reject: return Event::reject;
  }
  return Event::expire;
}

}  // namespace breakwater::lists
