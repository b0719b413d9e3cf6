// What the server writes to a list's owners about its sources: a sync that waits for a person, one that
// failed, and that it works again. When they are written is decided by whoever syncs. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "letters/templates.h"
#include "lists/sync_plan.h"
#include "mail/message.h"
#include "terms/instant.h"

namespace breakwater::pipeline {

struct SyncHeldFacts {
  std::string list_address, owner_address;
  lists::SyncCounts counts;
  lists::SyncDecision decision;  // its verdict is hold
  lists::SyncLimits limits;      // by which it was judged
  std::vector<std::string> joining,
      leaving;  // addresses, the first ten of each; counts say how many there are
  std::vector<std::string> sources, remarks;  // their names; what they had to say: the first five of each
  std::string to;                             // mailbox of an owner
  std::string command_address;                // where they confirm or cancel it
  Instant until{};                            // until when they can
};
mail::Notice sync_held_letter(const SyncHeldFacts& facts, const letters::Templates& templates,
                              std::string_view language);

// Once, until it works again.
struct SyncFailedFacts {
  std::string list_address, owner_address;
  std::string source;    // sources::name_of()
  std::string error;     // what to do stands in it
  Instant last{};        // the last sync that worked; 0: none has
  bool retried = false;  // by a schedule
};
mail::Notice sync_failed_letter(const SyncFailedFacts& facts, const letters::Templates& templates,
                                std::string_view language);

struct SyncWorksFacts {
  std::string list_address, owner_address;
  Instant since{};  // the first sync that failed
  std::int64_t added = 0, removed = 0;
};
mail::Notice sync_works_letter(const SyncWorksFacts& facts, const letters::Templates& templates,
                               std::string_view language);

}  // namespace breakwater::pipeline
