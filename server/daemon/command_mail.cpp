#include "daemon/command_mail.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "admin/request.h"
#include "daemon/digest_due.h"
#include "daemon/letters.h"
#include "daemon/member_orders.h"
#include "daemon/membership.h"
#include "daemon/nested_memberships.h"
#include "daemon/store_directory.h"
#include "daemon/token_answer.h"
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
constexpr std::size_t kSearchedAudits = 1000;  // of the list, the newest
constexpr std::size_t kListed = 500;           // members in a letter

class Answering {
 public:
  Answering(WriteJob& job, const pipeline::MemberRequest& request, const std::string& message_id)
      : job_(job),
        request_(request),
        list_(*request.list),
        row_(job.running.lists.at(request.list->address()).id),
        message_id_(message_id),
        counted_(!request.proved) {}

  Result<std::string> ask(lists::Wish wish);
  Result<std::string> redeem();
  Result<std::string> obey();

 private:
  Happening claim(const mail::Address& about, Event event);
  Result<std::vector<Happening>> left_by(const Happening& what);
  Result<std::string> act_on(const Happening& what);
  Result<std::string> decide_by(const store::SubscriptionToken& token, const mail::Address& about);
  Result<std::string> unanswered(const store::SubscriptionToken& token, const mail::Address& about,
                                 ReplyFlaw flaw);
  Result<std::string> decision_on(const mail::Address& about, Instant asked);
  Result<void> carry_out(const lists::Command& command);
  bool may_ask(lists::Wish wish) const;
  std::optional<std::string> mail_of(const mail::Address& reader) const;
  Result<CommandOutcome> wish(lists::Wish wish, const mail::Address& about, bool own);
  std::optional<CommandOutcome> flaw_of(const lists::DeliveryWish& wish) const;
  Result<CommandAnswer> set_delivery(const lists::Command& command, const mail::Address& about, bool own);
  Result<CommandAnswer> change(const lists::DeliveryWish& wish, const mail::Address& about,
                               const mail::Address& by);
  Result<std::string> redeem_delivery(const store::MemberOrders& orders, const lists::DeliveryWish& wish,
                                      const mail::Address& person);
  Result<CommandOutcome> order(const lists::Command& command);
  Result<CommandOutcome> wish_or_order(const lists::Command& command, const mail::Address& about, bool own);
  Result<std::string> redeem_orders(const std::string& digest);
  Result<CommandOutcome> list_members();
  Result<bool> may_answer();
  Result<std::string> reply(bool asked);

  WriteJob& job_;
  const pipeline::MemberRequest& request_;
  const lists::List& list_;
  ListId row_;
  const std::string& message_id_;
  bool counted_;                              // the next request has been, with its mail
  lists::Standing standing_;                  // of the sender, as they say who they are
  lists::Rank rank_ = lists::Rank::stranger;  // as they proved
  std::optional<bool> may_answer_;
  bool delivery_set_ = false;
  LetterFacts facts_;
  std::string done_;
  std::vector<lists::Command> to_ask_;          // orders of who has not proved to be who they say
  std::vector<pipeline::OrderResult> ordered_;  // what the others did
};

Happening Answering::claim(const mail::Address& about, Event event) {
  return {
      .list = &list_,
      .address = about,
      .event = event,
      .source = request_.source,
      .client = request_.client,
      .counted = std::exchange(counted_, false),
      .name = about == request_.sender ? request_.sender_name : "",
      .message_id = request_.backed && about == request_.sender ? std::optional(message_id_) : std::nullopt,
      .by = ByMail{request_.sender.mailbox, message_id_}};
}

bool Answering::may_ask(lists::Wish wish) const {
  return lists::may(wish == lists::Wish::join ? lists::Action::join : lists::Action::leave, rank_, true);
}

// The token's reader need not be who sent it back: then no mail of theirs led to the letter (RFC 3834 5).
std::optional<std::string> Answering::mail_of(const mail::Address& reader) const {
  const bool wrote = reader == request_.sender || reader.key == request_.source;
  return wrote ? std::optional(message_id_) : std::nullopt;
}

// Where their own mail comes from: who is no member may be one of a list in it.
Result<std::vector<Happening>> Answering::left_by(const Happening& what) {
  std::vector<Happening> of_list{what};
  if (what.event != Event::ask_leave && what.event != Event::leave_for_other) return of_list;
  auto id = store::find_address(job_.db, what.address.key);
  if (!id) return id.error();
  auto state = *id ? store::subscription(job_.db, row_, **id, job_.now)
                   : Result<lists::Subscription>(lists::Subscription::absent);
  if (!state) return state.error();
  if (lists::is_member(*state)) return of_list;
  auto nested = on_nested_lists(job_, what);
  if (!nested) return nested;
  if (nested->empty()) return of_list;
  if (*state != lists::Subscription::absent) nested->insert(nested->begin(), what);
  for (std::size_t at = 1; at < nested->size(); ++at) (*nested)[at].counted = true;  // one mail
  return nested;
}

