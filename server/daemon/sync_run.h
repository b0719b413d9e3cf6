// A plan is carried out: in write jobs of some thousand rows, so that mail goes on between them, each with
// how far it came. Whoever begins has the plan on the disk first; whatever breaks it off, the rest is done
// later.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "daemon/running.h"
#include "daemon/write_job.h"
#include "store/store.h"
#include "store/sync_plan_file.h"
#include "store/sync_rows.h"
#include "terms/result.h"

namespace breakwater::daemon {

// Write jobs for one who waits; blocks. Any thread but the writer's and a loop's.
class JobQueue {
 public:
  using Tell = std::function<void(const Effects&)>;  // called after the commit, on the writer's thread

  // All must outlive it; sizes and entropy are of the writer's thread.
  JobQueue(store::Store& store, const InForce& in_force, AudienceSizes& sizes, std::uint64_t& entropy,
           Tell tell)
      : store_(store), in_force_(in_force), sizes_(sizes), entropy_(entropy), tell_(std::move(tell)) {}

  Result<void> run(const std::function<Result<void>(WriteJob&)>& act) const;
  store::Store& store() const { return store_; }
  std::shared_ptr<const Running> running() const { return in_force_.get(); }

 private:
  store::Store& store_;
  const InForce& in_force_;
  AudienceSizes& sizes_;
  std::uint64_t& entropy_;
  Tell tell_;
};

// From run.done_key to the end of the plan; `end` runs in the last job, where the sync's end is recorded.
// Errors: Fault::unavailable, stopped; those of the store and of the plan's file. Then the run stands as far
// as it came.
Result<void> carry_out_run(const JobQueue& jobs, store::SyncPlanFile& plan, store::SyncRun& run,
                           const std::function<Result<void>(WriteJob&)>& end, std::stop_token stop);

}  // namespace breakwater::daemon
