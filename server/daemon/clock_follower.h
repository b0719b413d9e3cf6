// The wall clock was set: what waits moves along, then the server goes by the new time.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>

#include "config/config.h"
#include "daemon/dispatcher.h"
#include "store/store.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::daemon {

// At a start: the clock may have been set back while the server was down (store/clock_set.h). Blocks on the
// store's writer.
Result<void> bound_waits(store::Store& store, const config::Config& config, Instant now);

// Moves deadlines and the server's time by `by`, while nothing is in hand: an answer to what is would be held
// against the deadlines of the other clock. Blocks. Errors: Fault::busy where copies were in hand for all of
// `limit`, and at once while those still are; else the store's. Then nothing has moved.
Result<void> follow_clock(store::Store& store, Dispatcher& dispatcher, std::chrono::milliseconds limit,
                          Duration by);

// Looks at the wall clock every second, on `loop`: a small difference is followed at once, a larger one by
// `follow`, on `blocking`. It ends when the loop has stopped and `blocking` is joined.
class ClockFollower {
 public:
  ClockFollower(boost::asio::io_context& loop, boost::asio::thread_pool& blocking,
                std::function<Result<void>(Duration by)> follow);

 private:
  void look(Duration after);

  boost::asio::io_context& loop_;
  boost::asio::thread_pool& blocking_;
  std::function<Result<void>(Duration)> follow_;
  boost::asio::steady_timer timer_;
};

}  // namespace breakwater::daemon
