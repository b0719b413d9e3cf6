#include "daemon/membership.h"

#include <arpa/inet.h>

#include <cstring>
#include <utility>
#include <vector>

#include "admin/request.h"
#include "daemon/digest_due.h"
#include "daemon/letters.h"
#include "daemon/store_directory.h"
#include "lists/ban.h"
#include "lists/service_address.h"
#include "mail/utf8.h"
#include "store/directory.h"
#include "store/hold.h"
#include "store/subscriptions.h"

namespace breakwater::daemon {
namespace {

using lists::Change;
using lists::Event;
using lists::LetterKind;
using lists::Subscription;
using lists::TokenAction;

constexpr lists::RequestCaps kCaps;
constexpr std::size_t kShownId = 250;  // of a Message-ID, as its sender made it

// A row of the tallies, and what becomes of it.
struct Counted {
  std::string key;
  lists::Tally* tally;
  lists::Cap cap;
};

Result<void> read_tallies(WriteJob& job, const std::vector<Counted>& all) {
  for (const Counted& one : all) {
    auto text = store::request_tally(job.db, one.key);
    if (!text) return text.error();
    *one.tally = lists::Tally::decode(*text);
  }
  return {};
}

Result<void> put_tallies(WriteJob& job, const std::vector<Counted>& all) {
  for (const Counted& one : all) {
    auto put = store::put_request_tally(job.db, one.key, one.tally->encode(), job.now + one.cap.within);
    if (!put) return put;
  }
  return {};
}

// Adds those of who asks. A reverse-path is easily forged: from elsewhere it does not use up what its owner
// may ask.
void add_claims(const std::string& source, const std::string& address, lists::Claims& claims,
                std::vector<Counted>& all) {
  const std::string client = client_key(address);
  all.push_back({"from:" + source + (client.empty() ? "" : " " + client), &claims.requests, kCaps.requests});
  if (!client.empty()) all.push_back({client, &claims.clients.emplace(), kCaps.clients});
}

class Step {
 public:
  Step(WriteJob& job, const Happening& what)
      : job_(job),
        what_(what),
        list_(*what.list),
        row_(what.row ? *what.row : job.running.lists.at(what.list->address()).id) {}

  Result<Happened> take();

 private:
  Result<lists::CappedDecision> decided(Subscription before);
  Result<void> apply(const lists::Decision& decision, Subscription before);
  Result<void> write(LetterKind kind);
  Result<void> ask_moderators();
  Result<void> add_token(TokenAction action, const std::string& moderator, pipeline::LetterFacts& facts);

