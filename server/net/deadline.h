// One deadline a session: extend() before what is to be waited for; when it is due, `on_due` runs (it cancels
// the socket), and passed() tells the coroutine why its operation was aborted.
//
// Belongs to the thread of its executor; the owner may destroy it at any time, `on_due` is not called
// afterwards. Extending costs no system call: the timer is left where it is, and when it fires too early it
// is set again.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

namespace breakwater::net {

class Deadline {
 public:
  Deadline(const boost::asio::any_io_executor& executor, std::function<void()> on_due);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  // Due in `duration` from now; what had passed has not passed any more.
  void extend(std::chrono::milliseconds duration);
  bool passed() const { return state_->passed; }

 private:
  using Clock = std::chrono::steady_clock;
  struct State {
    explicit State(const boost::asio::any_io_executor& executor) : timer(executor) {}
    boost::asio::steady_timer timer;
    std::function<void()> on_due;
    Clock::time_point due{}, fires{};
    bool armed = false, passed = false;
  };
  static void arm(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;  // shared with the wait under way
};

}  // namespace breakwater::net
