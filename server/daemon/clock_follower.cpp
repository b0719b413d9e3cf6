#include "daemon/clock_follower.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>
#include <vector>

#include "daemon/bounce_due.h"
#include "daemon/clock.h"
#include "daemon/letters.h"
#include "lists/subscription.h"
#include "log/log.h"
#include "store/clock_set.h"
#include "storm/budgets.h"

namespace breakwater::daemon {
namespace {

using log::Level;
constexpr Duration kLook = std::chrono::seconds{1};
constexpr Duration kAgain = std::chrono::minutes{1};
constexpr Duration kSet = std::chrono::seconds{5};  // less is followed at once

Duration longest(const std::vector<Duration>& waits) {
  return waits.empty() ? Duration{} : *std::max_element(waits.begin(), waits.end());
}

}  // namespace

Result<void> bound_waits(store::Store& store, const config::Config& config, Instant now) {
  store::LongestWaits waits;
  waits.retry = longest(config.retry.waits);
  waits.give_up = config.retry.give_up_after;
  for (const queue::Route& route : config.routes.all()) {
    waits.retry = std::max(waits.retry, longest(route.retry_waits));
    waits.give_up = std::max(waits.give_up, route.give_up_after);
  }
  waits.held = storm::longest_deferral;
  waits.token = kModeratorsTime;
  waits.request = lists::token_life;
  waits.probe = kLookAgainAtBounces;
  for (const auto& [address, list] : config.lists) {
    waits.held = std::max(waits.held, list.guard.confirm_within);
    waits.token = std::max(waits.token, list.guard.confirm_within);
    waits.probe = std::max(waits.probe, list.bounces.probe_wait);
  }
  return store.write_and_wait([=](store::Connection& db) -> Result<void> {
    auto due = store::bound_waits(db, now, waits);
    if (!due) return due.error();
    if (*due > 0) log::event(Level::warning, "clock_was_set_back", {{"slices_due", *due}});
    return {};
  });
}

Result<void> follow_clock(store::Store& store, Dispatcher& dispatcher, std::chrono::milliseconds limit,
                          Duration by) {
  // Once is enough: while a slow one of those is waited for, others go out, which would only be called back
  // in vain each time.
  if (const std::size_t stayed = dispatcher.stayed(); stayed > 0)
    return error(Fault::busy, std::to_string(stayed) + " slices that were called back are still in hand");
  Result<void> moved = error(Fault::busy, "copies were being handed over all the while");
  if (dispatcher.hold(limit)) {
    const Duration old = clock_offset;
    moved = store.write_and_wait([by](store::Connection& db) {
      auto done = store::move_deadlines(db, by);
      if (done) clock_offset = clock_offset.load() + by;  // the next job of the same commit goes by it
      return done;
    });
    if (!moved) clock_offset = old;
  }
  dispatcher.release();
  return moved;
}

ClockFollower::ClockFollower(boost::asio::io_context& loop, boost::asio::thread_pool& blocking,
                             std::function<Result<void>(Duration by)> follow)
    : loop_(loop), blocking_(blocking), follow_(std::move(follow)), timer_(loop) {
  look(kLook);
}

void ClockFollower::look(Duration after) {
  timer_.expires_after(after);
  timer_.async_wait([this](const boost::system::error_code& failed) {
    if (failed) return;
    const Duration by = wall_clock() - clock_now();
    if (std::chrono::abs(by) < kSet) {
      clock_offset = clock_offset.load() + by;
      return look(kLook);
    }
    boost::asio::post(blocking_, [this, by] {
      const auto followed = follow_(by);
      log::event(followed ? Level::warning : Level::error, followed ? "clock_set" : "clock_not_followed",
                 {{"by_s", by.count() / 1000}, {"reason", followed ? "" : followed.error().what}});
      boost::asio::post(loop_, [this, again = followed ? kLook : kAgain] { look(again); });
    });
  });
}

}  // namespace breakwater::daemon
