#include "delivery/loop.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

namespace breakwater::delivery {
namespace asio = boost::asio;
using Next = smtp::Client::Next;

namespace {
constexpr auto kTick = std::chrono::milliseconds{250};
constexpr auto kRest = std::chrono::seconds{1};
constexpr auto kRestStep = std::chrono::milliseconds{100};
constexpr int kRests = 3;  // 1 s, 2 s, 4 s
constexpr const char* kShutDown = "451 4.3.2 this server is being shut down";
constexpr const char* kStopped = "451 4.3.2 handing over was stopped";

std::string text_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& failure) {
    return failure.what();
  } catch (...) {
    return "unknown exception";
  }
}
}  // namespace

Loop::Loop(std::shared_ptr<const Setting> setting, asio::io_context& context, std::size_t connections,
           std::size_t number, std::shared_ptr<IdleDirectory> idle)
    : setting_(std::move(setting)),
      context_(context),
      limit_(std::max<std::size_t>(connections, 1)),
      number_(number),
      idle_(std::move(idle)),
      ticker_(context) {}

void Loop::deliver(std::unique_ptr<Errand> errand) {
  if (stopping_) {
    errand->finish(queue::Outcome::deferred, kShutDown);
    load_.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  waiting_.push_back(std::move(errand));
  pump();
}

void Loop::pump() {
  if (pumping_) return;  // an errand may end in start() already; the loop below goes on
  pumping_ = true;
  while (!waiting_.empty() && running_.size() < limit_) {
    auto errand = std::move(waiting_.front());
    waiting_.pop_front();
    start(std::move(errand));
  }
  pumping_ = false;
}

void Loop::start(std::unique_ptr<Errand> errand) {
  const auto run = std::make_shared<Run>();
  run->errand = std::move(errand);
  run->key = pool_key(run->errand->consignment().route, run->errand->consignment().domain);
  running_.push_back(run);
  tick();
  asio::co_spawn(context_, this->run(run),
                 [self = shared_from_this(), run](const std::exception_ptr& thrown) {
                   if (!thrown) return;
                   if (const auto wire = run->grip.wire.lock()) wire->cut();
                   self->finish(run, queue::Outcome::deferred,
                                "451 4.3.0 internal error in delivery: " + text_of(thrown));
                 });
}

std::function<void(std::exception_ptr)> Loop::tell_thrown() {
  return [setting = setting_](const std::exception_ptr& thrown) {
    if (thrown && setting->options.notice) setting->options.notice("", "internal error: " + text_of(thrown));
  };
}

void Loop::finish(const RunPtr& run, queue::Outcome rest, std::string trouble) {
  const auto place = std::find(running_.begin(), running_.end(), run);
  if (place == running_.end()) return;
  running_.erase(place);
  run->errand->finish(rest, std::move(trouble));
  load_.fetch_sub(1, std::memory_order_relaxed);
  pump();
  tell_if_done();
}

asio::awaitable<void> Loop::run(RunPtr run) {
  const auto self = shared_from_this();  // the coroutine owns what it uses
  auto connection = reuse(run);
  bool reused = connection != nullptr;
  for (;;) {
    if (!connection) connection = co_await connect(run);
    if (!connection) co_return;
    const bool again = co_await hand_over(run, std::move(connection), reused);
    if (!again) co_return;
    connection = nullptr;
    reused = false;
  }
}

std::shared_ptr<Connection> Loop::reuse(const RunPtr& run) {
  std::vector<std::shared_ptr<Connection>> dead;
  auto connection = pool_.take(run->key, dead);
  for (const auto& one : dead) one->wire->cut();
  open_.fetch_sub(dead.size(), std::memory_order_relaxed);
  const bool spoken_for = std::exchange(run->errand->spoken_for, false);
  idle_->add(
      run->key, number_,
      static_cast<int>(spoken_for) - static_cast<int>(connection != nullptr) - static_cast<int>(dead.size()));
  if (connection) run->grip.wire = connection->wire;
  return connection;
}

asio::awaitable<std::shared_ptr<Connection>> Loop::connect(RunPtr run) {
  while (running_.size() + pool_.size() > limit_ && pool_.size() > 0) evict();
  const queue::Consignment& consignment = run->errand->consignment();
  Opener opener(*setting_, context_, consignment.route, consignment.domain, run->grip, dead_, habits_);
  auto opened = co_await opener.open();
  run->errand->set_peer(opened.peer);
  if (opened.connection) {
    open_.fetch_add(1, std::memory_order_relaxed);
    run->errand->count_connection();
  } else {
    if (opened.rest == queue::Outcome::deferred && !run->grip.cut) run->errand->refuse();
    finish(run, opened.rest, std::move(opened.trouble));
  }
  co_return std::move(opened.connection);
}

asio::awaitable<bool> Loop::hand_over(RunPtr run, std::shared_ptr<Connection> connection, bool reused) {
  Errand& errand = *run->errand;
  smtp::Client& client = connection->client;
  const std::uint32_t ended = client.transactions();
  const std::size_t left = errand.todo().left();
  errand.set_peer(connection->peer);
  Next next = client.begin(errand, errand.content(), errand.todo(), errand.batch());
  next = co_await converse(*setting_, *connection, next);
  const std::uint32_t transactions = client.transactions() - ended;
  errand.count_transactions(transactions);
  // Of no use any more: an answer of 421, a reset, or nothing at all, before anything was handed over on a
  // connection that had been idle. That is no failure of the host, so a fresh connection tells.
  const bool stale = reused && next == Next::close && client.answers() <= 1 && errand.todo().left() == left;
  const bool timed_out = connection->wire->timed_out();
  const bool busy = client.busy();
  const bool by_data = client.refuses_chunks() && errand.todo().left() == left;  // on the next one
  std::string why = client.why();
  learn(*connection);
  if (client.taken() > 0) run->rests = 0;
  if (next == Next::ready && !client.worn()) {
    keep(run, std::move(connection));
  } else if (next == Next::ready) {
    farewell(std::move(connection));
  } else {
    connection->wire->cut();
    open_.fetch_sub(1, std::memory_order_relaxed);
  }
  if (errand.todo().empty()) {
    finish(run, queue::Outcome::deferred, {});
  } else if (run->grip.cut || stopping_) {
    finish(run, queue::Outcome::deferred, kShutDown);
  } else if (errand.stopped()) {
    finish(run, queue::Outcome::deferred, kStopped);
  } else if (busy && run->rests < kRests) {
    co_await rest(run);
    if (!run->grip.cut && !errand.stopped()) co_return true;
    finish(run, queue::Outcome::deferred, stopping_ ? kShutDown : kStopped);
  } else if ((transactions > 0 && !timed_out && !busy) || stale || by_data) {
    co_return true;  // what was achieved lets hope for more; each turn ends a transaction, so there is an end
  } else {
    if (transactions == 0 && errand.todo().left() == left) errand.refuse();
    finish(run, queue::Outcome::deferred, std::move(why));
  }
  co_return false;
}

void Loop::learn(const Connection& connection) {
  const smtp::Client& client = connection.client;
  const auto now = std::chrono::steady_clock::now();
  if (client.refuses_chunks()) {
    habits_.refused_chunks(connection.peer, now);
    if (setting_->options.notice) setting_->options.notice(connection.peer, client.why());
  }
  if (client.closed_after() > 0) habits_.closed_after(connection.peer, client.closed_after(), now);
}

// The peer answered a message with 421. Those behind it are not thrown at it at once, nor deferred at once.
asio::awaitable<void> Loop::rest(RunPtr run) {
  const auto self = shared_from_this();
  asio::steady_timer timer(context_);
  const auto end = std::chrono::steady_clock::now() + kRest * (1 << run->rests++);
  while (std::chrono::steady_clock::now() < end && !run->grip.cut && !run->errand->stopped()) {
    timer.expires_after(kRestStep);
    run->grip.lookup = &timer;
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    run->grip.lookup = nullptr;
  }
}

void Loop::keep(const RunPtr& run, std::shared_ptr<Connection> connection) {
  if (stopping_ || setting_->options.idle <= Duration::zero()) {
    farewell(std::move(connection));
    return;
  }
  pool_.put(run->key, connection);
  idle_->add(run->key, number_, 1);
  asio::co_spawn(context_, linger(run->key, std::move(connection)), tell_thrown());
}

// Waits beside the pool until the time is over or the peer closes; leaves quietly when the connection was
// taken.
asio::awaitable<void> Loop::linger(std::string key, std::shared_ptr<Connection> connection) {
  const auto self = shared_from_this();
  co_await connection->wire->idle(setting_->options.idle);
  if (!pool_.remove(key, connection)) co_return;
  idle_->add(key, number_, -1);
  if (connection->wire->quiet()) {
    farewell(std::move(connection));
    co_return;
  }
  connection->wire->cut();
  open_.fetch_sub(1, std::memory_order_relaxed);
  tell_if_done();
}

void Loop::evict() {
  auto connection = pool_.evict();
  idle_->add(connection->key, number_, -1);
  farewell(std::move(connection));
}

void Loop::farewell(std::shared_ptr<Connection> connection) {
  leaving_.push_back(connection->wire);
  asio::co_spawn(context_, quit(std::move(connection)), tell_thrown());
}

// RFC 5321 4.1.1.10: QUIT, and the reply is waited for, a little.
asio::awaitable<void> Loop::quit(std::shared_ptr<Connection> connection) {
  const auto self = shared_from_this();
  Next next = connection->client.quit();
  co_await converse(*setting_, *connection, next);
  connection->wire->cut();
  std::erase_if(leaving_, [&](const auto& one) { return one.lock() == connection->wire || one.expired(); });
  open_.fetch_sub(1, std::memory_order_relaxed);
  tell_if_done();
}

void Loop::tick() {
  if (ticking_ || running_.empty()) return;
  ticking_ = true;
  ticker_.expires_after(kTick);
  ticker_.async_wait([weak = weak_from_this()](boost::system::error_code failure) {
    const auto self = weak.lock();
    if (!self || failure) return;
    self->ticking_ = false;
    for (const RunPtr& run : self->running_) run->errand->tick();
    self->tick();
  });
}

void Loop::stop(std::function<void()> done) {
  stopping_ = true;
  if (done) done_ = std::move(done);
  for (const RunPtr& run : running_) run->errand->stop();
  while (pool_.size() > 0) evict();
  for (auto waiting = std::exchange(waiting_, {}); const auto& errand : waiting) {
    errand->finish(queue::Outcome::deferred, kShutDown);
    load_.fetch_sub(1, std::memory_order_relaxed);
  }
  tell_if_done();
}

void Loop::cut_off() {
  for (const RunPtr& run : running_) run->grip.cut_off();
  for (const auto& one : leaving_) {
    if (const auto wire = one.lock()) wire->cut();
  }
}

void Loop::tell_if_done() {
  if (!done_ || !running_.empty() || !waiting_.empty() || open_.load(std::memory_order_relaxed) != 0) return;
  std::exchange(done_, {})();
}

}  // namespace breakwater::delivery
