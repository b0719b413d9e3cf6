#include "daemon/member_orders.h"

#include <chrono>
#include <utility>

#include "daemon/letters.h"
#include "daemon/membership.h"
#include "daemon/store_directory.h"
#include "lists/subscription.h"
#include "store/directory.h"
#include "store/subscriptions.h"

namespace breakwater::daemon {
namespace {

using lists::Verb;

constexpr lists::RequestCaps kCaps;
constexpr std::string_view kNothingDone = "nothing was done: ";

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

Result<pipeline::OrderResult> give_member_order(WriteJob& job, const lists::List& list,
                                                const lists::Command& order, const mail::Address& by,
                                                const std::string& message_id) {
  admin::MemberOrder wanted;
  wanted.hand = hand_of(order.verb);
  wanted.list_address = list.address();
  wanted.who = order.who;
  wanted.actor = by.mailbox + " by mail";
  wanted.reason = order.reason;
  wanted.name = order.name;
  wanted.message_id = message_id;
  auto rank = StoreDirectory(job.db, job.running).rank(list, by);
  if (!rank) return rank.error();
  wanted.rank = *rank;
  auto done = carry_out(job, wanted);
  if (done) return pipeline::OrderResult{lists::line_of(order), true, std::move(*done)};
  if (done.error().fault == Fault::storage || done.error().fault == Fault::full) return done.error();
  std::string why = done.error().what;
  if (why.starts_with(kNothingDone)) why.erase(0, kNothingDone.size());
  return pipeline::OrderResult{lists::line_of(order), false, std::move(why)};
}

Result<std::string> tell_results(WriteJob& job, const lists::List& list, const mail::Address& to,
                                 const std::vector<pipeline::OrderResult>& results,
                                 const std::optional<std::string>& message_id) {
  pipeline::LetterFacts facts = facts_of(list, to);
  facts.message_id = message_id.value_or("");
  facts.unasked = !message_id;
  facts.results = results;
  auto posted = post_letter(job, "orders_done", facts, to, list, "answer to orders by mail");
  if (!posted) return posted.error();
  std::string text;
  for (const pipeline::OrderResult& one : results)
    text += (text.empty() ? "" : "; ") + one.order + (one.done ? ": " : ": not done: ") + one.outcome;
  return text;
}

namespace {

// Kept until its token comes back. The address that its letter is answered to.
Result<void> keep(WriteJob& job, const lists::List& list, const mail::Address& to, const std::string& orders,
                  pipeline::LetterFacts& facts) {
  const std::string token = new_token();
  facts.until = job.now + lists::token_life;
  facts.command_address = list.sub_address("confirm+" + token);
  return store::add_member_orders(job.db, {token_digest(token), job.running.lists.at(list.address()).id,
                                           to.key, orders, facts.until, false});
}

}  // namespace

Result<bool> ask_back(WriteJob& job, const lists::List& list, const std::vector<lists::Command>& orders,
                      const pipeline::MemberRequest& request, const std::string& message_id) {
  const mail::Address& to = request.sender;
  auto may = take_turn(job, letters_key("orders", to), kCaps.orders);
  if (!may || !*may) return may;
  pipeline::LetterFacts facts = facts_of(list, to);
  std::string kept;
  for (const lists::Command& order : orders) {
    facts.orders.push_back(lists::line_of(order));
    kept += facts.orders.back() + "\n";
  }
  if (auto added = keep(job, list, to, kept, facts); !added) return added.error();
  facts.message_id = message_id;
  auto posted = post_letter(job, "confirm_orders", facts, to, list, "asks whether an order by mail is meant");
  if (!posted) return posted.error();
  return true;
}

Result<void> ask_about_delivery(WriteJob& job, const lists::List& list, const lists::Command& command,
                                const mail::Address& about) {
  const ListId row = job.running.lists.at(list.address()).id;
  auto id = store::find_address(job.db, about.key);
  if (!id) return id.error();
  if (!*id) return {};
  auto state = store::subscription(job.db, row, **id, job.now);
  if (!state) return state.error();
  auto open =
      store::awaits_member_orders(job.db, row, about.key, lists::name_of(Verb::set_delivery), job.now);
  if (!open) return open.error();
  if (!lists::is_member(*state) || *open) return {};
  auto may = take_turn(job, letters_key("delivery", about), kCaps.answers);
  if (!may) return may.error();
  if (!*may) return {};
  lists::Command own = command;
  own.about.reset();
  pipeline::LetterFacts facts = facts_of(list, about);
  facts.address = about.mailbox;
  facts.orders = {lists::line_of(own)};
  facts.wish = own.delivery;
  if (auto kept = keep(job, list, about, facts.orders.front(), facts); !kept) return kept;
  return post_letter(job, "confirm_delivery", facts, about, list,
                     "asks whether a change of delivery is meant");
}

Result<std::string> confirm_orders(WriteJob& job, const lists::List& list, const store::MemberOrders& orders,
                                   const std::optional<std::string>& message_id) {
  auto person = mail::parse_address(orders.person);
  if (!person) return person.error();
  StoreDirectory directory(job.db, job.running);
  auto standing = directory.standing(list, *person);
  if (!standing) return standing.error();
  const lists::Rank rank = lists::rank_of(*standing, false);
  std::vector<pipeline::OrderResult> results;
  std::string_view rest = orders.orders;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto read = lists::read_command_line(line);
    if (!read || !read->command) continue;  // of another release
    auto done =
        may_order(read->command->verb, rank)
            ? give_member_order(job, list, *read->command, *person, message_id.value_or(""))
            : Result<pipeline::OrderResult>({std::string(line), false, "you may not order this any more"});
    if (!done) return done.error();
    results.push_back(std::move(*done));
  }
  if (auto used = store::use_member_orders(job.db, orders.digest); !used) return used.error();
  if (results.empty()) return std::string("orders of another release, of which none is known here");
  return tell_results(job, list, *person, results, message_id);
}

}  // namespace breakwater::daemon
