// A sync of a list with its sources, as it is asked for and as it ended. Carried out by the daemon.
#pragma once

#include <string>
#include <vector>

#include "lists/list.h"
#include "lists/sync_plan.h"
#include "terms/result.h"

namespace breakwater::admin {

struct SyncOrder {
  std::string list_address;
  bool dry_run = false;    // changes and records nothing
  std::string confirm;     // the reason of a person who has seen the numbers; empty: nobody has
  std::string actor;       // who asked, as the audit says
  bool scheduled = false;  // nobody asked: it was due
};

struct SyncOutcome {
  lists::SyncDecision decision;  // of a dry run: what a sync would come to
  lists::SyncCounts counts;
  std::vector<lists::SyncRow> first_added;  // at most 20, by address
  std::vector<std::string> first_removed;
  std::vector<lists::SyncRow> first_renamed;  // with the new name
  std::vector<std::string> remarks;  // what a source had to say: rows left out, referrals not followed
};

class Syncs {
 public:
  virtual ~Syncs() = default;
  // Blocks until it is done. Errors, after which nothing is changed: Fault::busy, one is under way;
  // Fault::invalid, the list has no sources; those of its sources; Fault::not_found, a source is empty.
  // Where what is applied is broken off (Fault::unavailable, the server stops), the next start goes on with
  // it.
  virtual Result<SyncOutcome> sync(const SyncOrder& order) = 0;
};

// "4 added, 1 removed", "would add 4 and remove 1", "in step: nothing to do".
std::string sync_sentence(const SyncOrder& order, const SyncOutcome& outcome);

}  // namespace breakwater::admin
