// What a sender asked to hear about a posting (RFC 3461 4): kept beside it, and removed with it.
#pragma once

#include <string>

#include "store/connection.h"
#include "terms/ids.h"
#include "terms/result.h"

namespace breakwater::store {

struct DsnRequest {
  std::string orcpt;   // as the client gave it, or empty
  bool whole = false;  // RET=FULL: a report of failure returns the whole message
};

// In the write job that adds the posting. Nothing is written where nothing was asked for.
Result<void> add_dsn_request(Connection& db, PostingId posting, const DsnRequest& request);
Result<DsnRequest> dsn_request(Connection& db, PostingId posting);

}  // namespace breakwater::store
