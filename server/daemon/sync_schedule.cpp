#include "daemon/sync_schedule.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <vector>

#include "daemon/clock.h"
#include "log/log.h"
#include "store/sync_offers.h"

namespace breakwater::daemon {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds kLook{1}, kRest{10};
constexpr Duration kAfterFailure = std::chrono::hours{1};
constexpr Duration kGoOn = std::chrono::minutes{1};  // with a sync that was broken off, by a full disk say
constexpr Duration kClockSlack = std::chrono::minutes{1};
constexpr Duration kDay = std::chrono::hours{24};

// The last time that the clock showed so, up to now.
Instant last_occurrence(std::chrono::minutes of_day, Instant now) {
  const Instant midnight = std::chrono::floor<std::chrono::days>(now);
  const Instant today = midnight + of_day;
  return today <= now ? today : today - kDay;
}

}  // namespace

bool is_sync_due(const lists::ListSync& sync, const std::optional<store::LastSync>& last, Instant now) {
  if (sync.sources.empty() || sync.by_hand_only()) return false;
  if (!last || last->at > now + kClockSlack) return true;
  const Duration since = now - last->at;
  const Duration period = sync.daily_at ? kDay : sync.every;
  if (last->result == store::SyncResult::applying && since >= std::min(period, kGoOn)) return true;
  if (last->result == store::SyncResult::failed && since >= std::min(period, kAfterFailure)) return true;
  return sync.daily_at ? last->at < last_occurrence(*sync.daily_at, now) : since >= sync.every;
}

SyncSchedule::SyncSchedule(boost::asio::io_context& loop, store::Store& store, const InForce& in_force,
                           ListSyncs& syncs, Duration go_on)
    : loop_(loop), store_(store), in_force_(in_force), syncs_(syncs), go_on_(go_on), timer_(loop) {
  boost::asio::post(workers_, [this] { look(); });
}

void SyncSchedule::look_later() {
  boost::asio::post(loop_, [this] {
    timer_.expires_after(kLook);
    timer_.async_wait([this](const boost::system::error_code& failed) {
      if (!failed) boost::asio::post(workers_, [this] { look(); });
    });
  });
}

// On a worker: where both wait for sources, the look waits too, and loses nothing.
void SyncSchedule::look() {
  // Before anything else is synced, and now and then: a list that is synced by hand only, or not any more, is
  // never due.
  if (Steady::now() >= finish_next_) {
    syncs_.finish_begun();
    finish_next_ = Steady::now() + go_on_;
  }
  const auto running = in_force_.get();
  std::vector<std::string> due;
  syncs_.drop_lapsed();
  const auto confirmed = confirmed_by_mail();
  for (const auto& [address, list] : running->lists) {
    const lists::ListSync& sync = list.settings->sync;
    if (!sync.sources.empty() && confirmed.contains(list.id)) {
      due.push_back(address);
      continue;
    }
    if (sync.sources.empty() || sync.by_hand_only()) continue;
    auto reading = store_.read();
    const auto last = store::last_sync(reading.connection(), list.id);
    if (last && is_sync_due(sync, *last, clock_now())) due.push_back(address);
  }
  for (const std::string& address : due) {
    const std::lock_guard lock(mutex_);
    const auto resting = resting_.find(address);
    if (resting != resting_.end() && Steady::now() < resting->second) continue;
    resting_[address] = Steady::time_point::max();
    boost::asio::post(workers_, [this, address] { this->sync(address); });
  }
  look_later();
}

std::set<ListId> SyncSchedule::confirmed_by_mail() {
  auto reading = store_.read();
  auto lists = store::lists_with_confirmed_sync(reading.connection());
  return lists ? std::move(*lists) : std::set<ListId>();
}

void SyncSchedule::sync(const std::string& list_address) {
  const auto done = syncs_.sync({list_address, false, "", "sync", true});
  // What failed is in the log already; that somebody syncs it by hand just now is no failure.
  if (!done) log::event(log::Level::debug, "sync_not_done", {{"reason", done.error().what}});
  const std::lock_guard lock(mutex_);
  // What could not even be recorded (a full disk) is not tried each second.
  if (done) resting_.erase(list_address);
  if (!done) resting_[list_address] = Steady::now() + kRest;
}

}  // namespace breakwater::daemon
