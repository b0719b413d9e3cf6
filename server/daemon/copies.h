// The copies that are being handed over: made once a posting, shared by all its slices, kept while they are
// in use and a little longer. Bounded in bytes. Belongs to the dispatcher's thread.
#pragma once

#include <cstddef>
#include <list>
#include <utility>

#include "daemon/running.h"
#include "queue/consignment.h"
#include "store/connection.h"
#include "store/spool.h"
#include "terms/result.h"

namespace breakwater::daemon {

class Copies {
 public:
  // Errors: those of the store; Fault::not_found when the message is gone.
  Result<queue::Copy> copy_of(store::Connection& db, const store::Posting& posting, const Running& running);
  void forget(PostingId posting);

 private:
  void trim();
  std::list<std::pair<PostingId, queue::Copy>> recent_;  // most recently used first
};

}  // namespace breakwater::daemon
