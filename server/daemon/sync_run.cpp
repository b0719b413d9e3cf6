#include "daemon/sync_run.h"

#include <algorithm>
#include <future>
#include <utility>

#include "daemon/clock.h"
#include "store/storm_memory.h"
#include "storm/guard.h"

namespace breakwater::daemon {
namespace {

// Some 80 ms of the writer: mail waits for no more than that.
constexpr std::size_t kRowsAtOnce = 10'000;

// The drift guard compares a list's audience with the one last confirmed. What a sync within its limits, or a
// person's confirmation, changes is no drift; whatever else has changed since still is. With each batch,
// since a posting may come between two.
Result<void> confirm_audience_by(WriteJob& job, ListId list, std::int64_t receiving) {
  store::StormMemory memory(job.db);
  auto confirmed = storm::confirmed_audience(list, memory, job.now);
  if (!confirmed) return confirmed.error();
  if (receiving == 0 || !*confirmed) return {};
  return storm::note_audience_confirmed(list, std::max<std::int64_t>(0, **confirmed + receiving), memory,
                                        job.now);
}

Result<void> carry_out_batch(WriteJob& job, const std::vector<store::SyncChange>& changes,
                             store::SyncRun& run) {
  auto done = store::carry_out_changes(job.db, run.list, changes, job.now);
  if (!done) return done.error();
  if (run.vouched) {
    if (auto noted = confirm_audience_by(job, run.list, done->receiving); !noted) return noted;
  }
  run.done_key = changes.back().row.key;
  run.added += done->added;
  run.removed += done->removed;
  run.renamed += done->renamed;
  return store::advance_sync_run(job.db, run);
}

}  // namespace

Result<void> JobQueue::run(const std::function<Result<void>(WriteJob&)>& act) const {
  const auto running = in_force_.get();
  Effects effects;
  std::promise<Result<void>> written;
  auto answered = written.get_future();
  store_.write(
      [&](store::Connection& db) -> Result<void> {
        WriteJob job{db, *running, sizes_, clock_now(), entropy_, effects};
        return act(job);
      },
      [&](Result<void> result) {
        if (result) tell_(effects);
        written.set_value(std::move(result));
      });
  return answered.get();
}

Result<void> carry_out_run(const JobQueue& jobs, store::SyncPlanFile& plan, store::SyncRun& run,
                           const std::function<Result<void>(WriteJob&)>& end, std::stop_token stop) {
  for (;;) {
    auto changes = plan.behind(run.done_key, kRowsAtOnce);
    if (!changes) return changes.error();
    const bool last = changes->size() < kRowsAtOnce;
    if (!last && stop.stop_requested()) {
      return error(Fault::unavailable, "stopped after " + std::to_string(run.added) + " additions and " +
                                           std::to_string(run.removed) +
                                           " removals; the next start goes on with the rest");
    }
    store::SyncRun after = run;
    auto done = jobs.run([&](WriteJob& job) -> Result<void> {
      after = run;
      if (!changes->empty()) {
        if (auto carried = carry_out_batch(job, *changes, after); !carried) return carried;
      }
      if (!last) return {};
      if (auto ended = store::end_sync_run(job.db, run.list); !ended) return ended;
      run = after;
      return end(job);
    });
    if (!done) return done;
    run = after;
    if (last) return {};
  }
}

}  // namespace breakwater::daemon
