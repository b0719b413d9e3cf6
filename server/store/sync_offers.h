// What owners are asked about a held sync, as rows: a token for each of them, bound to what its letter shows.
// One who confirms is noted here until the sync has been tried (daemon/sync.h), so that a crash loses none.
// Functions on a connection; what changes something is for write jobs.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "store/connection.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::store {

struct SyncOffer {
  std::string digest;  // of the token
  ListId list;
  std::string person;                   // key of who was sent it
  std::string plan;                     // SyncPlanFile::fingerprint; all owners were shown the same
  std::int64_t added = 0, removed = 0;  // as the letter says
  Instant expires{};
  std::string message_id{};  // of the mail that confirmed it
  std::string over{};        // why it is not open any more; empty: it is
};
// Takes away those of the list that expired long ago.
Result<void> add_sync_offer(Connection& db, const SyncOffer& offer, Instant now);
// Expired ones too; nullopt: none such, or too old to say anything of.
Result<std::optional<SyncOffer>> sync_offer(Connection& db, std::string_view digest);

Result<void> confirm_sync_offer(Connection& db, std::string_view digest, Instant now,
                                std::string_view message_id);
// The one that was confirmed first and has not been tried yet.
Result<std::optional<SyncOffer>> confirmed_sync_offer(Connection& db, ListId list);
Result<std::set<ListId>> lists_with_confirmed_sync(Connection& db);
// It has been tried: what came of it is said elsewhere, and it may be confirmed once more.
Result<void> settle_sync_offers(Connection& db, ListId list);
// Those of the plan, or of all plans where it is empty; those that are over already stay so.
Result<void> end_sync_offers(Connection& db, ListId list, std::string_view plan, std::string_view why);

}  // namespace breakwater::store