Result<std::string> Answering::act_on(const Happening& what) {
  auto all = left_by(what);
  if (!all) return all.error();
  std::string done;
  for (const Happening& one : *all) {
    auto happened = happen(job_, one);
    if (!happened) return happened.error();
    done += (done.empty() ? "" : "; ") + told(one, *happened);
    if (happened->capped == lists::Capped::source) break;  // it is the mail that is counted
  }
  return done;
}

Result<std::string> Answering::ask(lists::Wish wish) {
  if (!may_ask(wish)) return std::string("a request that the table of roles does not allow");
  // Whose From the reverse-path does not bear out may be anybody.
  return act_on(claim(request_.sender, lists::event_of(wish, lists::Rank::stranger, request_.backed)));
}

Result<std::string> Answering::unanswered(const store::SubscriptionToken& token, const mail::Address& about,
                                          ReplyFlaw flaw) {
  const auto reader =
      token.moderator.empty() ? Result<mail::Address>(about) : mail::parse_address(token.moderator);
  if (!reader) return std::string("a reply with the token of no address");
  auto decided = flaw == ReplyFlaw::used && !token.moderator.empty()
                     ? decision_on(about, token.token.expires - lists::token_life)
                     : Result<std::string>(std::string());
  if (!decided) return decided.error();
  return tell_reader(job_, list_, *reader, token_digest(request_.token), flaw, mail_of(*reader), *decided);
}

// What another decided of a request since then, as the audit trail has it; empty: it is not there, or not any
// more.
Result<std::string> Answering::decision_on(const mail::Address& about, Instant asked) {
  auto rows = store::audits(job_.db, list_.address(), kSearchedAudits);
  if (!rows) return rows.error();
  const std::string joined = about.mailbox + " joined ",
                    ended = "the request of " + about.mailbox + " to join ";
  for (const store::Audit& one : *rows) {
    if (one.at < asked) continue;
    const bool approved = one.action == "approve" && one.outcome.starts_with(joined);
    if (!approved && (one.action != "reject" || !one.outcome.starts_with(ended))) continue;
    const std::string_view by_mail = " by mail";
    std::string who = one.actor;
    if (who.ends_with(by_mail)) who.resize(who.size() - by_mail.size());
    return ended + list_.address() + (approved ? " was approved already by " : " was rejected already by ") +
           who;
  }
  return std::string();
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
  // Who leaves a list without a file was asked by the one that it is nested in.
  const bool by_outer =
      pending.action == lists::TokenAction::leave && !job_.running.lists_by_id.contains(pending.list);
  switch (lists::check_token(&pending, by_outer ? pending.list : row_, *state, job_.now)) {
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
  const auto line = lists::read_command_line((*orders)->orders);
  if (line && line->command && line->command->verb == Verb::set_delivery)
    return redeem_delivery(**orders, line->command->delivery, *person);
  return confirm_orders(job_, list_, **orders, mail_of(*person));
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
                         .name = about == request_.sender ? request_.sender_name : "",
                         .message_id = mail_of(about),
                         .row = token.token.list,
                         .by = ByMail{about.mailbox, message_id_}};
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
  auto kept = note_by_mail(job_, list_, {token.moderator, message_id_, request_.reply.text},
                           approve ? "approve" : "reject", told(what, *happened));
  if (!kept) return kept.error();
  return told(what, *happened);
}

