#include "daemon/purges.h"

#include <vector>

#include "daemon/clock.h"
#include "log/log.h"
#include "store/purge.h"

namespace breakwater::daemon {
namespace {

using log::Level;

Result<std::vector<store::ListRow>> begun(store::Store& store) {
  auto reading = store.read();
  return store::purges(reading.connection());
}

}  // namespace

void finish_purges(store::Store& store, const std::atomic<bool>& stop, const std::function<void()>& done) {
  const auto lists = begun(store);
  if (!lists) return log::event(Level::error, "purges_not_read", {{"reason", lists.error().what}});
  for (const store::ListRow& list : *lists) {
    log::event(Level::info, "purging", {{"list", list.address}});
    const auto finished = store::finish_purge(
        store, list.id, [] { return clock_now(); }, stop);
    if (finished && *finished) done();
    if (finished) continue;
    log::event(
        Level::error, "purge_broken_off",
        {{"list", list.address},
         {"reason", finished.error().what},
         {"advice", "mend that; it is tried again every 10 minutes, or at once by `breakwater list purge " +
                        list.address + " --reason \"...\" --yes`"}});
  }
}

std::string tell_of_purged(const Running& running) {
  std::string told;
  for (const auto& [address, list] : running.purged) {
    log::event(Level::warning, "list_not_in_force",
               {{"list", address},
                {"reason", "an earlier list of that name is being purged"},
                {"advice", "none: it comes into force when that is done"}});
    told += (told.empty() ? "" : ", ") + address;
  }
  return told.empty() ? told : "; not in force before its purge is done, and then by itself: " + told;
}

void forget_purged(store::Store& store, InForce& in_force) {
  auto running = make_running(in_force.get()->read, store, clock_now());
  if (running) return in_force.set(*running);
  log::event(Level::error, "purged_list_not_forgotten",
             {{"reason", running.error().what}, {"advice", "give `breakwater reload`"}});
}

}  // namespace breakwater::daemon
