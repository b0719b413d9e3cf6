#include "daemon/command_mail.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "daemon/digest_due.h"
#include "daemon/letters.h"
#include "daemon/member_orders.h"
#include "daemon/membership.h"
#include "daemon/store_directory.h"
#include "lists/roles.h"
#include "store/directory.h"
#include "store/hold.h"
#include "store/subscriptions.h"

namespace breakwater::daemon {
namespace {

using lists::Event;
using lists::TokenAnswer;
using lists::Verb;
using pipeline::CommandAnswer;
using pipeline::CommandOutcome;
using pipeline::LetterFacts;
using pipeline::ReplyFlaw;
using pipeline::TokenWord;

// Help that nobody asked for.
constexpr lists::Cap kUnasked{1, std::chrono::hours(24)};
constexpr std::size_t kListed = 500;  // members in a letter

class Answering {
 public:
  Answering(WriteJob& job, const pipeline::MemberRequest& request, const std::string& message_id)
      : job_(job),
        request_(request),
        list_(*request.list),
        row_(job.running.lists.at(request.list->address()).id),
        message_id_(message_id) {}

  Result<std::string> ask(Event event);
  Result<std::string> redeem();
  Result<std::string> obey();

 private:
  Happening claim(const mail::Address& about, Event event) const;
  Result<std::string> decide_by(const store::SubscriptionToken& token, const mail::Address& about);
  Result<std::string> unanswered(const store::SubscriptionToken& token, const mail::Address& about,
                                 ReplyFlaw flaw);
  Result<void> carry_out(const lists::Command& command);
  CommandOutcome refusal() const;
  bool may_ask(bool to_join) const;
  Result<CommandOutcome> wish(lists::Wish wish, const mail::Address& about, bool own);
  Result<CommandAnswer> set_delivery(const lists::DeliveryWish& wish, const mail::Address& about, bool own);
  Result<CommandOutcome> order(const lists::Command& command);
  Result<std::string> redeem_orders(const std::string& digest);
  Result<CommandOutcome> list_members();
  Result<bool> may_answer();
  Result<std::string> reply(bool asked);