  WriteJob& job_;
  const Happening& what_;
  const lists::List& list_;
  ListId row_;
  AddressId address_;  // 0: not known here yet
  Subscription before_ = Subscription::absent;
  bool banned_ = false;
};

Result<lists::CappedDecision> Step::decided(Subscription before) {
  auto banned = store::is_banned(job_.db, row_, lists::ban_keys(what_.address));
  if (!banned) return banned.error();
  banned_ = *banned;
  lists::RequestTallies tallies;
  std::vector<Counted> all = {{letters_key("letters", what_.address), &tallies.letters, kCaps.letters},
                              {letters_key("leaving", what_.address), &tallies.leaving, kCaps.leaving},
                              {"list:" + std::to_string(row_.value), &tallies.moderators, kCaps.moderators}};
  if (lists::is_claim(what_.event) && !what_.counted)
    add_claims(what_.source, what_.client, tallies.claims.emplace(), all);
  if (auto read = read_tallies(job_, all); !read) return read.error();
  lists::CappedDecision result =
      lists::within_caps(lists::decide(before, what_.event, {list_.join, list_.leave, *banned}), before,
                         what_.event, kCaps, tallies, job_.now);
  if (auto put = put_tallies(job_, all); !put) return put.error();
  return result;
}

Result<void> Step::apply(const lists::Decision& decision, Subscription before) {
  if (decision.change == Change::add) {
    auto added = store::add_member(job_.db, row_, what_.address, lists::Role::member,
                                   lists::DeliveryMode::each, what_.listed, job_.now);
    if (!added) return added.error();
  } else if (decision.change == Change::remove) {
    auto removed = store::remove_member(job_.db, row_, address_, lists::Role::member);
    if (!removed) return removed.error();
  }
  if (decision.next == before) return {};
  auto id = store::ensure_address(job_.db, what_.address);
  if (!id) return id.error();
  address_ = *id;
  return store::put_subscription(job_.db, row_, address_, decision.next, job_.now,
                                 job_.now + lists::token_life);
}

Result<void> Step::add_token(TokenAction action, const std::string& moderator, pipeline::LetterFacts& facts) {
  const std::string text = new_token();
  facts.until = job_.now + lists::token_life;
  facts.command_address = list_.sub_address("confirm+" + text);
  return store::add_subscription_token(
      job_.db, {{token_digest(text), row_, address_, action, facts.until, false}, moderator});
}

Result<void> Step::ask_moderators() {
  StoreDirectory directory(job_.db, job_.running);
  auto moderators = directory.moderators(list_);
  if (!moderators) return moderators.error();
  auto waiting = store::count_approving(job_.db, row_, job_.now);
  if (!waiting) return waiting.error();
  for (const mail::Address& moderator : *moderators) {
    // The others hear of it, and the next letter how many wait.
    auto may = take_turn(job_, letters_key("asked", moderator), kCaps.moderator);
    if (!may) return may.error();
    if (!*may) continue;
    pipeline::LetterFacts facts = facts_of(list_, moderator);
    facts.address = what_.address.mailbox;
    facts.name = what_.name;
    facts.waiting = *waiting - 1;
    auto added = add_token(TokenAction::approve, moderator.key, facts);
    if (!added) return added;
    auto posted = post_letter(job_, pipeline::name_of(LetterKind::approval_request), facts, moderator, list_,
                              what_.address.mailbox + " asks to join");
    if (!posted) return posted;
  }
  return {};
}

Result<void> Step::write(LetterKind kind) {
  if (kind == LetterKind::approval_request) return ask_moderators();
  pipeline::LetterFacts facts = facts_of(list_, what_.address);
  facts.address = what_.address.mailbox;
  facts.reason = what_.reason;
  facts.added = what_.event == Event::add;
  facts.message_id = what_.message_id.value_or("");
  facts.unasked = !what_.message_id;
  facts.withdrawn = kind == LetterKind::not_a_member && before_ != Subscription::absent;
  const auto action = kind == LetterKind::confirm_join    ? std::optional(TokenAction::join)
                      : kind == LetterKind::confirm_leave ? std::optional(TokenAction::leave)
                      : kind == LetterKind::invitation    ? std::optional(TokenAction::invitation)
                                                          : std::nullopt;
  if (action) {
    if (auto added = add_token(*action, "", facts); !added) return added;
  }
  return post_letter(job_, pipeline::name_of(kind), facts, what_.address, list_, "about joining and leaving");
}

Result<Happened> Step::take() {
  auto known = store::find_address(job_.db, what_.address.key);
  if (!known) return known.error();
  address_ = known->value_or(AddressId{});
  auto before = *known ? store::subscription(job_.db, row_, address_, job_.now)
                       : Result<Subscription>(Subscription::absent);
  if (!before) return before.error();
  before_ = *before;
  auto capped = decided(*before);
  if (!capped) return capped.error();
  const lists::Decision& decision = capped->decision;
  const bool comes = decision.change == Change::add ||
                     (*before == Subscription::absent && decision.next != Subscription::absent);
  const config::Config& config = *job_.running.config;
  if (comes && lists::is_service_address(config.lists, config.hostname, what_.address))
    return Happened{*before, *before, Change::none, capped->capped, false, banned_, true};
  if (auto applied = apply(decision, *before); !applied) return applied.error();
  for (const lists::MemberLetter& letter : decision.letters) {
    if (auto written = write(letter.kind); !written) return written.error();
  }
  const Happened happened{*before, decision.next, decision.change, capped->capped, capped->moderators_silent,
                          banned_, false};
  if (what_.by && decision.change != Change::none) {
    auto noted = note_by_mail(job_, list_, *what_.by, decision.change == Change::add ? "join" : "leave",
                              told(what_, happened));
    if (!noted) return noted.error();
  }
  return happened;
}

std::string state_text(const std::string& who, Subscription state, const std::string& list) {
  switch (state) {
    case Subscription::absent: return who + " is not on " + list + " and has not asked to join";
    case Subscription::confirming: return who + " has been asked to confirm that they join " + list;
    case Subscription::approving: return who + " waits for a moderator of " + list;
    case Subscription::invited: return who + " is invited to " + list;
    case Subscription::member: return who + " is on " + list;
    case Subscription::leaving:
      return who + " is on " + list + ", and has been asked to confirm that they leave";
  }
  return "";
}

// For the audit trail: why, and the mail in which it was said.
std::string why(const std::string& reason, const std::string& message_id) {
  if (message_id.empty()) return reason;
  const std::string by = "message " + mail::printable(message_id, kShownId);
  return reason.empty() ? by : reason + " (" + by + ")";
}

Event event_of(admin::MemberHand hand) {
  switch (hand) {
    case admin::MemberHand::invite: return Event::invite;
    case admin::MemberHand::approve: return Event::approve;
    case admin::MemberHand::reject: return Event::reject;
    case admin::MemberHand::add: return Event::add;
    case admin::MemberHand::remove: return Event::remove;
    case admin::MemberHand::ban:
    case admin::MemberHand::unban:
    case admin::MemberHand::set_delivery: break;
  }
  return Event::ban;
}

// What the one who would be banned is to the list; of a domain: nobody. Errors: Fault::denied, who orders it
// may not.
Result<lists::Rank> whom_to_ban(WriteJob& job, const admin::MemberOrder& order, const lists::List& list) {
  const auto address = mail::parse_address(order.who);
  if (!address) return lists::Rank::stranger;
  auto standing = StoreDirectory(job.db, job.running).standing(list, *address);
  if (!standing) return standing.error();
  const lists::Rank whom = lists::rank_of(*standing, false);
  const std::string_view flaw = lists::flaw_of_ban(order.rank, whom);
  if (flaw.empty()) return whom;
  return error(Fault::denied, address->mailbox + " is " + std::string(lists::name_of(whom)) + " of " +
                                  list.address() + ": " + std::string(flaw));
}

Result<std::string> ban(WriteJob& job, const admin::MemberOrder& order, const lists::List& list, ListId row) {
  auto key = lists::parse_ban(order.who);
  if (!key) return key.error();
  if (order.hand == admin::MemberHand::unban) {
    auto gone = store::remove_ban(job.db, row, *key);
    if (!gone) return gone.error();
    if (!*gone) return error(Fault::not_found, *key + " is not banned from " + list.address());
    return *key + " may ask to join " + list.address() + " again";
  }
  auto whom = whom_to_ban(job, order, list);
  if (!whom) return whom.error();
  auto added = store::add_ban(job.db, {row, *key, job.now, order.actor, order.reason});
  if (!added) return added.error();
  std::string done = *key + (*added ? " is banned from " : " was banned before from ") + list.address();
  const auto address = mail::parse_address(order.who);
  if (!address) return done + " (who is on the list already stays)";
  const Happening what{.list = &list, .address = *address, .event = Event::ban, .reason = order.reason};
  auto happened = happen(job, what);
  if (!happened) return happened.error();
  if (happened->change == Change::remove) done += " and no member any more";
  if (*whom == lists::Rank::moderator) done += "; still its moderator, until that is taken from them too";
  if (*whom > lists::Rank::moderator) done += "; still its owner, until that is taken from them too";
  return done;
}

Result<std::string> change(WriteJob& job, const admin::MemberOrder& order, const lists::List& list) {
  auto address = mail::parse_address(order.who);
  if (!address) return address.error();
  const Happening what{.list = &list,
                       .address = *address,
                       .event = event_of(order.hand),
                       .reason = order.reason,
                       .listed = order.name};
  auto happened = happen(job, what);
  if (!happened) return happened.error();
  if (happened->capped == lists::Capped::address) {
    return error(Fault::busy, address->mailbox + " has been sent as many letters today as one address gets " +
                                  "(" + std::to_string(kCaps.letters.count) + " in 24 hours); try tomorrow");
  }
  if (happened->service)
    return error(Fault::invalid, address->mailbox + " " + std::string(lists::kServiceAddress));
  if (happened->before == happened->after) {
    const bool barred = happened->banned && !lists::is_member(happened->before);
    return error(barred ? Fault::denied : Fault::invalid,
                 "nothing was done: " +
                     (barred ? address->mailbox + " is banned from " + list.address() + "; lift the ban first"
                             : state_text(address->mailbox, happened->before, list.address())));
  }
  return told(what, *happened);
}

Result<std::string> set_delivery(WriteJob& job, const admin::MemberOrder& order, const lists::List& list,
                                 ListId row) {
  auto address = mail::parse_address(order.who);
  if (!address) return address.error();
  if (order.delivery.mode == lists::DeliveryMode::digest && !list.digest.enabled) {
    return error(Fault::invalid, list.address() + " has no digests: [digest] enabled = false in its file");
  }
  auto id = store::find_address(job.db, address->key);
  if (!id) return id.error();
  auto set = *id ? change_delivery(job, row, **id, order.delivery)
                 : Result<std::optional<lists::Delivery>>(std::nullopt);
  if (!set) return set.error();
  if (!*set) return error(Fault::not_found, address->mailbox + " is no member of " + list.address());
  return address->mailbox + " on " + list.address() + ": delivery " + admin::delivery_text(**set, job.now) +
         " from now on";
}

}  // namespace

std::string client_key(const std::string& address) {
  in6_addr six{};
  if (address.empty() || address == "unix" || address.starts_with("127.")) return {};
  if (inet_pton(AF_INET6, address.c_str(), &six) != 1) return "client:" + address;
  if (IN6_IS_ADDR_LOOPBACK(&six)) return {};
  std::memset(six.s6_addr + 8, 0, 8);  // a customer has at least a /64
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(AF_INET6, &six, text, sizeof text);
  return std::string("client:") + text;
}

Result<void> note_by_mail(WriteJob& job, const lists::List& list, const ByMail& by, const char* action,
                          std::string outcome) {
  return store::add_audit(job.db, {job.now, by.person + " by mail", action, list.address(), PostingId{},
                                   why(by.reason, by.message_id), std::move(outcome)});
}

std::string letters_key(const char* sort, const mail::Address& to) {
  return std::string(sort) + ":" + lists::mailbox_key(to.key);
}

Result<Happened> happen(WriteJob& job, const Happening& what) { return Step(job, what).take(); }

std::string told(const Happening& what, const Happened& happened) {
  const std::string who = what.address.mailbox + " ", list = what.list->address();
  if (happened.capped == lists::Capped::source)
    return "too many requests of " + what.source + " or its client this hour";
  if (happened.capped == lists::Capped::address)
    return "nothing done for " + who + "on " + list + ": it got as many letters as it may in 24 hours";
  if (happened.change == Change::add)
    return who + (what.event == Event::add ? "was added to " : "joined ") + list;
  const bool sent_away = what.event == Event::remove || what.event == Event::ban;
  if (happened.change == Change::remove) return who + (sent_away ? "was removed from " : "left ") + list;
  if (happened.before == happened.after) return "nothing to do for " + who + "on " + list;
  if (happened.after == Subscription::absent)
    return "the request of " + who + "to join " + list + " was ended";
  return state_text(what.address.mailbox, happened.after, list);
}

Result<bool> take_turn(WriteJob& job, const std::string& key, const lists::Cap& cap) {
  return take_turn(job.db, job.now, key, cap);
}

Result<bool> take_turn(store::Connection& db, Instant now, const std::string& key, const lists::Cap& cap) {
  auto text = store::request_tally(db, key);
  if (!text) return text.error();
  lists::Tally tally = lists::Tally::decode(*text);
  if (!tally.has_room(1, cap, now)) return false;
  tally.take(1, cap, now);
  auto put = store::put_request_tally(db, key, tally.encode(), now + cap.within);
  if (!put) return put.error();
  return true;
}

Result<bool> take_claim(WriteJob& job, const std::string& source, const std::string& client) {
  lists::Claims claims;
  std::vector<Counted> all;
  add_claims(source, client, claims, all);
  if (auto read = read_tallies(job, all); !read) return read.error();
  if (!lists::take_claim(claims, kCaps, job.now)) return false;
  auto put = put_tallies(job, all);
  return put ? Result<bool>(true) : put.error();
}

Result<std::string> carry_out(WriteJob& job, const admin::MemberOrder& order) {
  const auto found = job.running.lists.find(order.list_address);
  if (found == job.running.lists.end())
    return error(Fault::not_found, "no list " + order.list_address + " is in force");
  const lists::List& list = *found->second.settings;
  const bool bans = order.hand == admin::MemberHand::ban || order.hand == admin::MemberHand::unban;
  const ListId row = found->second.id;
  if (!lists::may(admin::action_of(order.hand), order.rank, false))
    return error(Fault::denied,
                 "that is not for a " + std::string(lists::name_of(order.rank)) + " to do: ask an owner");
  auto done = order.hand == admin::MemberHand::set_delivery ? set_delivery(job, order, list, row)
              : bans                                        ? ban(job, order, list, row)
                                                            : change(job, order, list);
  if (!done) return done;
  auto kept = store::add_audit(
      job.db, {job.now, order.actor, std::string(admin::name_of(order.hand)), list.address(), PostingId{},
               order.reason.empty() && order.message_id.empty() ? "no reason was given"
                                                                : why(order.reason, order.message_id),
               *done});
  if (!kept) return kept.error();
  return done;
}

}  // namespace breakwater::daemon
