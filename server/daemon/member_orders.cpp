#include "daemon/member_orders.h"

#include <chrono>
#include <utility>

#include "daemon/letters.h"
#include "daemon/membership.h"
#include "daemon/store_directory.h"
#include "lists/subscription.h"

namespace breakwater::daemon {
namespace {

using lists::Verb;

// Of such letters to one person, however many mails claim to be theirs.
constexpr lists::Cap kAsked{20, std::chrono::hours(24)};

admin::MemberHand hand_of(Verb verb) {
  switch (verb) {
    case Verb::ban: return admin::MemberHand::ban;
    case Verb::unban: return admin::MemberHand::unban;
    case Verb::invite: return admin::MemberHand::invite;
    case Verb::remove: return admin::MemberHand::remove;
    default: return admin::MemberHand::add;
  }
}

}  // namespace

bool may_order(Verb verb, lists::Rank rank) {
  switch (verb) {
    case Verb::ban:
    case Verb::unban: return lists::may(lists::Action::ban, rank, false);
    case Verb::invite: return lists::may(lists::Action::invite, rank, false);
    case Verb::add: return lists::may(lists::Action::add_member, rank, false);
    case Verb::remove: return lists::may(lists::Action::remove_member, rank, false);
    default: return false;
  }
}

Result<std::string> give_member_order(WriteJob& job, const lists::List& list, const lists::Command& order,
                                      const mail::Address& by) {
  admin::MemberOrder wanted;
  wanted.hand = hand_of(order.verb);
  wanted.list_address = list.address();
  wanted.who = order.who;
  wanted.actor = by.mailbox + " by mail";
  wanted.reason = order.reason;
  auto rank = StoreDirectory(job.db, job.running).rank(list, by);
  if (!rank) return rank.error();
  wanted.rank = *rank;
  auto done = carry_out(job, wanted);
  if (done) return done;
  if (done.error().fault == Fault::storage || done.error().fault == Fault::full) return done;
  return lists::line_of(order) + ": " + done.error().what;
}

Result<bool> ask_back(WriteJob& job, const lists::List& list, const std::vector<lists::Command>& orders,
                      const mail::Address& to, const std::string& message_id) {
  auto may = take_turn(job, "orders:" + to.key, kAsked);
  if (!may || !*may) return may;
  pipeline::LetterFacts facts = facts_of(list, to);
  store::MemberOrders kept;
  for (const lists::Command& order : orders) {
    facts.orders.push_back(lists::line_of(order));
    kept.orders += facts.orders.back() + "\n";
  }
  const std::string token = new_token();
  kept.digest = token_digest(token);
  kept.list = job.running.lists.at(list.address()).id;
  kept.person = to.key;
  kept.expires = job.now + lists::token_life;
  if (auto added = store::add_member_orders(job.db, kept); !added) return added.error();
  facts.until = kept.expires;
  facts.message_id = message_id;
  facts.command_address = list.sub_address("confirm+" + token);
  auto posted = post_letter(job, "confirm_orders", facts, to, list, "asks whether an order by mail is meant");
  if (!posted) return posted.error();
  return true;
}

Result<std::string> confirm_orders(WriteJob& job, const lists::List& list, const store::MemberOrders& orders,
                                   const std::string& message_id) {
  auto person = mail::parse_address(orders.person);
  if (!person) return person.error();
  StoreDirectory directory(job.db, job.running);
  auto standing = directory.standing(list, *person);
  if (!standing) return standing.error();
  const lists::Rank rank = lists::rank_of(*standing, false);
  std::string outcome;
  std::string_view rest = orders.orders;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto read = lists::read_command_line(line);
    if (!read || !read->command) continue;  // of another release
    auto done = may_order(read->command->verb, rank)
                    ? give_member_order(job, list, *read->command, *person)
                    : Result<std::string>(std::string(line) + ": not done, you may not order this any more");
    if (!done) return done;
    outcome += (outcome.empty() ? "" : "; ") + *done;
  }
  if (auto used = store::use_member_orders(job.db, orders.digest); !used) return used.error();
  auto told = write_outcome(job, list, *person, "orders by mail", message_id, outcome, false);
  if (!told) return told.error();
  return outcome;
}

}  // namespace breakwater::daemon
