// A posting as a row, for the spool and for what is held. Inside store/ only.
#pragma once

#include <cstdint>
#include <vector>

#include "lists/expansion.h"
#include "store/connection.h"
#include "store/slice_rows.h"
#include "store/spool.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

// A macro, so that each statement is one literal: its cache knows it by its text.
#define BREAKWATER_POSTING_COLUMNS                                                                       \
  "id, message, kind, list_id, list_address, sender, reverse_path, envid, message_id, subject, peer, "   \
  "verdict, reason, state, received, size, recipients, delivered, deferred, failed, thread, approvals, " \
  "until, released"

namespace breakwater::store {

// The columns above are the statement's first ones. Errors: Fault::invalid where a row is corrupt.
Result<Posting> read_posting(const Statement& row);
Result<std::vector<Posting>> read_postings(Statement find);

// The row, in posting.state. A posting that is done is finished when it was received.
Result<void> insert_posting(Connection& db, const Posting& posting);
// Numbered from 0; `state` open or held.
Result<void> insert_audience(Connection& db, PostingId posting, const lists::Audience& audience,
                             SliceState state, Instant due, Instant expires);

}  // namespace breakwater::store
