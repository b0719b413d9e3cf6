// Purges that were broken off (store/purge.h), gone on with in the background, and what is in force behind
// one.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "daemon/running.h"
#include "store/store.h"

namespace breakwater::daemon {

// All that are begun, one behind the other, until they are done or `stop` is set; calls `done` behind each.
// What cannot be done now is logged, and holds up no other. Blocks on the store's writer.
void finish_purges(store::Store& store, const std::atomic<bool>& stop, const std::function<void()>& done);

// Logs which lists wait for the end of a purge. The same for whoever asked, behind other words; or "".
std::string tell_of_purged(const Running& running);

// What is in force, anew: a purged list is not closed any more, and where its file is back in force. No
// reload meanwhile. Blocks likewise.
void forget_purged(store::Store& store, InForce& in_force);

}  // namespace breakwater::daemon