// Of another's address owners decide who logged in as one, so that they have proved to be one; else the
// address itself, by a letter. Whether it was sent one the asker does not learn, nor so who is on the list.
Result<CommandOutcome> Answering::wish(lists::Wish wish, const mail::Address& about, bool own) {
  if (own && !may_ask(wish)) return CommandOutcome::refused;
  const Happening what = claim(about, lists::event_of(wish, rank_, own));
  if (what.event == Event::join_for_other && list_.join == lists::JoinPolicy::closed)
    return CommandOutcome::not_open;
  auto done = act_on(what);
  if (!done) return done.error();
  done_ += (done_.empty() ? "" : "; ") + *done;
  const bool for_other = what.event == Event::join_for_other || what.event == Event::leave_for_other;
  return for_other ? CommandOutcome::asked : CommandOutcome::done;
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

CommandAnswer said(CommandOutcome outcome) { return {"", outcome, {}, false}; }

std::optional<CommandOutcome> Answering::flaw_of(const lists::DeliveryWish& wish) const {
  if (wish.mode == lists::DeliveryMode::digest && !list_.digest.enabled) return CommandOutcome::not_offered;
  const auto flaw = lists::flaw_of(wish, job_.now);
  if (!flaw) return std::nullopt;
  return *flaw == lists::WishFlaw::past ? CommandOutcome::past : CommandOutcome::too_far;
}

Result<CommandAnswer> Answering::set_delivery(const lists::Command& command, const mail::Address& about,
                                              bool own) {
  if (const auto flaw = flaw_of(command.delivery)) return said(*flaw);
  if (!lists::may(lists::Action::set_delivery, std::max(rank_, lists::Rank::member), own)) {
    auto may = std::exchange(counted_, false) ? Result<bool>(true)
                                              : take_claim(job_, request_.source, request_.client);
    if (!may) return may.error();
    if (!*may) return said(CommandOutcome::asked);
    auto asked = ask_about_delivery(job_, list_, command, about);
    if (!asked) return asked.error();
    return said(CommandOutcome::asked);
  }
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
                 ? take_turn(job_, letters_key("answers", request_.sender), lists::RequestCaps{}.answers)
                 : may_answer();
  if (!may) return may.error();
  if (!*may) return said(CommandOutcome::done);
  delivery_set_ = true;
  return change(command.delivery, about, request_.sender);
}

Result<CommandAnswer> Answering::change(const lists::DeliveryWish& wish, const mail::Address& about,
                                        const mail::Address& by) {
  auto id = store::find_address(job_.db, about.key);
  if (!id) return id.error();
  auto set = *id ? change_delivery(job_, row_, **id, wish)
                 : Result<std::optional<lists::Delivery>>(std::optional<lists::Delivery>());
  if (!set) return set.error();
  if (!*set) return said(CommandOutcome::not_a_member);
  auto noted = note_by_mail(job_, list_, {by.mailbox, message_id_}, "set delivery",
                            about.mailbox + " on " + list_.address() + ": delivery " +
                                admin::delivery_text(**set, job_.now) + " from now on");
  if (!noted) return noted.error();
  return answer_of(**set);
}

// The member has answered: what was asked for is theirs to say. The letter goes whatever the cap says, since
// nobody but its reader can have it sent.
Result<std::string> Answering::redeem_delivery(const store::MemberOrders& orders,
                                               const lists::DeliveryWish& wish, const mail::Address& person) {
  const auto flaw = flaw_of(wish);
  auto answer = flaw ? Result<CommandAnswer>(said(*flaw)) : change(wish, person, person);
  if (!answer) return answer.error();
  answer->command = orders.orders;
  if (auto used = store::use_member_orders(job_.db, orders.digest); !used) return used.error();
  auto counted = take_turn(job_, letters_key("answers", person), lists::RequestCaps{}.answers);
  if (!counted) return counted.error();
  LetterFacts facts = facts_of(list_, person);
  facts.message_id = mail_of(person).value_or("");
  facts.unasked = !mail_of(person);
  facts.answers.push_back(std::move(*answer));
  auto posted = post_letter(job_, "commands", facts, person, list_, "answer to a confirmation");
  if (!posted) return posted.error();
  return orders.orders + " of " + person.mailbox + ", confirmed";
}

// Who may not even as whom they say they are hears so; who may, but has only said it, is asked back.
Result<CommandOutcome> Answering::order(const lists::Command& command) {
  if (!may_order(command.verb, lists::rank_of(standing_, false))) return CommandOutcome::refused;
  if (!may_order(command.verb, rank_)) {
    to_ask_.push_back(command);
    return CommandOutcome::done;
  }
  auto done = give_member_order(job_, list_, command, request_.sender, message_id_);
  if (!done) return done.error();
  ordered_.push_back(std::move(*done));
  return CommandOutcome::done;
}

// Owners who proved to be one put others on the list and take them off it by these words too; they hear of it
// as of `add` and `remove`.
Result<CommandOutcome> Answering::wish_or_order(const lists::Command& command, const mail::Address& about,
                                                bool own) {
  const bool joins = command.verb == Verb::join;
  lists::Command meant;
  meant.verb = joins ? Verb::add : Verb::remove;
  meant.who = about.mailbox;
  if (own || !may_order(meant.verb, rank_))
    return wish(joins ? lists::Wish::join : lists::Wish::leave, about, own);
  auto done = order(meant);
  if (done) ordered_.back().order = lists::line_of(command);
  return done;
}

// An owner's mailbox is who it goes to, so that the claim of being one is enough: nobody else reads it.
Result<CommandOutcome> Answering::list_members() {
  if (!lists::may(lists::Action::see_members, lists::rank_of(standing_, false), false))
    return CommandOutcome::refused;
  if (!request_.backed) return CommandOutcome::listed;  // as any answer
  auto count = store::count_members(job_.db, row_);
  if (!count) return count.error();
  auto members = store::members(job_.db, row_, lists::Role::member, AddressId{}, kListed);
  if (!members) return members.error();
  LetterFacts facts = facts_of(list_, request_.sender);
  facts.message_id = message_id_;
  facts.count = count->members;
  for (const store::Member& one : *members) facts.members.push_back(one.mailbox);
  auto may = take_turn(job_, letters_key("answers", request_.sender), lists::RequestCaps{}.answers);
  if (!may) return may.error();
  if (!*may) return CommandOutcome::done;
  auto posted =
      post_letter(job_, "members", facts, request_.sender, list_, "an owner asked who is on the list");
  if (!posted) return posted.error();
  return CommandOutcome::listed;
}

Result<void> Answering::carry_out(const lists::Command& command) {
  const mail::Address& about = command.about ? *command.about : request_.sender;
  const bool own = request_.backed && about == request_.sender;
  auto outcome = Result<CommandOutcome>(CommandOutcome::done);
  CommandAnswer answer;
  switch (command.verb) {
    case Verb::join:
    case Verb::leave: outcome = wish_or_order(command, about, own); break;
    case Verb::set_delivery: {
      auto set = set_delivery(command, about, own);
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
  facts_.apart = facts_.apart || said;
  if (said) return {};  // it has a letter of its own
  answer.outcome = *outcome;
  answer.command = lists::line_of(command);
  facts_.answers.push_back(std::move(answer));
  return {};
}

// Counted once a mail.
Result<bool> Answering::may_answer() {
  if (may_answer_) return *may_answer_;
  auto may = take_turn(job_, letters_key("answers", request_.sender), lists::RequestCaps{}.answers);
  if (may) may_answer_ = *may;
  return may;
}

// One letter for all that has none of its own.
Result<std::string> Answering::reply(bool asked) {
  const std::string done = done_.empty() ? std::string("commands by mail") : done_;
  // Its words would be quoted to whomever a stranger names.
  if (!request_.backed) return done + "; no answer, since the reverse-path is not its From";
  auto may = asked ? may_answer() : take_turn(job_, letters_key("help", request_.sender), kUnasked);
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
  facts_ = facts_of(list_, request_.sender);
  facts_.rank = lists::rank_of(standing_, false);
  if (request_.proved) rank_ = lists::rank_of(standing_, false);
  facts_.message_id = message_id_;
  // Once where the last about an address was the same: people write it into the subject and the text.
  std::vector<lists::Command> given;
  for (lists::Command command : request_.commands.commands) {
    if (command.about == request_.sender) command.about.reset();
    const auto last = std::find_if(given.rbegin(), given.rend(), [&](const lists::Command& one) {
      return one.about == command.about && one.who == command.who;
    });
    if (last != given.rend() && *last == command) continue;
    if (auto done = carry_out(command); !done) return done.error();
    given.push_back(std::move(command));
  }
  if (!to_ask_.empty()) {
    auto asked = ask_back(job_, list_, to_ask_, request_, message_id_);
    if (!asked) return asked.error();
    done_ += (done_.empty() ? "" : "; ") + std::string(*asked ? "orders by mail, asked back"
                                                              : "orders by mail, too many to ask back today");
  }
  if (!ordered_.empty()) {
    auto told = tell_results(job_, list_, request_.sender, ordered_, message_id_);
    if (!told) return told.error();
    done_ += (done_.empty() ? "" : "; ") + *told;
  }
  facts_.unread = request_.commands.unread;
  if (facts_.answers.empty() && !facts_.info && facts_.unread.empty() && !request_.commands.empty())
    return done_.empty() ? std::string("commands by mail") : done_;
  // Who gives commands hears each time which were not carried out; one with a flaw is a command too.
  const bool flawed = std::any_of(facts_.unread.begin(), facts_.unread.end(),
                                  [](const auto& one) { return !lists::ends_reading(one.why); });
  return reply(flawed || !request_.commands.commands.empty());
}

}  // namespace

Result<std::string> answer_request(WriteJob& job, const pipeline::MemberRequest& request,
                                   const std::string& message_id) {
  // A token is its own proof, and who replied with one gets no answer (token_answer.h).
  if (!request.proved && request.to != lists::SubAddress::confirm) {
    auto may = take_claim(job, request.source, request.client);
    if (!may) return may.error();
    if (!*may) return "too many requests of " + request.source + " or its client this hour";
  }
  Answering answering(job, request, message_id);
  switch (request.to) {
    case lists::SubAddress::join: return answering.ask(lists::Wish::join);
    case lists::SubAddress::leave: return answering.ask(lists::Wish::leave);
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
