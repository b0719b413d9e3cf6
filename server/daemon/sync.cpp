#include "daemon/sync.h"

#include <utility>
#include <vector>

#include "daemon/clock.h"
#include "daemon/letters.h"
#include "daemon/store_directory.h"
#include "daemon/sync_letters.h"
#include "daemon/sync_plan.h"
#include "log/log.h"
#include "store/directory.h"
#include "store/hold.h"

namespace breakwater::daemon {
namespace {

using admin::SyncOrder;
using admin::SyncOutcome;
using lists::SyncVerdict;
using log::Level;
using store::LastSync;
using store::SyncOffer;
using store::SyncResult;

constexpr const char* kInStep = "the list is in step with its sources since then";
constexpr Duration kTriedUntil = std::chrono::hours{1};  // after a letter's end

Result<LastSync> last_sync_of(store::Connection& db, ListId list) {
  auto last = store::last_sync(db, list);
  if (!last) return last.error();
  return last->value_or(LastSync{});
}

// What it came to, into the record of the one before; what owners were told stays.
void note(LastSync& last, SyncResult result, Instant now, std::string reason) {
  last.at = now;
  last.result = result;
  last.reason = std::move(reason);
}

// What is held after this is another matter than what was.
void note_success(LastSync& last) {
  last.succeeded = last.at;
  last.told_plan.clear();
  last.told.reset();
}

void note_counts(LastSync& last, const lists::SyncCounts& counts) {
  last.before = counts.before;
  last.manual = counts.manual;
  last.added = counts.added;
  last.removed = counts.removed;
  last.renamed = counts.renamed;
  last.excluded = counts.excluded;
  last.invalid = counts.invalid;
}

std::string counted(const store::SyncRun& run) {
  return std::to_string(run.added) + " added, " + std::to_string(run.removed) + " removed" +
         (run.renamed > 0 ? ", " + std::to_string(run.renamed) + " renamed" : "");
}

// A person confirmed the numbers that they were shown: a source that has lost far more since then is another
// matter, also where it could not be read in between.
std::string beyond(std::int64_t added, std::int64_t removed, const lists::SyncCounts& now,
                   std::int64_t always) {
  if (now.added <= added + always && now.removed <= removed + always) return {};
  return "what was held would add " + std::to_string(added) + " and remove " + std::to_string(removed) +
         "; now it would add " + std::to_string(now.added) + " and remove " + std::to_string(now.removed) +
         ": look at it, and confirm that";
}

// To who confirmed it by mail. The list itself may be gone.
Result<void> answer(WriteJob& job, ListId row, const SyncOffer& offer, const std::string& outcome) {
  const auto list = job.running.lists_by_id.find(row);
  const auto person = mail::parse_address(offer.person);
  if (list == job.running.lists_by_id.end() || !person) return {};
  return write_outcome(job, *list->second, *person, "confirm " + list->second->address(), offer.message_id,
                       outcome, false);
}

// The list is in step: whoever confirmed that hears so, and what owners were asked before is over.
Result<void> end_offers(WriteJob& job, ListId list, const std::string& outcome) {
  auto offer = store::confirmed_sync_offer(job.db, list);
  if (!offer) return offer.error();
  if (*offer) {
    if (auto told = answer(job, list, **offer, outcome); !told) return told;
  }
  return store::end_sync_offers(job.db, list, "", kInStep);
}

// Why what was confirmed is not carried out any more; empty: it is.
Result<std::string> lapse_of(store::Connection& db, const Running& running, const SyncOffer& offer,
                             Instant now) {
  const auto list = running.lists_by_id.find(offer.list);
  if (now > offer.expires + kTriedUntil) return std::string("it could not be tried in time");
  if (list == running.lists_by_id.end()) return std::string();  // its file may come back until then
  if (list->second->sync.sources.empty()) return std::string("the list has no sources any more");
  lists::Rank rank = lists::Rank::stranger;
  if (const auto person = mail::parse_address(offer.person)) {
    auto found = StoreDirectory(db, running).rank(*list->second, *person);
    if (!found) return found.error();
    rank = *found;
  }
  return std::string(lists::may(lists::Action::confirm_sync, rank, false) ? "" : "no owner any more");
}

Result<void> drop_where_lapsed(WriteJob& job, ListId list) {
  auto offer = store::confirmed_sync_offer(job.db, list);
  if (!offer || !*offer) return offer ? Result<void>() : offer.error();
  auto lapse = lapse_of(job.db, job.running, **offer, job.now);
  if (!lapse || lapse->empty()) return lapse ? Result<void>() : lapse.error();
  log::event(Level::info, "sync_confirmation_lapsed",
             {{"list_id", list.value}, {"person", (*offer)->person}, {"reason", *lapse}});
  if (auto told = answer(job, list, **offer, "nothing was done: " + *lapse); !told) return told;
  return store::settle_sync_offers(job.db, list);
}

}  // namespace

struct ListSyncs::Subject {
  ListId id;
  lists::List list;
  std::string directory;
  std::optional<SyncOffer> offer;  // what an owner confirmed by mail, and this sync is to carry out
  bool seen = false;               // a person asked: the numbers are shown to them, or were
};

// One sync of a list at a time.
class ListSyncs::Turn {
 public:
  Turn(ListSyncs& syncs, ListId list) : syncs_(syncs), list_(list) {
    const std::lock_guard lock(syncs_.mutex_);
    taken_ = syncs_.under_way_.insert(list_).second;
  }
  ~Turn() {
    const std::lock_guard lock(syncs_.mutex_);
    if (taken_) syncs_.under_way_.erase(list_);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  bool taken() const { return taken_; }

 private:
  ListSyncs& syncs_;
  ListId list_;
  bool taken_ = false;
};

Result<ListSyncs::Subject> ListSyncs::subject_of(const SyncOrder& order) const {
  const auto running = jobs_.running();
  const auto found = running->lists.find(order.list_address);
  if (found == running->lists.end()) return error(Fault::not_found, "there is no list " + order.list_address);
  const lists::List& list = *found->second.settings;
  if (list.sync.sources.empty()) {
    return error(Fault::invalid, order.list_address +
                                     " has no sources: its file needs a [[source]], and then `breakwater "
                                     "reload` (see docs/sources.md)");
  }
  return Subject{found->second.id, list, running->config->data_dir, std::nullopt, !order.scheduled};
}

Result<SyncOutcome> ListSyncs::sync(const SyncOrder& asked) {
  SyncOrder order = asked;
  auto subject = subject_of(order);
  if (!subject) return subject.error();
  const Turn turn(*this, subject->id);
  if (!turn.taken()) {
    return error(Fault::busy, "a sync of " + order.list_address + " is under way: wait until it has ended");
  }
  if (stop_.stop_requested()) return error(Fault::unavailable, "the server is stopping");
  auto begun = run_of(subject->id);
  if (!begun) return begun.error();
  if (*begun && order.dry_run) {
    return error(Fault::busy,
                 "a sync of " + order.list_address +
                     " was broken off and is not finished yet: sync without --dry-run finishes it");
  }
  if (*begun) {
    if (auto finished = finish(std::move(**begun)); !finished) return finished.error();
  }
  if (order.scheduled) {
    auto offer = offer_of(subject->id);
    if (!offer) return offer.error();
    // Nothing but an order brought the schedule here, and it has been carried out just now.
    if (!*offer && subject->list.sync.by_hand_only()) return SyncOutcome{};
    if (*offer)
      order = {order.list_address, false, "confirmed by mail", (*offer)->person + " by mail", false};
    subject->seen = offer->has_value();
    subject->offer = std::move(*offer);
  }
  std::string failed_source;
  auto outcome = read_and_judge(*subject, order, failed_source);
  if (!outcome && !order.dry_run && !stop_.stop_requested()) {
    if (auto recorded = record_failure(*subject, failed_source, outcome.error()); !recorded)
      return recorded.error();
  }
  return outcome;
}

Result<SyncOutcome> ListSyncs::read_and_judge(const Subject& subject, const SyncOrder& order,
                                              std::string& failed_source) {
  const bool confirmed = !order.confirm.empty();
  const config::Snapshot config = jobs_.running()->config;
  auto planned = plan_list(subject.list.sync, jobs_.store(), subject.id, *config, subject.directory,
                           confirmed, stop_.get_token(), failed_source);
  if (!planned) return planned.error();
  SyncOutcome outcome{planned->decision,
                      planned->counts,
                      planned->plan->first_added(),
                      planned->plan->first_removed(),
                      planned->plan->first_renamed(),
                      planned->remarks};
  if (outcome.decision.verdict == SyncVerdict::refuse)
    return error(Fault::not_found, outcome.decision.reason);
  if (order.dry_run) return outcome;
  const bool vouched = confirmed || outcome.counts.before > 0;
  store::SyncRun run{subject.id, planned->plan->fingerprint(), {}, order.actor, order.confirm, vouched, "", 0,
                     0};
  if (outcome.decision.verdict == SyncVerdict::apply) {
    if (auto kept = planned->plan->keep(); !kept) return kept.error();
  }
  auto recorded = jobs_.run([&](WriteJob& job) { return record_plan(job, subject, run, outcome); });
  if (!recorded) {
    planned->plan->forget();
    return recorded.error();
  }
  if (outcome.decision.verdict != SyncVerdict::apply) {
    planned->plan->forget();
    if (outcome.decision.verdict == SyncVerdict::hold) {
      log::event(Level::warning, "sync_held",
                 {{"list", order.list_address}, {"reason", outcome.decision.reason}});
    }
    return outcome;
  }
  auto carried = carry_out_run(
      jobs_, *planned->plan, run, [&](WriteJob& job) { return record_end(job, run); }, stop_.get_token());
  if (!carried) {
    if (carried.error().fault == Fault::not_found) planned->plan->forget();  // purged: nobody goes on with it
    return carried.error();
  }
  planned->plan->forget();
  count(order.list_address, run.added, run.removed);
  outcome.counts.added = run.added;
  outcome.counts.removed = run.removed;
  outcome.counts.renamed = run.renamed;
  return outcome;
}

// In one job, before a row of it is carried out: what the plan came to, and that it is begun.
Result<void> ListSyncs::record_plan(WriteJob& job, const Subject& subject, store::SyncRun& run,
                                    SyncOutcome& outcome) {
  // Its file may have gone while the sources were read, and the list have been purged: nobody comes back.
  if (!job.running.lists_by_id.contains(subject.id))
    return error(Fault::not_found, "the file of " + subject.list.address() + " has gone meanwhile");
  auto last = last_sync_of(job.db, subject.id);
  if (!last) return last.error();
  lists::SyncDecision& decision = outcome.decision;
  const auto& offer = subject.offer;
  if (decision.verdict == SyncVerdict::apply && !run.reason.empty() && (offer || last->told)) {
    auto more = beyond(offer ? offer->added : last->added, offer ? offer->removed : last->removed,
                       outcome.counts, subject.list.sync.limits.always);
    if (!more.empty()) decision = {SyncVerdict::hold, std::move(more)};
  }
  const std::int64_t added_before = last->added, removed_before = last->removed;
  note_counts(*last, outcome.counts);
  if (auto told = tell_that_it_works(job, subject.list, *last, outcome); !told) return told;
  if (decision.verdict == SyncVerdict::apply) {
    note(*last, SyncResult::applying, job.now, "");
    run.began = job.now;
    if (auto begun = store::begin_sync_run(job.db, run); !begun) return begun;
  } else if (decision.verdict == SyncVerdict::hold) {
    note(*last, SyncResult::held, job.now, decision.reason);
    if (offer) {  // who confirmed is asked anew at once, with the other owners: that is their answer
      last->told_plan.clear();
      last->told.reset();
      if (auto settled = store::settle_sync_offers(job.db, subject.id); !settled) return settled;
    }
    const auto told_before = last->told;
    if (auto told = tell_of_held(job, subject.list, *last, run.plan, outcome); !told) return told;
    // Who confirms has read the letter, or has just been shown these: what a sync of the schedule found since
    // then nobody has seen.
    if (last->told == told_before && !subject.seen) {
      last->added = added_before;
      last->removed = removed_before;
    }
  } else {
    note(*last, SyncResult::in_step, job.now, "");
    note_success(*last);
    if (auto ended = end_offers(job, subject.id, kInStep); !ended) return ended;
  }
  return store::put_last_sync(job.db, subject.id, *last);
}

// In the last job of a run.
Result<void> ListSyncs::record_end(WriteJob& job, const store::SyncRun& run) {
  auto last = last_sync_of(job.db, run.list);
  if (!last) return last.error();
  note(*last, SyncResult::applied, job.now, run.reason);
  note_success(*last);
  last->added = run.added;
  last->removed = run.removed;
  last->renamed = run.renamed;
  if (auto put = store::put_last_sync(job.db, run.list, *last); !put) return put;
  const auto list = job.running.lists_by_id.find(run.list);
  const std::string address = list == job.running.lists_by_id.end() ? "" : list->second->address();
  const std::string outcome = counted(run);
  if (auto ended = end_offers(job, run.list, "carried out: " + outcome); !ended) return ended;
  log::event(Level::info, "sync_applied",
             {{"list", address},
              {"added", run.added},
              {"removed", run.removed},
              {"renamed", run.renamed},
              {"actor", run.actor}});
  return store::add_audit(job.db, {job.now, run.actor, "sync", address, PostingId{}, run.reason, outcome});
}

Result<void> ListSyncs::record_failure(const Subject& subject, const std::string& source,
                                       const Error& failure) {
  log::event(Level::warning, "sync_failed", {{"list", subject.list.address()}, {"reason", failure.what}});
  if (metrics_ != nullptr) metrics_->sync_failures.at({subject.list.address()}).add();
  return jobs_.run([&](WriteJob& job) -> Result<void> {
    if (!job.running.lists_by_id.contains(subject.id)) return {};  // file gone, list purged meanwhile
    auto begun = store::sync_runs(job.db);
    if (!begun) return begun.error();
    for (const store::SyncRun& run : *begun) {
      if (run.list == subject.id)
        return {};  // it has begun, and will be finished: that is no failure to tell
    }
    auto last = last_sync_of(job.db, subject.id);
    if (!last) return last.error();
    note(*last, SyncResult::failed, job.now, failure.what);
    if (auto told = tell_of_failure(job, subject.list, *last, source); !told) return told;
    if (subject.offer) {  // which is good for another try
      auto told = answer(job, subject.id, *subject.offer, "nothing was done: " + failure.what);
      if (told) told = store::settle_sync_offers(job.db, subject.id);
      if (!told) return told;
    }
    return store::put_last_sync(job.db, subject.id, *last);
  });
}

Result<std::optional<store::SyncRun>> ListSyncs::run_of(ListId list) const {
  auto reading = jobs_.store().read();
  auto runs = store::sync_runs(reading.connection());
  if (!runs) return runs.error();
  for (store::SyncRun& run : *runs) {
    if (run.list == list) return std::optional(std::move(run));
  }
  return std::optional<store::SyncRun>();
}

Result<std::optional<SyncOffer>> ListSyncs::offer_of(ListId list) const {
  auto reading = jobs_.store().read();
  return store::confirmed_sync_offer(reading.connection(), list);
}

void ListSyncs::count(const std::string& address, std::int64_t added, std::int64_t removed) const {
  if (metrics_ == nullptr) return;
  metrics_->sync_added.at({address}).add(static_cast<std::uint64_t>(added));
  metrics_->sync_removed.at({address}).add(static_cast<std::uint64_t>(removed));
}

Result<void> ListSyncs::finish(store::SyncRun run) {
  const store::SyncRun before = run;
  const std::string file = store::sync_file(jobs_.running()->config->data_dir, run.list, "plan");
  auto plan = store::SyncPlanFile::open(file, run.plan);
  if (!plan && plan.error().fault == Fault::not_found) return give_up(run, plan.error().what);
  if (!plan) return plan.error();
  auto carried = carry_out_run(
      jobs_, **plan, run, [&](WriteJob& job) { return record_end(job, run); }, stop_.get_token());
  const bool given_up = !carried && carried.error().fault == Fault::not_found;
  if (carried || given_up) (*plan)->forget();
  if (given_up) return give_up(run, carried.error().what);
  const auto running = jobs_.running();
  const auto list = running->lists_by_id.find(run.list);
  if (list != running->lists_by_id.end())
    count(list->second->address(), run.added - before.added, run.removed - before.removed);
  return carried;
}

Result<void> ListSyncs::give_up(const store::SyncRun& run, const std::string& why) {
  const std::string reason = "a sync was broken off after " + counted(run) +
                             " and cannot be finished; the next one plans the rest anew: " + why;
  bool told = false;
  auto recorded = jobs_.run([&](WriteJob& job) -> Result<void> {
    auto ended = store::end_sync_run(job.db, run.list);
    told = ended && job.db.changes() > 0;
    if (!told) return ended;  // purged: nothing is said of it any more
    auto last = last_sync_of(job.db, run.list);
    if (!last) return last.error();
    note(*last, SyncResult::failed, job.now, reason);
    last->added = run.added;
    last->removed = run.removed;
    last->renamed = run.renamed;
    return store::put_last_sync(job.db, run.list, *last);
  });
  if (recorded && told)
    log::event(Level::error, "sync_given_up", {{"list_id", run.list.value}, {"reason", reason}});
  return recorded;
}

ListSyncs::ListSyncs(JobQueue jobs, web::Metrics* metrics) : jobs_(std::move(jobs)), metrics_(metrics) {
  std::vector<ListId> kept;
  {
    auto reading = jobs_.store().read();
    const auto runs = store::sync_runs(reading.connection());
    if (!runs) return;  // then nothing is known to be of no use
    for (const store::SyncRun& run : *runs) kept.push_back(run.list);
  }
  store::remove_sync_files(jobs_.running()->config->data_dir, kept);
}

void ListSyncs::finish_begun() {
  std::vector<store::SyncRun> runs;
  {
    auto reading = jobs_.store().read();
    auto found = store::sync_runs(reading.connection());
    if (found) runs = std::move(*found);
  }
  for (const store::SyncRun& found : runs) {
    const Turn turn(*this, found.list);
    if (!turn.taken() || stop_.stop_requested()) continue;
    auto run = run_of(found.list);  // whose turn it was may have ended it
    if (!run || !*run) continue;
    log::event(Level::info, "sync_resumed",
               {{"list_id", found.list.value}, {"added", (*run)->added}, {"removed", (*run)->removed}});
    if (const auto finished = finish(std::move(**run)); !finished) {
      log::event(Level::warning, "sync_not_finished", {{"reason", finished.error().what}});
    }
  }
}

void ListSyncs::drop_lapsed() {
  std::set<ListId> confirmed;
  {
    auto reading = jobs_.store().read();
    auto found = store::lists_with_confirmed_sync(reading.connection());
    if (found) confirmed = std::move(*found);
  }
  for (const ListId list : confirmed) {
    const Turn turn(*this, list);
    if (!turn.taken() || stop_.stop_requested()) continue;
    // What has begun is finished, and its end tells who confirmed it.
    if (const auto begun = run_of(list); !begun || *begun) continue;
    const auto dropped = jobs_.run([list](WriteJob& job) { return drop_where_lapsed(job, list); });
    if (!dropped)
      log::event(Level::warning, "sync_confirmation_not_dropped", {{"reason", dropped.error().what}});
  }
}

}  // namespace breakwater::daemon
