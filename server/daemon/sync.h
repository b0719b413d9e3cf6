// Syncs of lists with their sources: read, plan, judge; then carried out, held for a person, or given up. The
// same in the server and, where none runs, in the command line's own process.
//
// What a crash leaves: until the plan is on the disk and the store knows of it, nothing has changed, and what
// lies about is deleted at the next start. From then on the plan is finished, by finish_begun() at the next
// start, within a minute where the server runs on, or by the next sync of the list, whichever comes first,
// however often it is broken off. Where its file is gone (a database restored from a backup), the run is
// given up and said to have failed; the next sync plans the rest anew, and its size is judged like any
// other's.
#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "admin/sync.h"
#include "daemon/sync_run.h"
#include "store/sync_offers.h"
#include "web/series.h"

namespace breakwater::daemon {

class ListSyncs : public admin::Syncs {
 public:
  // Takes away the files that a crash left and nothing needs. `metrics`: nullptr where nobody counts. What
  // the queue refers to must outlive this, and so must metrics.
  ListSyncs(JobQueue jobs, web::Metrics* metrics);

  // Several threads may ask at once; of one list the second hears Fault::busy. What the schedule asks for
  // carries out what an owner has confirmed by mail (store/sync_offers.h), if anything; its end, and that
  // they are answered, is one transaction with that of the sync.
  Result<admin::SyncOutcome> sync(const admin::SyncOrder& order) override;
  // Goes on with what was broken off, also where the list's file has gone or names no source any more; what
  // cannot be finished now is logged, and left for later.
  void finish_begun();
  // What an owner has confirmed by mail is not kept for ever: where the list's sources have gone, who
  // confirmed is no owner any more, or it could not be tried until an hour after its letter ended, it is not
  // done, and they are told (unless the list's file has gone too). Their letter stays good while it lasts.
  void drop_lapsed();
  // Those under way end soon, and none begins any more.
  void stop() { stop_.request_stop(); }

 private:
  class Turn;
  struct Subject;  // the list of an order
  Result<Subject> subject_of(const admin::SyncOrder& order) const;
  Result<std::optional<store::SyncRun>> run_of(ListId list) const;
  Result<std::optional<store::SyncOffer>> offer_of(ListId list) const;
  Result<void> finish(store::SyncRun run);
  Result<void> give_up(const store::SyncRun& run, const std::string& why);
  Result<admin::SyncOutcome> read_and_judge(const Subject& subject, const admin::SyncOrder& order,
                                            std::string& failed_source);
  Result<void> record_plan(WriteJob& job, const Subject& subject, store::SyncRun& run,
                           admin::SyncOutcome& outcome);
  Result<void> record_failure(const Subject& subject, const std::string& source, const Error& failure);
  Result<void> record_end(WriteJob& job, const store::SyncRun& run);
  void count(const std::string& address, std::int64_t added, std::int64_t removed) const;

  JobQueue jobs_;
  web::Metrics* metrics_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::set<ListId> under_way_;  // guarded by mutex_
};

}  // namespace breakwater::daemon
