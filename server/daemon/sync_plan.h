// From a list's sources to a plan: everything is read, staged in order beside the database, and compared with
// the list's members. Changes nothing. Blocks on files, sockets and processes; one thread a list.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "config/config.h"
#include "lists/list_sync.h"
#include "lists/sync_plan.h"
#include "store/store.h"
#include "store/sync_plan_file.h"
#include "terms/ids.h"
#include "terms/result.h"

namespace breakwater::daemon {

struct PlannedSync {
  lists::SyncCounts counts;
  lists::SyncDecision decision;
  std::vector<std::string> remarks;  // rows that were left out, referrals that were not followed
  std::unique_ptr<store::SyncPlanFile> plan;
};

// `config`: the one in force. `directory`: where the store has its database. `confirmed`: by a person
// (lists::judge_sync). Errors: those of the sources, whose name then stands in `failed_source`; Fault::full
// and others of the files. Whatever is left of them a later sync begins anew.
Result<PlannedSync> plan_list(const lists::ListSync& sync, store::Store& store, ListId list,
                              const config::Config& config, const std::string& directory, bool confirmed,
                              std::stop_token stop, std::string& failed_source);

}  // namespace breakwater::daemon
