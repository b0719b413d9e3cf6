#include "daemon/hands.h"

#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "daemon/clock.h"
#include "daemon/digest_due.h"
#include "daemon/digest_release.h"
#include "daemon/letters.h"
#include "daemon/membership.h"
#include "daemon/rejudge.h"
#include "daemon/store_directory.h"
#include "mail/header_block.h"
#include "pipeline/facts.h"
#include "pipeline/verdict.h"
#include "store/digests.h"
#include "store/hold.h"
#include "store/ledger.h"
#include "store/moderation.h"
#include "storm/breaker.h"
#include "storm/drift.h"
#include "storm/guard.h"

namespace breakwater::daemon {
namespace {

using admin::Hand;
using admin::Order;
using admin::Outcome;

constexpr std::size_t kAtOnce = 10'000;  // held postings that one order is about

std::string counted(std::int64_t count, const char* one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

std::string by_whom(const Order& order) {
  return order.reason.empty() ? order.actor : order.actor + ": " + order.reason;
}

Result<storm::Facts> facts_of(WriteJob& job, const store::Posting& posting) {
  auto bytes = store::message_bytes(job.db, posting.message);
  if (!bytes) return bytes.error();
  const auto author = mail::parse_address(posting.sender);
  storm::Facts facts =
      pipeline::read_facts(mail::HeaderBlock::parse(*bytes), author ? author->key : posting.sender, {}).facts;
  facts.list = posting.list;
  facts.audience = posting.recipients;
  return facts;
}

Result<store::Posting> known_posting(WriteJob& job, PostingId id) {
  auto found = store::posting(job.db, id);
  if (!found) return found.error();
  if (!*found) return error(Fault::not_found, "there is no posting " + format_id(id));
  return std::move(**found);
}

// Who comes second reads who was first: "released by ann@example.org by mail", without why.
Error not_held(const store::Posting& posting) {
  const std::string what = "posting " + format_id(posting.id);
  for (const char* deed : {"released by ", "discarded by ", "rejected by ", "diverted by "}) {
    if (posting.reason.starts_with(deed))
      return {Fault::invalid,
              what + " is not held any more: " + posting.reason.substr(0, posting.reason.find(": "))};
  }
  return {Fault::invalid, what + " is not held"};
}

Result<std::vector<store::Posting>> postings_of(WriteJob& job, const Order& order) {
  if (!order.posting) return store::held(job.db, {order.list, order.thread, ""}, kAtOnce);
  auto posting = known_posting(job, order.posting);
  if (!posting) return posting.error();
  if (posting->state != store::PostingState::held) return not_held(*posting);
  return std::vector{std::move(*posting)};
}

Result<void> not_frozen(WriteJob& job, ListId list) {
  auto frozen = store::frozen(job.db, list);
  if (!frozen) return frozen.error();
  if (!*frozen) return {};
  return error(Fault::busy,
               "the list is frozen by " + (*frozen)->actor + " (" + (*frozen)->reason + "): thaw it first");
}

// One moderator's word, where more may be wanted: by a tier, whatever else the posting was held for. True: it
// is enough.
Result<bool> approved(WriteJob& job, const Order& order, const store::Posting& posting, Outcome& outcome) {
  if (order.moderator.empty()) return true;
  const auto list = job.running.lists_by_id.find(posting.list);
  const bool of_tier = posting.verdict == "moderate" || list == job.running.lists_by_id.end();
  const int needed =
      of_tier ? posting.approvals : storm::moderators_needed(list->second->guard, posting.recipients);
  const auto author = mail::parse_address(posting.sender);
  if (needed > 0 && author && author->key == order.moderator) {
    outcome.message = "not counted: somebody else must release what you wrote yourself";
    return false;
  }
  auto approvals = store::add_approval(job.db, posting.id, order.moderator, job.now);
  if (!approvals) return approvals.error();
  if (*approvals >= needed) return true;
  outcome.message = "noted: " + std::to_string(*approvals) + " of " + std::to_string(needed) +
                    " moderators have released posting " + format_id(posting.id);
  return false;
}

// Released with many others goes what the guard held for the storm's sake, not what waits for its own sender,
// for a time, or was never meant for all: these one by one.
bool goes_with_others(const store::Posting& posting) {
  return posting.verdict == "hold" || posting.verdict == "moderate";
}

Result<Outcome> release_one(WriteJob& job, const Order& order, const store::Posting& posting,
                            const std::string& reason) {
  Outcome outcome;
  auto enough = approved(job, order, posting, outcome);
  if (!enough) return enough.error();
  if (!*enough) return outcome;
  auto released = release_posting(job, posting, reason);
  if (!released) return released.error();
  if (!released->kept_because.empty()) {
    outcome.message = "still held: " + released->kept_because + "; release it once more if that is right";
    return outcome;
  }
  if (auto learned = learn_of_release(job, posting, released->recipients); !learned) return learned.error();
  outcome.postings = 1;
  outcome.recipients = released->recipients;
  outcome.message = "released, to " + counted(released->recipients, "recipient");
  return outcome;
}

// A write job each, so that a hundred expansions do not hold up the mail that comes in (held_due.h).
Result<Outcome> mark_all(WriteJob& job, const Order& order, const std::vector<store::Posting>& waiting,
                         const std::string& reason) {
  Outcome outcome;
  for (const store::Posting& posting : waiting) {
    auto enough = approved(job, order, posting, outcome);
    if (!enough) return enough.error();
    if (!*enough) continue;
    auto marked = store::hold_anew(job.db, posting.id, kReleased, reason, posting.approvals, job.now);
    if (!marked) return marked.error();
    ++outcome.postings;
    outcome.recipients += posting.recipients;
  }
  if (outcome.postings > 0 || outcome.message.empty()) {
    outcome.message = counted(outcome.postings, "posting") + " released, one after the other, to " +
                      counted(outcome.recipients, "recipient") + " in all";
  }
  return outcome;
}

Result<Outcome> release(WriteJob& job, const Order& order) {
  auto waiting = postings_of(job, order);
  if (!waiting) return waiting.error();
  const std::string reason = "released by " + by_whom(order);
  if (order.posting && !order.digest) return release_one(job, order, waiting->front(), reason);
  if (auto open = not_frozen(job, waiting->empty() ? order.list : waiting->front().list); !open)
    return open.error();
  const std::size_t all = waiting->size();
  if (!order.posting) std::erase_if(*waiting, [](const auto& posting) { return !goes_with_others(posting); });
  auto outcome =
      order.digest ? release_as_digest(job, *waiting, reason) : mark_all(job, order, *waiting, reason);
  if (outcome && waiting->size() < all) {
    outcome->message +=
        "; " + std::to_string(all - waiting->size()) +
        " wait for their senders, for a time, or for a word of their own: release those one by one";
  }
  if (outcome && all == kAtOnce) outcome->message += "; there are more: give the order again";
  return outcome;
}

Result<Outcome> discard(WriteJob& job, const Order& order) {
  auto waiting = postings_of(job, order);
  if (!waiting) return waiting.error();
  if (!order.posting && !order.moderator.empty()) {  // a letter about a storm is about no more than that
    std::erase_if(*waiting, [](const auto& posting) { return !goes_with_others(posting); });
  }
  Outcome outcome;
  for (const store::Posting& posting : *waiting) {
    auto done = store::discard_held(job.db, posting.id, job.now, "discarded by " + by_whom(order));
    if (!done) return done.error();
    ++outcome.postings;
  }
  outcome.message = counted(outcome.postings, "posting") + " discarded";
  return outcome;
}

// Its author is told where From and reverse-path name the same person: else a letter may be backscatter.
Result<Outcome> reject(WriteJob& job, const Order& order) {
  auto waiting = postings_of(job, order);
  if (!waiting) return waiting.error();
  const store::Posting& posting = waiting->front();
  const auto author = mail::parse_address(posting.sender);
  auto may = author ? take_turn(job, letters_key("rejected", *author), lists::RequestCaps{}.reports)
                    : Result<bool>(true);
  if (!may) return may.error();
  auto told = *may ? write_to_author(job, posting, "rejected", order.reason) : Result<bool>(false);
  if (!told) return told.error();
  auto done = store::discard_held(job.db, posting.id, job.now, "rejected by " + by_whom(order));
  if (!done) return done.error();
  if (!*may)
    return Outcome{1, 0,
                   "rejected; its author is not told, since " + posting.sender +
                       " has been told of as many today as one address is"};
  return Outcome{
      1, 0,
      *told ? "rejected; " + posting.sender + " is told why"
            : "rejected; its author is not told, since nobody knows whether " + posting.sender + " wrote it"};
}

Result<Outcome> hold_all(WriteJob& job, const Order& order) {
  auto begun = store::begin_hold_all(job.db, {order.list, job.now, order.actor, order.reason});
  if (!begun) return begun.error();
  return Outcome{0, 0, "everything that comes to " + order.list_address + " waits for a moderator now"};
}

Result<Outcome> end_hold_all(WriteJob& job, const Order& order) {
  auto ended = store::end_hold_all(job.db, order.list);
  if (!ended) return ended.error();
  if (!*ended) return Outcome{0, 0, order.list_address + ": there was no such order; nothing has changed"};
  auto still = store::holds_all(job.db, order.list);
  if (!still) return still.error();
  return Outcome{0, 0,
                 "what comes to " + order.list_address +
                     (*still ? " still waits: the order for all lists stands"
                             : " goes its usual way; what is held stays held: release or discard it")};
}

Result<Outcome> divert(WriteJob& job, const Order& order) {
  auto waiting = postings_of(job, order);
  if (!waiting) return waiting.error();
  StoreDirectory directory(job.db, job.running);
  Outcome outcome;
  std::int64_t unknown = 0;
  for (const store::Posting& posting : *waiting) {
    auto facts = facts_of(job, posting);
    if (!facts) return facts.error();
    const auto& parent = facts->in_reply_to.empty() && !facts->references.empty() ? facts->references.back()
                                                                                  : facts->in_reply_to;
    auto author = store::author_of(job.db, posting.list, parent);
    if (!author) return author.error();
    if (auto open = not_frozen(job, posting.list); !open) return open.error();
    const auto address = mail::parse_address(*author);
    const auto list = job.running.lists_by_id.find(posting.list);
    lists::Standing standing;  // only to who belongs to the list, as when the guard diverts
    if (address && list != job.running.lists_by_id.end()) {
      auto found = directory.standing(*list->second, *address);
      if (!found) return found.error();
      standing = *found;
    }
    if (!standing.member && !standing.moderator && !standing.owner && !standing.poster) {
      ++unknown;
      continue;
    }
    auto audience = directory.people({*address});
    if (!audience) return audience.error();
    auto begun = store::begin_delivery(job.db, posting.id, &*audience, job.now,
                                       job.now + job.running.config->retry.give_up_after, "divert",
                                       "diverted by " + by_whom(order));
    if (!begun) return begun.error();
    job.effects.opened.emplace_back(posting.id, 1);
    ++outcome.postings;
  }
  outcome.recipients = outcome.postings;
  outcome.message = counted(outcome.postings, "posting") + " diverted to the author of what they answer";
  if (unknown > 0)
    outcome.message += "; of " + std::to_string(unknown) + " that author is not known: still held";
  return outcome;
}

Result<Outcome> recall(WriteJob& job, const Order& order) {
  auto posting = known_posting(job, order.posting);
  if (!posting) return posting.error();
  if (posting->state == store::PostingState::held) return discard(job, order);
  auto waited = store::waits_for_digest(job.db, posting->id);
  if (!waited) return waited.error();
  auto left = store::drop(job.db, posting->id, job.now, "recalled by " + by_whom(order));
  if (!left) return left.error();
  job.effects.stopped.push_back(posting->id);
  Outcome outcome{1, *left, ""};
  outcome.message = *left == 0 ? "nothing to recall: every copy had been handed over"
                               : counted(*left, "copy") + " recalled before being handed over";
  if (*left > 1) outcome.message = std::to_string(*left) + " copies recalled before being handed over";
  if (*waited) outcome.message += "; it will be in no digest";
  outcome.message += "; who got one: breakwater posting trace " + format_id(posting->id);
  return outcome;
}

Result<Outcome> freeze(WriteJob& job, const Order& order) {
  auto frozen = store::freeze(job.db, {order.list, job.now, order.actor, order.reason});
  if (!frozen) return frozen.error();
  auto running = store::pending_of(job.db, order.list);
  if (!running) return running.error();
  Outcome outcome;
  for (const store::Posting& posting : *running) {
    job.effects.stopped.push_back(posting.id);
    outcome.recipients += posting.recipients - posting.delivered - posting.failed;
    ++outcome.postings;
  }
  outcome.message = order.list_address + " is frozen: " + counted(outcome.postings, "fan-out") +
                    " stopped, with " + counted(outcome.recipients, "recipient") +
                    " not reached; what comes in is held";
  return outcome;
}

Result<Outcome> thaw(WriteJob& job, const Order& order) {
  auto thawed = store::thaw(job.db, order.list);
  if (!thawed) return thawed.error();
  StoreDirectory directory(job.db, job.running);
  auto closed = storm::close_breaker(order.list, "", directory.memory(), job.now);
  if (!closed) return closed.error();
  auto stopped = store::pending_of(job.db, order.list);
  if (!stopped) return stopped.error();
  Outcome outcome;
  for (const store::Posting& posting : *stopped) {
    if (*thawed) job.effects.opened.emplace_back(posting.id, posting.recipients);
    ++outcome.postings;
  }
  auto held = store::held(job.db, {order.list, "", ""}, kAtOnce);
  if (!held) return held.error();
  outcome.message =
      *thawed ? order.list_address + " is thawed, fan-outs that go on: " + std::to_string(outcome.postings)
              : order.list_address + " was not frozen; its breakers are closed";
  if (!held->empty()) {
    outcome.message += "; " + counted(static_cast<std::int64_t>(held->size()), "posting") +
                       " still held: release or discard them";
  }
  return outcome;
}

Result<Outcome> confirm_audience(WriteJob& job, const Order& order) {
  const lists::List* list = job.running.lists_by_id.at(order.list);
  StoreDirectory directory(job.db, job.running, &job.sizes);
  auto size = directory.audience_size(*list);
  if (!size) return size.error();
  auto noted = storm::note_audience_confirmed(order.list, *size, directory.memory(), job.now);
  if (!noted) return noted.error();
  auto waiting = store::held(job.db, {order.list, "", "drift"}, kAtOnce);
  if (!waiting) return waiting.error();
  for (const store::Posting& posting : *waiting) {  // what they were held for is settled, nothing else is
    auto marked = store::hold_anew(job.db, posting.id, kAgain, posting.reason, posting.approvals, job.now);
    if (!marked) return marked.error();
  }
  auto readers = directory.digest_readers(*list);
  if (!readers) return readers.error();
  Outcome outcome{static_cast<std::int64_t>(waiting->size()), *size, ""};
  outcome.message = order.list_address + " is confirmed with " + counted(*size, "recipient");
  outcome.message += pipeline::digest_readers_text(*readers);
  if (!waiting->empty()) {
    outcome.message +=
        "; " + counted(outcome.postings, "posting") +
        " held for that are judged again: they go out, or wait for their senders or a moderator";
  }
  return outcome;
}

// By the table of roles, as it and the people are now.
Result<void> may_give(WriteJob& job, const Order& order, bool all_lists) {
  lists::Rank rank = lists::Rank::administrator;
  if (!order.moderator.empty()) {
    const auto list = job.running.lists_by_id.find(order.list);
    const auto person = mail::parse_address(order.moderator);
    rank = lists::Rank::stranger;
    if (list != job.running.lists_by_id.end() && person) {
      auto found = StoreDirectory(job.db, job.running).rank(*list->second, *person);
      if (!found) return found.error();
      rank = *found;
    }
  }
  if (lists::may(admin::action_of(order.hand, all_lists), rank, false)) return {};
  if (rank < lists::Rank::moderator) return error(Fault::denied, "no moderator any more");
  return error(Fault::denied,
               "that is not for a " + std::string(lists::name_of(rank)) + " to do: ask an administrator");
}

Result<Outcome> carry_out_one(WriteJob& job, const Order& order) {
  const bool all_lists = !order.list && (order.hand == Hand::hold_all || order.hand == Hand::end_hold_all);
  if (auto may = may_give(job, order, all_lists); !may) return may.error();
  const bool about_list = !order.posting && !all_lists;
  const bool needs_file = order.hand != Hand::thaw && order.hand != Hand::discard;
  if (about_list && needs_file && !job.running.lists_by_id.contains(order.list)) {
    return error(Fault::not_found, "the list " + order.list_address +
                                       " has no file any more: what is held there can be discarded, or "
                                       "released once the file is back");
  }
  switch (order.hand) {
    case Hand::freeze: return freeze(job, order);
    case Hand::thaw: return thaw(job, order);
    case Hand::recall: return recall(job, order);
    case Hand::release: return release(job, order);
    case Hand::discard: return discard(job, order);
    case Hand::reject: return reject(job, order);
    case Hand::divert: return divert(job, order);
    case Hand::hold_all: return hold_all(job, order);
    case Hand::end_hold_all: return end_hold_all(job, order);
    case Hand::confirm_audience: return confirm_audience(job, order);
  }
  return error(Fault::invalid, "there is no such hand");
}

}  // namespace

Result<void> learn_of_release(WriteJob& job, const store::Posting& posting, std::int64_t recipients) {
  const auto list = job.running.lists_by_id.find(posting.list);
  if (list == job.running.lists_by_id.end()) return {};
  auto facts = facts_of(job, posting);
  if (!facts) return facts.error();
  StoreDirectory directory(job.db, job.running);
  auto noted = storm::note_released(*facts, list->second->guard.breaker, directory.memory(), job.now);
  if (!noted) return noted;
  return storm::note_audience_confirmed(posting.list, recipients, directory.memory(), job.now);
}

Result<Released> release_posting(WriteJob& job, const store::Posting& posting, const std::string& reason) {
  const auto list = job.running.lists_by_id.find(posting.list);
  if (list == job.running.lists_by_id.end()) {
    return error(Fault::not_found, "the list " + posting.list_address + " has no file any more");
  }
  if (auto open = not_frozen(job, posting.list); !open) return open.error();
  auto has_audience = store::has_frozen_audience(job.db, posting.id);
  if (!has_audience) return has_audience.error();
  lists::Audience audience;
  audience.recipients = posting.recipients;
  if (!*has_audience) {
    auto expanded = StoreDirectory(job.db, job.running).audience(*list->second);
    if (!expanded) return expanded.error();
    audience = std::move(*expanded);
    // Who let it go saw the number that it was held with.
    if (auto drift = storm::drift_of(list->second->guard, audience.recipients, posting.recipients)) {
      auto readers = StoreDirectory(job.db, job.running, &job.sizes).digest_readers(*list->second);
      if (!readers) return readers.error();
      *drift += pipeline::digest_readers_text(*readers);
      auto kept = store::hold_anew(job.db, posting.id, "drift", *drift, posting.approvals, std::nullopt,
                                   audience.recipients);
      if (!kept) return kept.error();
      return Released{audience.recipients, std::move(*drift)};
    }
  }
  auto begun = store::begin_delivery(job.db, posting.id, *has_audience ? nullptr : &audience, job.now,
                                     job.now + job.running.config->retry.give_up_after, "distribute", reason);
  if (!begun) return begun.error();
  if (!*begun) return error(Fault::invalid, "posting " + format_id(posting.id) + " is not held");
  if (auto kept = keep_for_digest(job, *list->second, posting, audience.lists); !kept) return kept.error();
  job.effects.opened.emplace_back(posting.id, audience.recipients);
  return Released{audience.recipients, ""};
}

Result<Outcome> carry_out(WriteJob& job, const Order& order) {
  auto outcome = carry_out_one(job, order);
  if (!outcome) return outcome;
  auto written =
      store::add_audit(job.db, {job.now, order.actor, std::string(admin::name_of(order.hand)),
                                order.list_address, order.posting, order.reason, outcome->message});
  if (!written) return written.error();
  return outcome;
}

// The dispatcher is told on the writer's thread, in the order of the commits: of a freeze and a thaw that
// come at once, by different ways, the later one must be heard later.
template <class Done>
Result<Done> StoreHands::in_a_job(std::function<Result<Done>(WriteJob&)> act) {
  struct Work {
    std::shared_ptr<const Running> running;
    Done outcome;
    Effects effects;
    std::promise<Result<void>> written;
  };
  const auto work = std::make_shared<Work>();
  work->running = in_force_.get();
  store_.write(
      [this, work, act = std::move(act)](store::Connection& db) -> Result<void> {
        WriteJob job{db, *work->running, sizes_, clock_now(), entropy_, work->effects};
        auto done = act(job);
        if (!done) return done.error();
        work->outcome = std::move(*done);
        return {};
      },
      [this, work](Result<void> written) {
        if (written) tell_(work->effects);
        work->written.set_value(std::move(written));
      });
  if (auto written = work->written.get_future().get(); !written) return written.error();
  return std::move(work->outcome);
}

Result<Outcome> StoreHands::carry_out(const Order& order) {
  return in_a_job<Outcome>([order](WriteJob& job) { return daemon::carry_out(job, order); });
}

Result<std::string> StoreHands::change_membership(const admin::MemberOrder& order) {
  return in_a_job<std::string>([order](WriteJob& job) { return daemon::carry_out(job, order); });
}

Result<void> StoreHands::put_members(const std::string& list_address, const PutMembers& put) {
  return write([&](WriteJob& job) -> Result<void> {
    const auto list = job.running.lists.find(list_address);
    if (list == job.running.lists.end())
      return error(Fault::not_found, "no list " + list_address + " is in force");
    const auto changed = put(job.db);
    if (!changed) return changed.error();
    return hand_over_waiting(job, list->second.id, changed->from_digest);
  });
}

Result<void> StoreHands::write(std::function<Result<void>(WriteJob&)> act) {
  struct Nothing {};
  auto done = in_a_job<Nothing>([act = std::move(act)](WriteJob& job) -> Result<Nothing> {
    if (auto acted = act(job); !acted) return acted.error();
    return Nothing{};
  });
  return done ? Result<void>() : done.error();
}

}  // namespace breakwater::daemon
