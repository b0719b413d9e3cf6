// One of the things that are due, done for itself: where it cannot be done, it leaves nothing behind, neither
// in the store nor for the dispatcher, and those behind it have their turn.
#pragma once

#include "daemon/write_job.h"
#include "store/whole.h"

namespace breakwater::daemon {

// Inside a write job. `act` returns a Result; an error of which store::is_of_one() holds is the caller's to
// set aside.
template <class Act>
auto apart(WriteJob& job, Act act) -> decltype(act()) {
  const Effects before = job.effects;
  auto acted = store::whole(job.db, act);
  if (!acted) job.effects = before;
  return acted;
}

}  // namespace breakwater::daemon