  WriteJob& job_;
  const pipeline::MemberRequest& request_;
  const lists::List& list_;
  ListId row_;
  const std::string& message_id_;
  lists::Standing standing_;                  // of the sender, as they say who they are
  lists::Rank rank_ = lists::Rank::stranger;  // as they proved
  std::optional<bool> may_answer_;
  bool delivery_set_ = false;
  LetterFacts facts_;
  std::string done_;
  std::vector<lists::Command> to_ask_;  // orders of who has not proved to be who they say
  std::string ordered_;                 // what the others did
};

Happening Answering::claim(const mail::Address& about, Event event) const {
  return {.list = &list_,
          .address = about,
          .event = event,
          .source = request_.source,
          .client = request_.client,
          .message_id = message_id_};
}

bool Answering::may_ask(bool to_join) const {
  return lists::may(to_join ? lists::Action::join : lists::Action::leave, rank_, true);
}

Result<std::string> Answering::ask(Event event) {
  if (!may_ask(event == Event::ask_join))
    return std::string("a request that the table of roles does not allow");
  const Happening what = claim(request_.sender, event);
  auto happened = happen(job_, what);
  if (!happened) return happened.error();
  return told(what, *happened);
}

// The token's reader is told, not whoever sent it, and once a day.
Result<std::string> Answering::unanswered(const store::SubscriptionToken& token, const mail::Address& about,
                                          ReplyFlaw flaw) {
  const auto reader =
      token.moderator.empty() ? Result<mail::Address>(about) : mail::parse_address(token.moderator);
  const std::string note = "a reply that confirms nothing";
  if (!reader) return note;
  auto may = take_turn(job_, "help:" + reader->key, kUnasked);
  if (!may) return may.error();
  if (!*may) return note;
  LetterFacts facts = facts_of(list_, *reader);
  facts.message_id = message_id_;
  facts.flaw = flaw;
  auto posted = post_letter(job_, "unanswered", facts, *reader, list_, "answer to a reply");
  if (!posted) return posted.error();
  return note;
}

Result<std::string> Answering::redeem() {
  const std::string unknown = "a confirmation with a token that is not known";
  auto token = store::subscription_token(job_.db, token_digest(request_.token));
  if (!token) return token.error();
  if (!*token) return redeem_orders(token_digest(request_.token));
  const lists::PendingToken& pending = (*token)->token;
  auto about = store::address(job_.db, pending.address);
  if (!about) return about.error();
  auto state = store::subscription(job_.db, pending.list, pending.address, job_.now);
  if (!state) return state.error();
  if (!*about) return unknown;
  switch (lists::check_token(&pending, row_, *state, job_.now)) {
    case TokenAnswer::unknown: return unknown;
    case TokenAnswer::used:
    case TokenAnswer::stale: return unanswered(**token, **about, ReplyFlaw::used);
    case TokenAnswer::expired: return unanswered(**token, **about, ReplyFlaw::expired);
    case TokenAnswer::good: return decide_by(**token, **about);
  }
  return unknown;
}

Result<std::string> Answering::redeem_orders(const std::string& digest) {
  auto orders = store::member_orders(job_.db, digest);
  if (!orders) return orders.error();
  if (!*orders || (*orders)->list != row_)
    return std::string("a confirmation with a token that is not known");
  const auto person = mail::parse_address((*orders)->person);
  if (!person) return person.error();
  store::SubscriptionToken token;
  if ((*orders)->used) return unanswered(token, *person, ReplyFlaw::used);
  if (job_.now >= (*orders)->expires) return unanswered(token, *person, ReplyFlaw::expired);
  if (request_.reply.word != TokenWord::confirm) return unanswered(token, *person, ReplyFlaw::no_word);
  return confirm_orders(job_, list_, **orders, message_id_);
}

Result<std::string> Answering::decide_by(const store::SubscriptionToken& token, const mail::Address& about) {
  const auto word = request_.reply.word;
  const bool for_moderator = !token.moderator.empty();
  if (!word || (word == TokenWord::confirm) == for_moderator)
    return unanswered(token, about, ReplyFlaw::no_word);
  if (!for_moderator) {
    const Happening what{.list = &list_,
                         .address = about,
                         .event = lists::event_of(token.token.action),
                         .message_id = message_id_};
    auto happened = happen(job_, what);
    return happened ? Result<std::string>(told(what, *happened)) : happened.error();
  }
  const auto moderator = mail::parse_address(token.moderator);
  if (!moderator) return moderator.error();
  auto rank = StoreDirectory(job_.db, job_.running).rank(list_, *moderator);
  if (!rank) return rank.error();
  if (!lists::may(lists::Action::decide_requests, *rank, false))
    return "a decision of " + token.moderator + ", no moderator any more";
  const bool approve = word == TokenWord::approve;
  const Happening what{.list = &list_,
                       .address = about,
                       .event = approve ? Event::approve : Event::reject,
                       .reason = request_.reply.text};
  auto happened = happen(job_, what);
  if (!happened) return happened.error();
  auto kept =
      store::add_audit(job_.db, {job_.now, token.moderator + " by mail", approve ? "approve" : "reject",
                                 list_.address(), PostingId{}, request_.reply.text, told(what, *happened)});
  if (!kept) return kept.error();
  return told(what, *happened);
}

// An owner by their own word alone can do something about it.
CommandOutcome Answering::refusal() const {
  const bool owner = lists::rank_of(standing_, false) >= lists::Rank::owner;
  return owner && !request_.proved ? CommandOutcome::log_in : CommandOutcome::refused;
}

// Of another's address only owners may wish, and only who logged in as one has proved to be one. The address
// that was named does not hear of the rest.
Result<CommandOutcome> Answering::wish(lists::Wish wish, const mail::Address& about, bool own) {
  if (own && !may_ask(wish == lists::Wish::join)) return CommandOutcome::refused;
  const auto event = lists::event_of(wish, rank_, own);
  if (!event) return refusal();
  const Happening what = claim(about, *event);
  auto happened = happen(job_, what);
  if (!happened) return happened.error();
  done_ += (done_.empty() ? "" : "; ") + told(what, *happened);
  return CommandOutcome::done;
}

// As it is set, in words.
CommandAnswer answer_of(const lists::Delivery& delivery) {
  CommandAnswer answer{"", CommandOutcome::each, {}, false};
  if (delivery.mode == lists::DeliveryMode::digest) {
    answer.outcome =
        delivery.form == lists::DigestForm::plain ? CommandOutcome::plain_digest : CommandOutcome::digest;
  }
  if (delivery.mode != lists::DeliveryMode::none) return answer;
  answer.outcome = delivery.until ? CommandOutcome::paused : CommandOutcome::none;
  answer.until = delivery.until.value_or(Instant{});
  answer.then_digest = delivery.after == lists::DeliveryMode::digest;
  return answer;
}

Result<CommandAnswer> Answering::set_delivery(const lists::DeliveryWish& wish, const mail::Address& about,
                                              bool own) {
  const auto said = [](CommandOutcome outcome) { return CommandAnswer{"", outcome, {}, false}; };
  if (!lists::may(lists::Action::set_delivery, std::max(rank_, lists::Rank::member), own))
    return said(refusal());
  if (wish.mode == lists::DeliveryMode::digest && !list_.digest.enabled)
    return said(CommandOutcome::not_offered);
  if (const auto flaw = lists::flaw_of(wish, job_.now))
    return said(*flaw == lists::WishFlaw::past ? CommandOutcome::past : CommandOutcome::too_far);
  auto id = store::find_address(job_.db, about.key);
  if (!id) return id.error();
  auto state = *id ? store::subscription(job_.db, row_, **id, job_.now)
                   : Result<lists::Subscription>(lists::Subscription::absent);
  if (!state) return state.error();
  if (!lists::is_member(*state)) return said(CommandOutcome::not_a_member);
  // The letter is how the member hears of what another may have done in their name: without it, nothing. And
  // a change can bring all that waits for a digest: of who has only said who they are, a second one in the
  // same mail counts as another letter.
  auto may = delivery_set_ && !request_.proved
                 ? take_turn(job_, letters_key(request_.sender), lists::RequestCaps{}.letters)
                 : may_answer();
  if (!may) return may.error();
  if (!*may) return said(CommandOutcome::done);
  delivery_set_ = true;
  auto set = change_delivery(job_, row_, **id, wish);
  if (!set) return set.error();
  return *set ? answer_of(**set) : said(CommandOutcome::done);
}

// Who may not even as whom they say they are hears so; who may, but has only said it, is asked back.
Result<CommandOutcome> Answering::order(const lists::Command& command) {
  if (!may_order(command.verb, lists::rank_of(standing_, false))) return CommandOutcome::refused;
  if (!may_order(command.verb, rank_)) {
    to_ask_.push_back(command);
    return CommandOutcome::done;
  }
  auto done = give_member_order(job_, list_, command, request_.sender);
  if (!done) return done.error();
  ordered_ += (ordered_.empty() ? "" : "; ") + *done;
  return CommandOutcome::done;
}

// An owner's mailbox is who it goes to, so that the claim of being one is enough: nobody else reads it.
Result<CommandOutcome> Answering::list_members() {
  if (!lists::may(lists::Action::see_members, lists::rank_of(standing_, false), false))
    return CommandOutcome::refused;
  auto count = store::count_members(job_.db, row_);
  if (!count) return count.error();
  auto members = store::members(job_.db, row_, lists::Role::member, AddressId{}, kListed);
  if (!members) return members.error();
  LetterFacts facts = facts_of(list_, request_.sender);
  facts.message_id = message_id_;
  facts.count = count->members;
  for (const store::Member& one : *members) facts.members.push_back(one.mailbox);
  auto may = take_turn(job_, letters_key(request_.sender), lists::RequestCaps{}.letters);
  if (!may) return may.error();
  if (!*may) return CommandOutcome::done;
  auto posted =
      post_letter(job_, "members", facts, request_.sender, list_, "an owner asked who is on the list");
  if (!posted) return posted.error();
  return CommandOutcome::listed;
}

Result<void> Answering::carry_out(const lists::Command& command) {
  const mail::Address& about = command.about ? *command.about : request_.sender;
  const bool own = about == request_.sender;
  auto outcome = Result<CommandOutcome>(CommandOutcome::done);
  CommandAnswer answer;
  switch (command.verb) {
    case Verb::join: outcome = wish(lists::Wish::join, about, own); break;
    case Verb::leave: outcome = wish(lists::Wish::leave, about, own); break;
    case Verb::set_delivery: {
      auto set = set_delivery(command.delivery, about, own);
      if (!set) return set.error();
      answer = *set;
      outcome = answer.outcome;
      break;
    }
    case Verb::who: outcome = list_members(); break;
    case Verb::info:
    case Verb::help: facts_.info = lists::may(lists::Action::read_help, rank_, true); return {};
    case Verb::ban:
    case Verb::unban:
    case Verb::invite:
    case Verb::add:
    case Verb::remove: outcome = order(command); break;
  }
  if (!outcome) return outcome.error();
  const bool said = *outcome == CommandOutcome::done || *outcome == CommandOutcome::listed;
  if (said) return {};  // it has a letter of its own
  answer.outcome = *outcome;
  answer.command = lists::name_of(command.verb);
  if (command.about) answer.command += " " + about.mailbox;
  if (is_order(command.verb)) answer.command = lists::line_of(command);
  facts_.answers.push_back(std::move(answer));
  return {};
}

// Counted once a mail.
Result<bool> Answering::may_answer() {
  if (may_answer_) return *may_answer_;
  auto may = take_turn(job_, letters_key(request_.sender), lists::RequestCaps{}.letters);
  if (may) may_answer_ = *may;
  return may;
}

// One letter for all that has none of its own.
Result<std::string> Answering::reply(bool asked) {
  const std::string done = done_.empty() ? std::string("commands by mail") : done_;
  auto may = asked ? may_answer() : take_turn(job_, "help:" + request_.sender.key, kUnasked);
  if (!may) return may.error();
  if (!*may) return done + "; no answer, there were enough today";
  auto posted = post_letter(job_, "commands", facts_, request_.sender, list_, "answer to commands by mail");
  if (!posted) return posted.error();
  return done;
}

Result<std::string> Answering::obey() {
  StoreDirectory directory(job_.db, job_.running);
  auto standing = directory.standing(list_, request_.sender);
  if (!standing) return standing.error();
  standing_ = *standing;
  if (request_.proved) rank_ = lists::rank_of(standing_, false);
  facts_ = facts_of(list_, request_.sender);
  facts_.message_id = message_id_;
  for (const lists::Command& command : request_.commands.commands) {
    if (auto done = carry_out(command); !done) return done.error();
  }
  if (!to_ask_.empty()) {
    auto asked = ask_back(job_, list_, to_ask_, request_.sender, message_id_);
    if (!asked) return asked.error();
    done_ += (done_.empty() ? "" : "; ") + std::string(*asked ? "orders by mail, asked back"
                                                              : "orders by mail, too many to ask back today");
  }
  if (!ordered_.empty()) {
    auto told = write_outcome(job_, list_, request_.sender, "orders by mail", message_id_, ordered_, false);
    if (!told) return told.error();
    done_ += (done_.empty() ? "" : "; ") + ordered_;
  }
  facts_.unread = request_.commands.line;
  // An owner hears each time which of their orders were not read.
  const bool ordered = !ordered_.empty() || !to_ask_.empty();
  if (facts_.answers.empty() && !facts_.info && !request_.commands.unread && !request_.commands.empty())
    return done_.empty() ? std::string("commands by mail") : done_;
  return reply(ordered || facts_.info || !facts_.answers.empty());
}

}  // namespace

Result<std::string> answer_request(WriteJob& job, const pipeline::MemberRequest& request,
                                   const std::string& message_id) {
  Answering answering(job, request, message_id);
  switch (request.to) {
    case lists::SubAddress::join: return answering.ask(Event::ask_join);
    case lists::SubAddress::leave: return answering.ask(Event::ask_leave);
    case lists::SubAddress::confirm: return answering.redeem();
    case lists::SubAddress::posting:
    case lists::SubAddress::owner:
    case lists::SubAddress::bounces:
    case lists::SubAddress::request:
    case lists::SubAddress::postmaster: break;
  }
  return answering.obey();
}

}  // namespace breakwater::daemon
