#include "daemon/sync_orders.h"

#include <algorithm>
#include <utility>

#include "daemon/letters.h"
#include "daemon/store_directory.h"
#include "daemon/token_answer.h"
#include "store/hold.h"
#include "store/sync_offers.h"

namespace breakwater::daemon {
namespace {

using pipeline::Word;
using store::SyncOffer;

// A refusal is an error; what is to be told later is an empty text.
Result<std::string> decided(WriteJob& job, const pipeline::MailOrder& order, const SyncOffer& offer,
                            const mail::Address& person, const std::string& message_id) {
  auto rank = StoreDirectory(job.db, job.running).rank(*order.list, person);
  if (!rank) return rank.error();
  if (!lists::may(lists::Action::confirm_sync, *rank, false))
    return error(Fault::denied, "no owner any more");
  const Word word = order.command->word;
  const bool drops = word == Word::cancel || word == Word::discard;
  if (!drops && word != Word::confirm) return error(Fault::denied, "an owner can confirm or cancel");
  if (!offer.over.empty()) return error(Fault::denied, offer.over);
  auto confirmed = store::confirmed_sync_offer(job.db, offer.list);
  if (!confirmed) return confirmed.error();
  if (*confirmed)
    return error(Fault::denied,
                 (*confirmed)->person + " has confirmed it already, and it is being carried out");
  if (!drops) {
    if (order.list->sync.sources.empty()) return error(Fault::denied, "the list has no sources any more");
    auto noted = store::confirm_sync_offer(job.db, offer.digest, job.now, message_id);
    return noted ? Result<std::string>(std::string()) : noted.error();
  }
  auto ended = store::end_sync_offers(job.db, offer.list, offer.plan, person.mailbox + " has dropped it");
  if (!ended) return ended.error();
  const std::string outcome =
      "dropped: the list stays as it is, until what its sources say is something else";
  auto kept =
      store::add_audit(job.db, {job.now, person.mailbox + " by mail", "drop-sync", order.list->address(),
                                PostingId{}, "the command in the letter", outcome});
  return kept ? Result<std::string>(outcome) : kept.error();
}

}  // namespace

Result<std::string> obey_about_sync(WriteJob& job, const pipeline::MailOrder& order,
                                    const std::string& message_id) {
  const std::string digest = token_digest(order.token);
  auto offer = store::sync_offer(job.db, digest);
  if (!offer) return offer.error();
  if (!*offer || (*offer)->list != job.running.lists.at(order.list->address()).id)
    return std::string("a command with a token that is not known");
  const SentToken sent{digest, (*offer)->person, (*offer)->expires};
  auto away = turned_away(job, order, sent, kConfirmOrCancel, message_id);
  if (!away) return away.error();
  if (*away) return std::move(**away);
  const mail::Address& person = sender_of(order, sent);
  auto outcome = decided(job, order, **offer, person, message_id);
  const bool refused =
      !outcome && outcome.error().fault != Fault::storage && outcome.error().fault != Fault::full;
  if (!outcome && !refused) return outcome;
  const std::string word(pipeline::name_of(order.command->word));
  if (outcome && outcome->empty()) return word + " by " + person.mailbox + ": the held sync is tried now";
  const std::string said = outcome ? *outcome : "nothing was done: " + outcome.error().what;
  const std::string subject = word + " " + order.list->address();
  auto told = refused ? tell_refused(job, order, sent, subject, said, message_id)
                      : write_outcome(job, *order.list, person, subject, message_id, said, false);
  if (!told) return told.error();
  return word + " by " + person.mailbox + ": " + said;
}

}  // namespace breakwater::daemon
