#include "daemon/mail_orders.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "daemon/hands.h"
#include "daemon/letters.h"
#include "daemon/store_directory.h"
#include "mail/header_block.h"
#include "pipeline/facts.h"
#include "pipeline/verdict.h"
#include "store/hold.h"
#include "storm/guard.h"

namespace breakwater::daemon {
namespace {

using admin::Hand;
using pipeline::Word;
using storm::Verdict;

// A moderator's word as a hand. Of a letter about the list as a whole, `confirm` has nothing to be about but
// the audience.
std::optional<Hand> hand_of(Word word) {
  switch (word) {
    case Word::confirm: return Hand::confirm_audience;
    case Word::release: return Hand::release;
    case Word::discard:
    case Word::cancel: return Hand::discard;
    case Word::divert: return Hand::divert;
    case Word::freeze: return Hand::freeze;
    case Word::thaw: return Hand::thaw;
  }
  return std::nullopt;
}

bool is_about_list(Hand hand) {
  return hand == Hand::freeze || hand == Hand::thaw || hand == Hand::confirm_audience;
}

class Obedience {
 public:
  Obedience(WriteJob& job, const pipeline::MailOrder& order, const mail::Address& person, store::Token token)
      : job_(job), order_(order), person_(person), token_(std::move(token)) {}

  Result<std::string> as_sender();
  Result<std::string> as_moderator();

 private:
  Result<std::string> confirm(const store::Posting& posting);
  Result<std::string> cancel(const store::Posting& posting);
  Result<pipeline::Sentence> judge_again(const store::Posting& posting, std::string& own_text);
  Result<std::string> carry_out_sentence(const store::Posting& posting, const pipeline::Sentence& sentence);
  Result<void> audit(const store::Posting& posting, const char* action, const std::string& outcome);

