// Synced members as rows: what a sync changes, what it remembers, and one that is being carried out.
// Functions on a connection; what changes something is for write jobs.
//
// A plan (sync_plan_file.h) is carried out in many jobs, so that mail goes on between them. Each writes how
// far it came (SyncRun::done_key) with what it did: after a crash the rest is done, and nothing twice. A row
// is looked at again when its turn comes: who has left since the plan was made is not added, who has become a
// manual member is not removed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lists/sync_plan.h"
#include "store/connection.h"
#include "store/sync_plan_file.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::store {

enum class SyncResult { in_step = 0, applied = 1, held = 2, failed = 3, applying = 4 };  // values are stored

struct LastSync {
  Instant at{};
  SyncResult result = SyncResult::in_step;
  std::string reason;  // why it was held, or has failed
  std::int64_t before = 0, manual = 0, added = 0, removed = 0, excluded = 0, invalid = 0;
  std::optional<Instant> succeeded;  // when the list was last in step
  std::optional<Instant> failing;    // since when; owners were told so
  std::string told_plan;             // the held plan that owners were told of, and when
  std::optional<Instant> told;
  std::int64_t renamed = 0;
  std::optional<Instant> failure_told{};  // when owners last heard that it fails
};
Result<std::optional<LastSync>> last_sync(Connection& db, ListId list);
Result<void> put_last_sync(Connection& db, ListId list, const LastSync& sync);

struct SyncRun {
  ListId list;
  std::string plan;  // SyncPlanFile::fingerprint
  Instant began{};
  std::string actor, reason;
  bool vouched = false;  // within its limits, or confirmed: the first of a list is neither
  std::string done_key;  // up to and with this one
  std::int64_t added = 0, removed = 0, renamed = 0;  // so far
};
Result<std::vector<SyncRun>> sync_runs(Connection& db);
Result<void> begin_sync_run(Connection& db, const SyncRun& run);
// How far it came. Fault::not_found: it has ended, since the list was purged.
Result<void> advance_sync_run(Connection& db, const SyncRun& run);
Result<void> end_sync_run(Connection& db, ListId list);

// Of the members changed, those who get mail: what the audience grew and shrank by.
struct SyncedChanges {
  std::int64_t added = 0, removed = 0, renamed = 0, receiving = 0;
};
Result<SyncedChanges> carry_out_changes(Connection& db, ListId list, std::span<const SyncChange> changes,
                                        Instant now);

// Synced members of the list that are not manual; and whether one is.
Result<std::int64_t> count_synced(Connection& db, ListId list);
// A person has taken them on: a sync does not remove them any more, and it may have them back.
Result<void> make_manual(Connection& db, ListId list, AddressId member);
// A person removes a member of a list that is synced: they do not come back by a sync, also where they were
// manual and a source names them too. Before the row goes.
Result<void> remember_left(Connection& db, ListId list, AddressId member);

}  // namespace breakwater::store
