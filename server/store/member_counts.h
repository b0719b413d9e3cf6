// How many people are on a list, and how they get its mail now. Functions on a connection; each reads all of
// the list's member rows (850,000: a tenth of a second), so it is for people who ask, not for postings.
#pragma once

#include <cstdint>

#include "store/connection.h"
#include "store/directory.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::store {

// members = each + digests + paused + stopped.
struct DeliveryCount {
  std::int64_t members = 0;
  std::int64_t each = 0;     // get each message
  std::int64_t digests = 0;  // get digests
  std::int64_t paused = 0;   // have set that they get nothing, for a while or for good
  std::int64_t stopped = 0;  // get nothing since their mail came back
  std::int64_t moderators = 0;
};
// As it is at `now`. `digests`: of a list that offers none, who wants digests gets each message.
Result<DeliveryCount> count_delivery(Connection& db, ListId list, Digests digests, Instant now);

}  // namespace breakwater::store
