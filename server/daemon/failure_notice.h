// The one DSN (RFC 3464) for mail that a person sent to a list's owners or the postmaster and that could not
// be delivered to some of them. Postings to a list get none: their failures are bounce records
// (store/ledger.h).
#pragma once

#include <cstdint>
#include <optional>

#include "daemon/running.h"
#include "store/connection.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::daemon {

// Inside the write job that finished the posting: writes the notice as a posting of its own and gives its id;
// nullopt where none is due. Never to a null reverse-path.
Result<std::optional<PostingId>> write_failure_notice(store::Connection& db, PostingId finished,
                                                      const Running& running, Instant now,
                                                      std::uint64_t entropy);

}  // namespace breakwater::daemon