  WriteJob& job_;
  const pipeline::MailOrder& order_;
  const mail::Address& person_;
  store::Token token_;
};

Result<void> Obedience::audit(const store::Posting& posting, const char* action, const std::string& outcome) {
  return store::add_audit(job_.db, {job_.now, person_.mailbox + " by mail", action, posting.list_address,
                                    posting.id, "the sender's own word", outcome});
}

// The sender is who they say they are now, and the list may have changed since: the guard is asked once more.
Result<pipeline::Sentence> Obedience::judge_again(const store::Posting& posting, std::string& own_text) {
  auto bytes = store::message_bytes(job_.db, posting.message);
  if (!bytes) return bytes.error();
  StoreDirectory directory(job_.db, job_.running, &job_.sizes);
  auto standing = directory.standing(*order_.list, person_);
  if (!standing) return standing.error();
  auto reading = pipeline::read_facts(mail::HeaderBlock::parse(*bytes), *bytes, person_.key, {});
  reading.facts.trusted = standing->moderator || standing->owner;
  own_text = reading.facts.body;
  const pipeline::Case posted{order_.list, person_, true, true};
  return pipeline::give_verdict(std::move(reading.facts), posted,
                                {job_.running.config->limits.deliveries_per_hour}, directory, job_.now);
}

Result<std::string> Obedience::carry_out_sentence(const store::Posting& posting,
                                                  const pipeline::Sentence& sentence) {
  const storm::Judgement& judgement = sentence.judgement;
  const std::string verdict(storm::name_of(judgement.verdict));
  if (judgement.verdict == Verdict::distribute) {
    auto released = release_posting(job_, posting, "confirmed by its sender");
    if (!released) return released.error();
    return "confirmed: your message is on its way to " + std::to_string(posting.recipients) + " people";
  }
  if (judgement.verdict == Verdict::divert) {
    auto begun =
        store::begin_delivery(job_.db, posting.id, &sentence.audience, job_.now,
                              job_.now + job_.running.config->retry.give_up_after, verdict, judgement.reason);
    if (!begun) return begun.error();
    job_.effects.opened.emplace_back(posting.id, sentence.audience.recipients);
    return "confirmed, but it goes only to the author of the message it answers: " + judgement.reason;
  }
  if (judgement.verdict == Verdict::refuse || judgement.verdict == Verdict::discard) {
    auto done = store::discard_held(job_.db, posting.id, job_.now, judgement.reason);
    if (!done) return done.error();
    return "not sent: " + judgement.reason;
  }
  const bool has_time = judgement.verdict == Verdict::defer;
  auto kept = store::hold_anew(job_.db, posting.id, verdict, judgement.reason, judgement.approvals,
                               has_time ? judgement.until : std::nullopt);
  if (!kept) return kept.error();
  return "confirmed; it waits all the same: " + judgement.reason;
}

Result<std::string> Obedience::confirm(const store::Posting& posting) {
  std::string own_text;
  auto sentence = judge_again(posting, own_text);
  if (!sentence) return sentence.error();
  auto outcome = carry_out_sentence(posting, *sentence);
  if (!outcome) return outcome;
  store::Posting now_said = posting;
  now_said.reason = sentence->judgement.reason;
  now_said.thread = sentence->judgement.thread;
  const About about{order_.list, &now_said, std::move(own_text), nullptr};
  if (auto written = write_letters(job_, about, sentence->letters); !written) return written.error();
  if (auto written = audit(posting, "confirm", *outcome); !written) return written.error();
  return outcome;
}

Result<std::string> Obedience::cancel(const store::Posting& posting) {
  auto done = store::discard_held(job_.db, posting.id, job_.now, "cancelled by its sender");
  if (!done) return done.error();
  const std::string outcome = "cancelled: nobody got your message";
  if (auto written = audit(posting, "cancel", outcome); !written) return written.error();
  return outcome;
}

Result<std::string> Obedience::as_sender() {
  auto posting = store::posting(job_.db, token_.posting);
  if (!posting) return posting.error();
  const bool waits =
      *posting && (*posting)->state == store::PostingState::held && (*posting)->verdict == "confirm";
  if (!waits) return "nothing was done: the message does not wait for your confirmation any more";
  if (*order_.word == Word::confirm) return confirm(**posting);
  if (*order_.word == Word::cancel || *order_.word == Word::discard) return cancel(**posting);
  return error(Fault::denied, "a sender can confirm or cancel");
}

Result<std::string> Obedience::as_moderator() {
  StoreDirectory directory(job_.db, job_.running);
  auto moderators = directory.moderators(*order_.list);
  if (!moderators) return moderators.error();
  if (std::find(moderators->begin(), moderators->end(), person_) == moderators->end()) {
    return error(Fault::denied, "no moderator any more");
  }
  const auto hand = hand_of(*order_.word);
  admin::Order order;
  order.hand = *hand;
  order.list = token_.list;
  order.list_address = order_.list->address();
  order.thread = token_.thread;
  order.actor = person_.mailbox + " by mail";
  order.reason = "by the command in the notice";
  order.moderator = person_.key;
  if (!is_about_list(*hand)) {
    order.posting = token_.posting;
    if (!order.posting && order.thread.empty())
      return error(Fault::denied, "this letter is about the list only");
  }
  auto outcome = carry_out(job_, order);
  if (!outcome) return outcome.error();
  if (*hand != Hand::confirm_audience || !token_.posting) return outcome->message;
  // Of the letter about one posting: what was held for the audience's sake goes out with it.
  order.hand = Hand::release;
  order.posting = token_.posting;
  auto released = carry_out(job_, order);
  if (!released) return released.error();
  return outcome->message + "; " + released->message;
}

constexpr const char* kHelp =
    "nothing was done: the first line of your reply must be one of the words that the notice offers, alone";

}  // namespace

Result<std::string> obey(WriteJob& job, const pipeline::MailOrder& order, const std::string& message_id) {
  const std::string digest = token_digest(order.token);
  auto token = store::find_token(job.db, digest, job.now);
  if (!token) return token.error();
  const ListId list = job.running.lists.at(order.list->address()).id;
  if (!*token || (*token)->list != list)
    return std::string("a command with a token that is not known, or used up");
  const auto person =
      std::find_if(order.senders.begin(), order.senders.end(),
                   [&](const mail::Address& sender) { return sender.key == (*token)->person; });
  if (person == order.senders.end()) return std::string("a command with somebody else's token");
  if (!order.word) {
    StoreDirectory directory(job.db, job.running);
    auto may = storm::may_tell(list, "help " + person->key, directory.memory(), job.now);
    if (!may) return may.error();
    if (*may) {
      auto told = write_outcome(job, *order.list, *person, "Your command", message_id, kHelp, false);
      if (!told) return told.error();
    }
    return std::string("a command mail without a command");
  }
  Obedience obedience(job, order, *person, **token);
  auto outcome = (*token)->moderator ? obedience.as_moderator() : obedience.as_sender();
  const bool refused =
      !outcome && outcome.error().fault != Fault::storage && outcome.error().fault != Fault::full;
  if (!outcome && !refused) return outcome;
  const std::string said = outcome ? *outcome : "nothing was done: " + outcome.error().what;
  if (outcome) {
    auto used = store::use_token(job.db, digest, job.now);
    if (!used) return used.error();
  }
  const std::string word(pipeline::name_of(*order.word));
  const bool more =
      (*token)->moderator && outcome && (*order.word == Word::freeze || *order.word == Word::thaw);
  auto told =
      write_outcome(job, *order.list, *person, word + " " + order.list->address(), message_id, said, more);
  if (!told) return told.error();
  return word + " by " + person->mailbox + ": " + said;
}

}  // namespace breakwater::daemon
