// The delivery status notifications (RFC 3464) that the server sends. Of failure: one for mail that a person
// sent to a list's owners or the postmaster; postings to a list get none, their failures are bounce records
// (store/ledger.h). Of success: where the sender asked for it (NOTIFY=SUCCESS, RFC 3461 4.1), when the mail
// is taken. A reverse-path is easily forged, so both are bounded (lists/request_caps.h): beyond the caps the
// log says that there was none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/running.h"
#include "store/connection.h"
#include "store/spool.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::daemon {

// Inside the write job that finished the posting: writes the notice as a posting of its own and gives its id;
// nullopt where none is due, or there were enough. Never to a null reverse-path.
Result<std::optional<PostingId>> write_failure_notice(store::Connection& db, PostingId finished,
                                                      const Running& running, Instant now,
                                                      std::uint64_t entropy);

// Inside the write job that takes the mail: says that `posting` was taken; nullopt where there were enough of
// its sender or `client` (the address of who connected; empty: of no matter). `orcpt` as the client gave it,
// or empty. The reverse-path must be an address.
Result<std::optional<PostingId>> write_success_notice(store::Connection& db, const store::Posting& posting,
                                                      const std::string& reverse_path,
                                                      const std::string& client, const std::string& orcpt,
                                                      std::string_view message, const Running& running,
                                                      Instant now, std::uint64_t entropy);

}  // namespace breakwater::daemon
