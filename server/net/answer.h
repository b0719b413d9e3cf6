// An answer that comes later and from any thread: the coroutine makes an Answer, hands its deliver() to who
// will know, and waits. Exactly the first call counts; a deliver() that is dropped uncalled ends the wait
// with nullopt.
//
// The Answer belongs to the thread of its executor. Its context must outlive the functions that deliver()
// made.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace breakwater::net {

template <class T>
class Answer {
 public:
  explicit Answer(const boost::asio::any_io_executor& executor) : slot_(std::make_shared<Slot>(executor)) {}

  // Call it once.
  std::function<void(T)> deliver() {
    return [ticket = std::make_shared<Ticket>(slot_)](T value) { ticket->settle(std::move(value)); };
  }

  // nullopt: too late, dropped, or abandoned.
  boost::asio::awaitable<std::optional<T>> wait(std::chrono::milliseconds limit) {
    slot_->timer.expires_after(limit);
    if (!slot_->settled) co_await slot_->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    slot_->settled = true;  // what comes now is too late
    co_return std::move(slot_->value);
  }

  // Ends the wait; on the thread of the executor.
  void abandon() { finish(*slot_, std::nullopt); }

 private:
  struct Slot {
    explicit Slot(const boost::asio::any_io_executor& on) : executor(on), timer(on) {}
    boost::asio::any_io_executor executor;
    boost::asio::steady_timer timer;  // a latch: cancelled when there is an answer
    std::optional<T> value;
    bool settled = false;
  };

  static void finish(Slot& slot, std::optional<T> value) {
    if (slot.settled) return;
    slot.settled = true;
    slot.value = std::move(value);
    slot.timer.cancel();
  }

  // Shared by the copies of one deliver().
  class Ticket {
   public:
    explicit Ticket(std::shared_ptr<Slot> slot) : slot_(std::move(slot)) {}
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket() { settle(std::nullopt); }

    void settle(std::optional<T> value) {
      if (settled_.exchange(true)) return;
      // Kept alive by what is posted: the session may be gone by then.
      auto on = slot_->executor;
      boost::asio::dispatch(
          on, [slot = std::move(slot_), got = std::move(value)]() mutable { finish(*slot, std::move(got)); });
    }

   private:
    std::shared_ptr<Slot> slot_;
    std::atomic<bool> settled_{false};
  };

  std::shared_ptr<Slot> slot_;
};

}  // namespace breakwater::net
