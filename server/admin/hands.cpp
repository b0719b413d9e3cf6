// list.freeze, list.thaw, list.confirm, posting.recall|release|divert|discard, hold.release, hold.discard,
// member.invite|approve|reject|ban|unban:
// what is asked for becomes one order, and whoever holds the hands carries it out.
#include "admin/hands.h"

#include <boost/json/object.hpp>

#include "admin/answers.h"
#include "admin/request.h"
#include "lists/list_address.h"
#include "store/hold.h"
#include "store/spool.h"
#include "store/store.h"

namespace breakwater::admin {
namespace {

Answer carried_out(const Question& question, Order order) {
  if (question.desk.hands == nullptr) return no_hands();
  auto reason = required_reason(question.request);
  if (!reason) return reason.error();
  order.reason = std::move(*reason);
  order.actor = question.actor;
  const auto outcome = question.desk.hands->carry_out(order);
  if (!outcome) return outcome.error();
  return boost::json::object{
      {"postings", outcome->postings}, {"recipients", outcome->recipients}, {"message", outcome->message}};
}

// A list that was frozen and then lost its file: what it had in hand waits for a thaw, or for a recall. By
// its address, or its name where only one such list has it.
Result<Order> thaw_without_file(const Question& question, const Error& unknown) {
  const auto given = required_text(question.request, "list");
  if (!given) return given.error();
  const std::string name = lists::lower_case(*given);
  auto reading = question.desk.store->read();
  const auto frozen = store::frozen_lists(reading.connection());
  if (!frozen) return frozen.error();
  Order order;
  order.hand = Hand::thaw;
  for (const store::Freeze& one : *frozen) {
    if (one.list_address != name && !one.list_address.starts_with(name + "@")) continue;
    if (order.list) return error(Fault::invalid, "'" + *given + "': give the whole address");
    order.list = one.list;
    order.list_address = one.list_address;
  }
  return order.list ? Result<Order>(std::move(order)) : Result<Order>(unknown);
}

// A list that nobody has written to yet can be frozen too.
Result<Order> about_list(const Question& question, Hand hand) {
  const auto config = question.desk.config();
  const auto list = named_list(*config, question.request);
  if (!list && hand == Hand::thaw && list.error().fault == Fault::not_found) {
    return thaw_without_file(question, list.error());
  }
  if (!list) return list.error();
  Order order;
  order.hand = hand;
  order.list_address = (*list)->address();
  const auto written = question.desk.store->write_and_wait([&](store::Connection& db) -> Result<void> {
    const auto row = list_row(db, **list, question.desk.now());
    if (!row) return row.error();
    order.list = *row;
    return {};
  });
  if (!written) return written.error();
  return order;
}

Result<Order> about_posting(const Question& question, Hand hand) {
  const auto id = required_posting(question.request);
  if (!id) return id.error();
  auto reading = question.desk.store->read();
  const auto posting = known_posting(reading.connection(), *id);
  if (!posting) return posting.error();
  Order order;
  order.hand = hand;
  order.posting = *id;
  order.list = posting->list;
  order.list_address = posting->list_address;
  order.thread = posting->thread;
  return order;
}

// The same of what is held, also where the list's file is gone: what waits there can still be discarded.
Result<Order> about_held_list(const Question& question, Hand hand) {
  auto order = about_list(question, hand);
  if (order || order.error().fault != Fault::not_found) return order;
  const auto given = required_text(question.request, "list");
  if (!given) return given.error();
  auto reading = question.desk.store->read();
  const auto was = list_that_was(reading.connection(), *given);
  if (!was) return was.error().fault == Fault::not_found ? order.error() : was.error();
  Order found;
  found.hand = hand;
  found.list = was->id;
  found.list_address = was->address;
  return found;
}

Answer hand_on_list(const Question& question, Hand hand) {
  const auto order = about_list(question, hand);
  return order ? carried_out(question, *order) : order.error();
}

Answer hand_on_posting(const Question& question, Hand hand) {
  auto order = about_posting(question, hand);
  if (!order) return order.error();
  order->thread.clear();  // of this one only
  return carried_out(question, std::move(*order));
}

// One posting; the thread of one (`with_thread`); a list's `thread`; or `all` of a list. That nothing is said
// of a thread must never come to mean all of the list.
Result<Order> about_held(const Question& question, Hand hand) {
  const auto thread = optional_text(question.request, "thread");
  const auto with_thread = flag(question.request, "with_thread");
  const auto all = flag(question.request, "all");
  if (!thread) return thread.error();
  if (!with_thread) return with_thread.error();
  if (!all) return all.error();
  const bool has_thread = *thread && !(*thread)->empty();
  if (question.request.contains("posting")) {
    if (has_thread || *all || question.request.contains("list")) {
      return error(Fault::invalid, "give a posting, or a list with a thread or --all: not both");
    }
    auto order = about_posting(question, hand);
    if (!order) return order.error();
    if (!*with_thread) {
      order->thread.clear();
      return order;
    }
    if (order->thread.empty()) {
      return error(Fault::invalid, "posting " + format_id(order->posting) + " belongs to no thread");
    }
    order->posting = PostingId{};
    return order;
  }
  if (has_thread == *all || *with_thread) {
    return error(Fault::invalid,
                 "give a posting, or a list with a thread or --all (see 'breakwater hold ls')");
  }
  auto order = about_held_list(question, hand);
  if (order && has_thread) order->thread = **thread;
  return order;
}

Answer hand_on_held(const Question& question, Hand hand) {
  auto order = about_held(question, hand);
  if (!order) return order.error();
  if (hand == Hand::release) {
    const auto digest = flag(question.request, "digest");
    if (!digest) return digest.error();
    order->digest = *digest;
  }
  return carried_out(question, std::move(*order));
}

Answer hand_on_member(const Question& question, MemberHand hand) {
  if (question.desk.hands == nullptr) return no_hands();
  const auto config = question.desk.config();
  const auto list = named_list(*config, question.request);
  if (!list) return list.error();
  const auto who = required_text(question.request, "address");
  if (!who) return who.error();
  auto reason = required_reason(question.request);
  if (!reason) return reason.error();
  const auto done = question.desk.hands->change_membership(
      {hand, (*list)->address(), *who, question.actor, std::move(*reason), {}});
  if (!done) return done.error();
  return boost::json::object{{"list", (*list)->address()}, {"address", *who}, {"message", *done}};
}

}  // namespace

Error no_hands() {
  return {Fault::unavailable, "not available here: start the server and give the command again"};
}

std::string_view name_of(MemberHand hand) {
  switch (hand) {
    case MemberHand::invite: return "invite";
    case MemberHand::approve: return "approve";
    case MemberHand::reject: return "reject";
    case MemberHand::ban: return "ban";
    case MemberHand::unban: return "unban";
    case MemberHand::set_delivery: return "set delivery";
    case MemberHand::add: return "add";
    case MemberHand::remove: return "remove";
  }
  return "unknown";
}

lists::Action action_of(MemberHand hand) {
  using lists::Action;
  switch (hand) {
    case MemberHand::invite: return Action::invite;
    case MemberHand::approve:
    case MemberHand::reject: return Action::decide_requests;
    case MemberHand::ban:
    case MemberHand::unban: return Action::ban;
    case MemberHand::set_delivery: return Action::set_delivery;
    case MemberHand::add: return Action::add_member;
    case MemberHand::remove: return Action::remove_member;
  }
  return Action::purge;
}

lists::Action action_of(Hand hand, bool all) {
  using lists::Action;
  switch (hand) {
    case Hand::freeze:
    case Hand::thaw:
    case Hand::recall: return Action::stop_storm;
    case Hand::release:
    case Hand::discard:
    case Hand::reject:
    case Hand::divert:
    case Hand::confirm_audience: return Action::decide_postings;
    case Hand::hold_all:
    case Hand::end_hold_all: return all ? Action::hold_all_lists : Action::hold_all;
  }
  return Action::purge;
}

std::string_view name_of(Hand hand) {
  switch (hand) {
    case Hand::freeze: return "freeze";
    case Hand::thaw: return "thaw";
    case Hand::recall: return "recall";
    case Hand::release: return "release";
    case Hand::discard: return "discard";
    case Hand::reject: return "reject";
    case Hand::divert: return "divert";
    case Hand::confirm_audience: return "confirm";
    case Hand::hold_all: return "hold-all";
    case Hand::end_hold_all: return "end hold-all";
  }
  return "unknown";
}

Answer list_freeze(const Question& question) { return hand_on_list(question, Hand::freeze); }
Answer list_thaw(const Question& question) { return hand_on_list(question, Hand::thaw); }
Answer list_confirm(const Question& question) { return hand_on_list(question, Hand::confirm_audience); }

// One list or, where that is said, all of them.
Answer list_hold_all(const Question& question) {
  const auto on = flag(question.request, "on");
  const auto all = flag(question.request, "all");
  if (!on) return on.error();
  if (!all) return all.error();
  if (*all == question.request.contains("list"))
    return error(Fault::invalid, "give a list or --all: one of them");
  const Hand hand = *on ? Hand::hold_all : Hand::end_hold_all;
  if (!*all) return hand_on_list(question, hand);
  Order order;
  order.hand = hand;
  order.list_address = "all lists";
  return carried_out(question, std::move(order));
}

Answer posting_recall(const Question& question) { return hand_on_posting(question, Hand::recall); }
Answer posting_release(const Question& question) { return hand_on_posting(question, Hand::release); }
Answer posting_divert(const Question& question) { return hand_on_posting(question, Hand::divert); }
Answer posting_discard(const Question& question) { return hand_on_posting(question, Hand::discard); }
Answer hold_release(const Question& question) { return hand_on_held(question, Hand::release); }
Answer hold_reject(const Question& question) { return hand_on_posting(question, Hand::reject); }
Answer hold_discard(const Question& question) { return hand_on_held(question, Hand::discard); }

Answer member_invite(const Question& question) { return hand_on_member(question, MemberHand::invite); }
Answer member_approve(const Question& question) { return hand_on_member(question, MemberHand::approve); }
Answer member_reject(const Question& question) { return hand_on_member(question, MemberHand::reject); }
Answer member_ban(const Question& question) { return hand_on_member(question, MemberHand::ban); }
Answer member_unban(const Question& question) { return hand_on_member(question, MemberHand::unban); }

}  // namespace breakwater::admin
