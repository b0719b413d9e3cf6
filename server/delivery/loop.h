// One io_context's share of the courier: the errands that run there, those that wait, and the idle
// connections. Everything but load() happens on the loop's one thread.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "delivery/errand.h"
#include "delivery/opener.h"
#include "delivery/pool.h"

namespace breakwater::delivery {

class Loop : public std::enable_shared_from_this<Loop> {
 public:
  // `number`: by which it stands in `idle`, which all loops of the courier share.
  Loop(std::shared_ptr<const Setting> setting, boost::asio::io_context& context, std::size_t connections,
       std::size_t number, std::shared_ptr<IdleDirectory> idle);

  boost::asio::io_context& context() { return context_; }
  void deliver(std::unique_ptr<Errand> errand);
  // No further transactions; `done` when nothing runs any more, once.
  void stop(std::function<void()> done);
  void cut_off();

  // From any thread. expect() before the errand is posted, so that the next one sees it.
  void expect() { load_.fetch_add(1, std::memory_order_relaxed); }
  std::size_t load() const { return load_.load(std::memory_order_relaxed); }
  std::size_t open_connections() const { return open_.load(std::memory_order_relaxed); }

 private:
  // An errand with what may have to be cut off for it.
  struct Run {
    std::unique_ptr<Errand> errand;
    std::string key;
    Grip grip;
    int rests = 0;  // in a row, because the peer was busy
  };
  using RunPtr = std::shared_ptr<Run>;

  void pump();
  void start(std::unique_ptr<Errand> errand);
  void finish(const RunPtr& run, queue::Outcome rest, std::string trouble);
  boost::asio::awaitable<void> run(RunPtr run);
  // One connection's part of it; true: go on with another connection.
  boost::asio::awaitable<bool> hand_over(RunPtr run, std::shared_ptr<Connection> connection, bool reused);
  boost::asio::awaitable<std::shared_ptr<Connection>> connect(RunPtr run);
  std::shared_ptr<Connection> reuse(const RunPtr& run);
  void keep(const RunPtr& run, std::shared_ptr<Connection> connection);
  boost::asio::awaitable<void> linger(std::string key, std::shared_ptr<Connection> connection);
  boost::asio::awaitable<void> quit(std::shared_ptr<Connection> connection);
  void learn(const Connection& connection);
  boost::asio::awaitable<void> rest(RunPtr run);
  void evict();
  void farewell(std::shared_ptr<Connection> connection);
  std::function<void(std::exception_ptr)> tell_thrown();
  void tick();
  void tell_if_done();

  std::shared_ptr<const Setting> setting_;
  boost::asio::io_context& context_;
  const std::size_t limit_, number_;
  const std::shared_ptr<IdleDirectory> idle_;
  std::deque<std::unique_ptr<Errand>> waiting_;
  std::list<RunPtr> running_;
  std::list<std::weak_ptr<Wire>> leaving_;  // being told QUIT
  Pool pool_;
  DeadAddresses dead_;
  PeerHabits habits_;
  boost::asio::steady_timer ticker_;
  bool ticking_ = false, stopping_ = false, pumping_ = false;
  std::function<void()> done_;
  std::atomic<std::size_t> load_{0}, open_{0};
};

}  // namespace breakwater::delivery
