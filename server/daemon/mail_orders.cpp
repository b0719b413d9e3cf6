#include "daemon/mail_orders.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "daemon/hands.h"
#include "daemon/letters.h"
#include "daemon/rejudge.h"
#include "daemon/store_directory.h"
#include "daemon/sync_orders.h"
#include "daemon/token_answer.h"
#include "mail/utf8.h"
#include "store/hold.h"
#include "storm/guard.h"

namespace breakwater::daemon {
namespace {

using admin::Hand;
using pipeline::Word;

constexpr std::size_t kShownSubject = 200;

// A moderator's word as a hand. Of a letter about the list as a whole, `confirm` has nothing to be about but
// the audience.
std::optional<Hand> hand_of(Word word) {
  switch (word) {
    case Word::confirm: return Hand::confirm_audience;
    case Word::release: return Hand::release;
    case Word::discard:
    case Word::cancel: return Hand::discard;
    case Word::reject: return Hand::reject;
    case Word::divert: return Hand::divert;
    case Word::freeze: return Hand::freeze;
    case Word::thaw: return Hand::thaw;
  }
  return std::nullopt;
}

bool is_about_list(Hand hand) {
  return hand == Hand::freeze || hand == Hand::thaw || hand == Hand::confirm_audience;
}

constexpr std::string_view kReleaseOrDiscard =
    "the first line of your reply must be one of the words release and discard, alone, or reject and the "
    "reason";
constexpr std::string_view kOfStorm =
    "the first line of your reply must be one of the words discard, release, freeze and thaw, alone";
constexpr std::string_view kConfirm = "the first line of your reply must be the word confirm, alone";
constexpr std::string_view kThawOrFreeze =
    "the first line of your reply must be one of the words thaw and freeze, alone";

// `words` of turned_away().
Result<std::string_view> words_of(WriteJob& job, const store::Token& token) {
  if (!token.moderator) return kConfirmOrCancel;
  if (!token.thread.empty()) return kOfStorm;
  if (!token.posting) return kThawOrFreeze;
  auto posting = store::posting(job.db, token.posting);
  if (!posting) return posting.error();
  return *posting && (*posting)->verdict == "drift" ? kConfirm : kReleaseOrDiscard;
}

class Obedience {
 public:
  Obedience(WriteJob& job, const pipeline::MailOrder& order, const mail::Address& person, store::Token token,
            std::string_view words)
      : job_(job), order_(order), person_(person), token_(std::move(token)), words_(words) {}

  Result<std::string> as_sender();
  Result<std::string> as_moderator();

 private:
  Result<std::string> confirm(const store::Posting& posting);
  Result<std::string> cancel(const store::Posting& posting);
  Result<void> audit(const store::Posting& posting, const char* action, const std::string& outcome);

