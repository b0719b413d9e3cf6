// Digests to members who want them: what waits is recorded in the job that lets a posting go, and the digest
// is written in the job that takes it off that record. So a posting is in one digest, wherever a crash falls.
// A digest is the server's own mail: no guard judges it, since each message in it has been judged.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "daemon/write_job.h"
#include "lists/delivery_mode.h"
#include "lists/list.h"
#include "store/connection.h"
#include "store/directory.h"
#include "store/spool.h"
#include "terms/ids.h"
#include "terms/result.h"

namespace breakwater::daemon {

// The posting goes to the whole list now: it waits for the digest where anybody wants one. `lists`: the list
// and what is nested in it, as expansion found them; empty: they are looked up.
Result<void> keep_for_digest(WriteJob& job, const lists::List& list, const store::Posting& posting,
                             std::vector<ListId> lists);

// Whether a list's digest is due, on a reader.
Result<bool> digests_due(store::Connection& db, const Running& running, Instant now);
// Inside a write job: the digest of one list. True: there was one, ask again.
Result<bool> act_on_digests_due(WriteJob& job);

// These members of the list get each message from now on: what waits for their digests goes to them at once,
// as digests to them alone. Else they would never have it.
Result<void> hand_over_waiting(WriteJob& job, ListId list, std::span<const store::FromDigest> people);

// Sets how a member gets mail from now on; says what it is. Who changes from digests to each message gets at
// once what waits for them. nullopt: no member.
// `wish` has no flaw.
Result<std::optional<lists::Delivery>> change_delivery(WriteJob& job, ListId list, AddressId address,
                                                       const lists::DeliveryWish& wish);

}  // namespace breakwater::daemon
