// When a list is brought in step by itself: when it is due, and when an owner has confirmed a held sync.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "daemon/running.h"
#include "daemon/sync.h"
#include "lists/list_sync.h"
#include "store/store.h"
#include "store/sync_rows.h"
#include "terms/instant.h"

namespace breakwater::daemon {

// Pure. A list that was never synced is due at once; one whose sync failed after an hour, or its period where
// that is shorter. However far the clock is set, back or forth, a list is due once for it.
bool is_sync_due(const lists::ListSync& sync, const std::optional<store::LastSync>& last, Instant now);

// Looks every second which lists are due, and syncs them on two threads of its own: one source that hangs
// does not hold up all others. What is in force at each look counts, so a reload needs to tell nobody.
class SyncSchedule {
 public:
  // All must outlive it. Begins by finishing what a crash broke off; what is broken off later (by a full
  // disk) is gone on with each `go_on`.
  SyncSchedule(boost::asio::io_context& loop, store::Store& store, const InForce& in_force, ListSyncs& syncs,
               Duration go_on = std::chrono::minutes(1));
  // After ListSyncs::stop() and when the loop has stopped: waits for what is under way.
  void join() { workers_.join(); }

 private:
  void look_later();
  void look();
  std::set<ListId> confirmed_by_mail();
  void sync(const std::string& list_address);

  boost::asio::io_context& loop_;
  store::Store& store_;
  const InForce& in_force_;
  ListSyncs& syncs_;
  Duration go_on_;
  std::chrono::steady_clock::time_point finish_next_{};  // of one look after the other
  std::mutex mutex_;
  // Lists that are not looked at until then: they wait for a thread, or are on one, or have just failed.
  std::map<std::string, std::chrono::steady_clock::time_point> resting_;  // guarded by mutex_
  boost::asio::steady_timer timer_;
  boost::asio::thread_pool workers_{2};
};

}  // namespace breakwater::daemon