  WriteJob& job_;
  const pipeline::MailOrder& order_;
  const mail::Address& person_;
  store::Token token_;
  std::string_view words_;  // that its letter offers
};

Result<void> Obedience::audit(const store::Posting& posting, const char* action, const std::string& outcome) {
  return store::add_audit(job_.db, {job_.now, person_.mailbox + " by mail", action, posting.list_address,
                                    posting.id, "the sender's own word", outcome});
}

// The sender is who they say they are now, and the list may have changed since: the guard is asked once more.
Result<std::string> Obedience::confirm(const store::Posting& posting) {
  auto outcome = judge_again(job_, posting, Again::confirmed);
  if (!outcome) return outcome;
  if (auto written = audit(posting, "confirm", *outcome); !written) return written.error();
  return "confirmed: " + *outcome;
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
  if (order_.command->word == Word::confirm) return confirm(**posting);
  if (order_.command->word == Word::cancel || order_.command->word == Word::discard) return cancel(**posting);
  return error(Fault::denied, "a sender can confirm or cancel");
}

Result<std::string> Obedience::as_moderator() {
  const auto hand = hand_of(order_.command->word);
  admin::Order order;
  order.hand = *hand;
  order.list = token_.list;
  order.list_address = order_.list->address();
  order.thread = token_.thread;
  order.actor = person_.mailbox + " by mail";
  order.reason = *hand == Hand::reject ? order_.command->reason : "by the command in the notice";
  order.moderator = person_.key;
  // Only what its letter offers: "yes" to a message that waits is not said of how many the list may reach,
  // nor "stop" of the whole list.
  const bool stops = words_ == kOfStorm || words_ == kThawOrFreeze;
  if (is_about_list(*hand) && !(*hand == Hand::confirm_audience ? words_ == kConfirm : stops))
    return error(Fault::denied, std::string(words_));
  if (!is_about_list(*hand)) {
    order.posting = token_.posting;
    if (!order.posting && order.thread.empty())
      return error(Fault::denied, "this letter is about the list only");
  }
  if (*hand == Hand::reject && !order.posting) {
    return error(Fault::denied, "one message is rejected at a time: answer the letter that is about it");
  }
  if (*hand == Hand::reject && order.reason.empty()) {
    return error(
        Fault::denied,
        "its author will ask why; write the reason behind the word or below it: \"reject: too long\"");
  }
  auto outcome = carry_out(job_, order);
  if (!outcome) return outcome.error();
  return outcome->message;
}

// "release tech@lists.example: Lunch (ann@example.org)", as the notice named the message.
Result<std::string> subject_of(WriteJob& job, std::string order, PostingId about) {
  if (!about) return order;
  auto posting = store::posting(job.db, about);
  if (!posting) return posting.error();
  if (!*posting) return order;
  const std::string& subject = (*posting)->subject;
  return order + ": " + (subject.empty() ? "" : mail::printable(subject, kShownSubject) + " ") + "(" +
         (*posting)->sender + ")";
}

}  // namespace

Result<std::string> obey(WriteJob& job, const pipeline::MailOrder& order, const std::string& message_id) {
  const std::string digest = token_digest(order.token);
  auto token = store::find_token(job.db, digest);
  if (!token) return token.error();
  const ListId list = job.running.lists.at(order.list->address()).id;
  if (!*token) return obey_about_sync(job, order, message_id);
  if ((*token)->list != list) return std::string("a command with a token that is not known");
  const SentToken sent{digest, (*token)->person, (*token)->expires, (*token)->used};
  auto words = words_of(job, **token);
  if (!words) return words.error();
  auto away = turned_away(job, order, sent, *words, message_id);
  if (!away) return away.error();
  if (*away) return std::move(**away);
  const mail::Address& person = sender_of(order, sent);
  Obedience obedience(job, order, person, **token, *words);
  // What is answered with "nothing was done" has done nothing.
  if (auto marked = job.db.execute("SAVEPOINT obedience"); !marked) return marked.error();
  const Effects before = job.effects;
  auto outcome = (*token)->moderator ? obedience.as_moderator() : obedience.as_sender();
  const bool refused =
      !outcome && outcome.error().fault != Fault::storage && outcome.error().fault != Fault::full;
  if (!outcome && !refused) return outcome;
  if (refused) job.effects = before;
  const char* end = refused ? "ROLLBACK TO obedience; RELEASE obedience" : "RELEASE obedience";
  if (auto ended = job.db.execute(end); !ended) return ended.error();
  const std::string said = outcome ? *outcome : "nothing was done: " + outcome.error().what;
  if (outcome) {
    auto used = store::use_token(job.db, digest, job.now);
    if (!used) return used.error();
  }
  const std::string word(pipeline::name_of(order.command->word));
  const bool more = (*token)->moderator && outcome &&
                    (order.command->word == Word::freeze || order.command->word == Word::thaw);
  auto subject = subject_of(job, word + " " + order.list->address(), (*token)->posting);
  if (!subject) return subject.error();
  auto told = refused ? tell_refused(job, order, sent, *subject, said, message_id)
                      : write_outcome(job, *order.list, person, *subject, message_id, said, more);
  if (!told) return told.error();
  return word + " by " + person.mailbox + ": " + said;
}

}  // namespace breakwater::daemon
