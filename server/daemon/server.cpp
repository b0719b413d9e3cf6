#include "daemon/server.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <optional>
#include <random>
#include <thread>

#include "admin/control_socket.h"
#include "admin/desk.h"
#include "daemon/bounce_due.h"
#include "daemon/clock.h"
#include "daemon/clock_follower.h"
#include "daemon/digest_due.h"
#include "daemon/dispatcher.h"
#include "daemon/hands.h"
#include "daemon/held_due.h"
#include "daemon/held_end.h"
#include "daemon/housekeeping.h"
#include "daemon/logins.h"
#include "daemon/member_pages.h"
#include "daemon/purges.h"
#include "daemon/readings.h"
#include "daemon/reception.h"
#include "daemon/running.h"
#include "daemon/settings.h"
#include "daemon/store_directory.h"
#include "daemon/supervisor.h"
#include "daemon/sync.h"
#include "daemon/sync_schedule.h"
#include "daemon/tally.h"
#include "identity/digest.h"
#include "log/log.h"
#include "net/loops.h"
#include "pipeline/gate.h"
#include "store/bounces.h"
#include "store/directory.h"
#include "store/hold.h"
#include "store/ledger.h"
#include "store/member_orders.h"
#include "store/spool.h"
#include "store/storm_memory.h"
#include "store/subscriptions.h"
#include "web/http_listener.h"
#include "web/series.h"

namespace breakwater::daemon {
namespace {

using log::Level;
constexpr auto kHousekeeping = std::chrono::minutes{10};
constexpr Duration kHeldDue{500};
constexpr std::chrono::seconds kHeldEnds{5};  // it may walk all that is held
constexpr auto kLastWords = std::chrono::seconds{1};

std::uint64_t random_start() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

pipeline::Mac mac_with(std::string_view key) {
  return [key = identity::HmacKey(key)](std::string_view text) { return key.first_bytes(text); };
}

// The gate of one session, with the configuration it began with.
struct SessionGate : pipeline::Gate {
  explicit SessionGate(std::shared_ptr<const Running> running)
      : Gate(running->config->lists, running->closed, running->purged, running->config->hostname),
        held(std::move(running)) {}
  std::shared_ptr<const Running> held;
};

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

enum class Ending { orderly, could_not_start, disk_failed };

class Server : public admin::Live {
 public:
  explicit Server(std::string config_file) : config_file_(std::move(config_file)) {}
  Ending run();

 private:
  // admin::Live
  Result<std::string> reload() override;
  Result<void> without_reload(const std::function<Result<void>()>& act) override {
    const std::lock_guard no_reload(reload_mutex_);
    return act();
  }
  void list_purged() override {
    const std::lock_guard no_reload(reload_mutex_);
    if (!stopping_) forget_purged(*store_, in_force_);
  }
  void wake_queue() override { dispatcher_->look_again(); }
  std::map<std::string, admin::Pause> paused() override { return dispatcher_->paused(); }
  void posting_dropped(PostingId posting) override { dispatcher_->stopped(posting); }
  boost::json::object status() override;

  Result<void> start();
  Result<void> reroute(const Running& running);
  void tell_of_unclaimed_sockets(const config::Config& config) const;
  Result<std::string> secret(std::string_view name);  // made at the first start
  void on_signals();
  void on_watchdog();
  void on_housekeeping();
  Result<void> follow(Duration by);
  void on_held_due();
  void act_on_held_due();
  void look_for_held_due(Duration after);
  void tell(const Effects& effects);
  void drain();
  void last_words();
  Result<void> serve_pages(const config::Config& config);
  Result<std::unique_ptr<web::HttpListener>> listen_for_metrics(const config::Config& config);

  std::string config_file_;
  web::Metrics metrics_;  // outlives all who count
  Instant started_ = clock_now();
  std::vector<PassedSocket> passed_ = passed_sockets();
  AudienceSizes audience_sizes_;                  // of the writer's thread
  std::uint64_t write_entropy_ = random_start();  // of the writer's thread
  std::promise<Ending> ending_;  // these two outlive the store, whose writer says when the disk has failed
  std::once_flag ended_;
  std::unique_ptr<store::Store> store_;
  InForce in_force_;
  std::unique_ptr<net::Loops> loops_;
  std::unique_ptr<delivery::Courier> courier_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<Reception> reception_;
  std::unique_ptr<Logins> logins_;
  std::unique_ptr<net::SmtpServer> smtp_;
  std::unique_ptr<StoreHands> hands_;
  std::unique_ptr<ListSyncs> syncs_;
  std::optional<SyncSchedule> sync_schedule_;
  std::unique_ptr<Readings> readings_;
  std::unique_ptr<web::HttpListener> metrics_listener_;  // nullptr: none is configured
  std::unique_ptr<MemberPages> pages_;
  std::unique_ptr<admin::Desk> desk_;
  std::unique_ptr<admin::ControlSocket> control_;
  std::optional<boost::asio::signal_set> signals_;
  std::optional<boost::asio::steady_timer> watchdog_, housekeeping_, held_due_;
  std::chrono::steady_clock::time_point looked_for_ends_{};  // of the thread for chores
  std::optional<ClockFollower> clock_;
  boost::asio::thread_pool reloads_{1}, chores_{1}, purges_{1};
  std::atomic<bool> no_more_purges_ = false;
  std::mutex reload_mutex_;
  bool stopping_ = false;  // guarded by reload_mutex_

  void end(Ending ending) {
    std::call_once(ended_, [&] { ending_.set_value(ending); });
  }
};

void log_notes(const config::Loaded& loaded) {
  for (const config::Problem& note : loaded.notes) {
    log::event(Level::warning, "configuration_note", {{"file", note.file}, {"what", note.what}});
  }
}

Result<void> Server::start() {
  const std::lock_guard no_reload(reload_mutex_);  // whoever asks for one on the control socket waits
  auto loaded = config::load(config_file_);
  if (!loaded.config) {
    std::string text;
    for (const config::Problem& problem : loaded.problems) text += problem.text() + "\n";
    return error(Fault::invalid,
                 "the configuration has " + std::to_string(loaded.problems.size()) + " problem(s):\n" + text);
  }
  const config::Config& config = *loaded.config;
  log::init(log_options(config));
  log_notes(loaded);
  auto store = store::Store::open({.directory = config.data_dir}, started_);
  if (!store) return store.error();
  store_ = std::move(*store);
  store_->on_failure([this](const Error& failure) {
    log::event(Level::error, "disk_failed", {{"reason", failure.what}});
    end(Ending::disk_failed);
  });
  auto running = make_running(loaded.config, *store_, started_);
  if (!running) return running.error();
  (void)tell_of_purged(**running);
  if (auto rerouted = reroute(**running); !rerouted) return rerouted;
  in_force_.set(*running);
  if (auto bounded = bound_waits(*store_, config, started_); !bounded) return bounded;

  auto bounce_key = secret("bounce");
  if (!bounce_key) return bounce_key.error();
  auto login_key = secret("scram");
  if (!login_key) return login_key.error();
  auto unsubscribe_key = secret("unsubscribe");
  if (!unsubscribe_key) return unsubscribe_key.error();
  const pipeline::Mac mac = mac_with(*bounce_key);
  const lists::Mac leave_mac = mac_with(*unsubscribe_key);

  loops_ = std::make_unique<net::Loops>(config.threads ? config.threads
                                                       : std::max(1U, std::thread::hardware_concurrency()));
  auto courier = delivery::Courier::create(courier_options(config), loops_->all());
  if (!courier) return courier.error();
  courier_ = std::move(*courier);
  dispatcher_ = std::make_unique<Dispatcher>(*store_, in_force_, *courier_, mac, leave_mac, random_start());
  const auto tell_after = [this](const Effects& effects) { tell(effects); };
  reception_ = std::make_unique<Reception>(*store_, in_force_, mac, audience_sizes_, write_entropy_, metrics_,
                                           tell_after);
  hands_ = std::make_unique<StoreHands>(*store_, in_force_, audience_sizes_, write_entropy_, tell_after);
  syncs_ = std::make_unique<ListSyncs>(
      JobQueue(*store_, in_force_, audience_sizes_, write_entropy_, tell_after), &metrics_);
  logins_ = std::make_unique<Logins>(*store_, *login_key);
  const auto gate_of_session = [this] { return std::make_shared<SessionGate>(in_force_.get()); };
  smtp_ = std::make_unique<net::SmtpServer>(loops_->all(), *reception_, gate_of_session, logins_.get());
  if (auto bound = smtp_->configure(server_options(config), listener_settings(config, passed_)); !bound)
    return bound;
  tell_of_unclaimed_sockets(config);
  pages_ = std::make_unique<MemberPages>(loops_->first(), OneClick(*store_, in_force_, *hands_, leave_mac));
  desk_ = std::make_unique<admin::Desk>(admin::DeskOptions{[this] { return in_force_.get()->config; },
                                                           store_.get(), this, [] { return clock_now(); },
                                                           hands_.get(), syncs_.get()});
  auto control = admin::ControlSocket::open(config.control_socket, *desk_);
  if (!control) return control.error();
  control_ = std::move(*control);
  readings_ = std::make_unique<Readings>(metrics_, *store_, in_force_,
                                         [this] { return smtp_->counts().sessions_open; });
  if (auto served = serve_pages(config); !served) return served;
  dispatcher_->watch([this](const store::Posting& posting, const pipeline::Settled& settled, Instant now) {
    count_report(metrics_, posting, settled, now);
  });
  if (auto resumed = dispatcher_->start(); !resumed) return resumed;
  return {};
}

Result<void> Server::serve_pages(const config::Config& config) {
  auto monitored = listen_for_metrics(config);
  if (!monitored) return monitored.error();
  metrics_listener_ = std::move(*monitored);
  auto pages = pages_->prepare(config);
  if (!pages) return pages.error();
  pages_->serve(std::move(*pages));
  return {};
}

// Clients of such a socket wait in its queue for nobody.
void Server::tell_of_unclaimed_sockets(const config::Config& config) const {
  for (const PassedSocket& socket : unclaimed(config, passed_)) {
    log::event(Level::warning, "socket_unclaimed",
               {{"socket", socket.port_or_path},
                {"advice", "give it a [[listener]], or take it out of breakwater.socket"}});
  }
}

// nullptr: the configuration wants none.
Result<std::unique_ptr<web::HttpListener>> Server::listen_for_metrics(const config::Config& config) {
  if (config.metrics.listen.empty()) return std::unique_ptr<web::HttpListener>();
  web::HttpOptions options;
  options.address = config.metrics.listen;
  options.pages["/metrics"] = {"text/plain; version=0.0.4; charset=utf-8",
                               [this] { return readings_->page(clock_now()); }, ""};
  options.pages["/healthz"] = {"text/plain; charset=utf-8", nullptr, "ok\n"};
  auto listener = web::HttpListener::open(loops_->first(), std::move(options));
  if (!listener) return error(listener.error().fault, "metrics.listen: " + listener.error().what);
  if (!(*listener)->is_loopback()) {
    log::event(Level::warning, "metrics_open_to_all",
               {{"address", config.metrics.listen},
                {"advice", "whoever reaches this address reads the names of lists; use 127.0.0.1 or [::1]"}});
  }
  log::event(Level::info, "listening", {{"kind", "metrics"}, {"address", (*listener)->address()}});
  return listener;
}

Result<std::string> Server::secret(std::string_view name) {
  std::string key;
  auto written = store_->write_and_wait([&](store::Connection& db) -> Result<void> {
    auto found = store::secret(db, name);
    if (!found) return found.error();
    key = *found;
    return {};
  });
  if (!written) return written.error();
  return key;
}

Result<void> Server::follow(Duration by) {
  const std::lock_guard no_reload(reload_mutex_);
  if (stopping_) return error(Fault::busy, "the server is stopping");
  const auto limit = std::chrono::seconds{in_force_.get()->config->timeouts.drain_s};
  return follow_clock(*store_, *dispatcher_, limit, by);
}

Result<void> Server::reroute(const Running& running) {
  return store_->write_and_wait([&running](store::Connection& db) -> Result<void> {
    const auto& routes = running.config->routes;
    const auto valid = [&routes](std::string_view destination) {
      const auto [name, domain] = queue::split_destination(destination);
      const queue::Route* route = routes.by_name(name);
      return route != nullptr && (route->kind == queue::RouteKind::mx) == !domain.empty();
    };
    auto changed = store::reroute(db, route_of(running), valid);
    if (!changed) return changed.error();
    if (*changed > 0) log::event(Level::info, "rerouted", {{"slices", *changed}});
    return {};
  });
}

// Any thread that may block. On an error the old configuration stays in force, whole.
Result<std::string> Server::reload() {
  const std::lock_guard one_at_a_time(reload_mutex_);
  if (stopping_) return error(Fault::busy, "the server is stopping");
  notify_supervisor("RELOADING=1");
  const auto failed = [](std::string what) {
    notify_supervisor("READY=1");
    log::event(Level::error, "reload_failed", {{"reason", what}});
    return error(Fault::invalid, "the old configuration stays in force: " + what);
  };
  auto loaded = config::load(config_file_);
  if (!loaded.config) {
    std::string text;
    for (const config::Problem& problem : loaded.problems) text += "\n" + problem.text();
    return failed(text);
  }
  auto running = make_running(loaded.config, *store_, clock_now());
  if (!running) return failed(running.error().what);
  const config::Config& config = *loaded.config;
  const bool same_metrics = config.metrics.listen == in_force_.get()->config->metrics.listen;
  auto monitored = same_metrics ? std::unique_ptr<web::HttpListener>() : listen_for_metrics(config);
  if (!monitored) return failed(monitored.error().what);
  auto pages = pages_->prepare(config);
  if (!pages) return failed(pages.error().what);
  auto bound = smtp_->configure(server_options(config), listener_settings(config, passed_));
  if (!bound) return failed(bound.error().what);
  tell_of_unclaimed_sockets(config);
  // From here on the new configuration is in force, whatever comes.
  if (!same_metrics) metrics_listener_ = std::move(*monitored);
  pages_->serve(std::move(*pages));
  const auto old = in_force_.get();
  log::init(log_options(config));
  log_notes(loaded);
  std::string queue_note;
  if (keeps_routes(*old->config, config)) {
    in_force_.set(*running);
    dispatcher_->look_again();
  } else if (dispatcher_->hold(std::chrono::seconds{config.timeouts.drain_s})) {
    in_force_.set(*running);
    if (auto rerouted = reroute(**running); !rerouted) queue_note = rerouted.error().what;
    dispatcher_->release();
  } else {
    in_force_.set(*running);
    dispatcher_->release();
    queue_note = "copies were being handed over all the while";
  }
  if (!queue_note.empty()) {
    queue_note = "; but queued mail for routes that are gone waits for the next reload: " + queue_note;
    log::event(Level::error, "not_rerouted", {{"reason", queue_note}});
  }
  notify_supervisor("READY=1");
  log::event(Level::info, "reloaded",
             {{"lists", config.lists.size()}, {"listeners", config.listeners.size()}});
  const auto counted = [](std::size_t count, const char* one) {
    return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
  };
  return "reloaded: " + counted(config.lists.size(), "list") + ", " +
         counted(config.listeners.size(), "listener") + tell_of_purged(**running);
}

boost::json::object Server::status() {
  const net::ServerCounts counts = smtp_->counts();
  boost::json::array listeners;
  for (const net::LocalEndpoint& endpoint : smtp_->local_endpoints()) {
    listeners.push_back(boost::json::object{{"name", endpoint.name}, {"address", endpoint.address}});
  }
  if (const auto web = pages_->address())
    listeners.push_back(boost::json::object{{"name", "web"}, {"address", *web}});
  return {{"version", BREAKWATER_VERSION},
          {"pid", getpid()},
          {"uptime_s", (clock_now() - started_).count() / 1000},
          {"listeners", std::move(listeners)},
          {"lists", in_force_.get()->config->lists.size()},
          {"sessions", counts.sessions_open},
          {"messages", counts.messages},
          {"transactions", dispatcher_->transactions()},
          {"slices_in_hand", dispatcher_->in_hand()},
          {"connections_out", courier_->open_connections()}};
}

void Server::on_signals() {
  signals_->async_wait([this](const boost::system::error_code& failed, int signal) {
    if (failed) return;
    if (signal != SIGHUP) return end(Ending::orderly);
    // Off the loop: a reload waits for the store.
    boost::asio::post(reloads_, [this] { (void)reload(); });
    on_signals();
  });
}

void Server::on_watchdog() {
  const auto interval = watchdog_interval();
  if (!interval) return;
  notify_supervisor("WATCHDOG=1");
  watchdog_->expires_after(*interval);
  watchdog_->async_wait([this](const boost::system::error_code& failed) {
    if (!failed) on_watchdog();
  });
}

void Server::on_housekeeping() {
  boost::asio::post(purges_, [this] { finish_purges(*store_, no_more_purges_, [this] { list_purged(); }); });
  housekeeping_->expires_after(kHousekeeping);
  housekeeping_->async_wait([this](const boost::system::error_code& failed) {
    if (failed) return;
    keep_house(*store_);
    on_housekeeping();
  });
}

void Server::tell(const Effects& effects) {
  for (const PostingId posting : effects.stopped) dispatcher_->stopped(posting);
  for (const auto& [posting, recipients] : effects.opened) dispatcher_->opened(posting, recipients);
  count_digests(metrics_, effects);
}

// What waits for its time: held postings, one a job, then what bounces lead to, then digests; the next job at
// once while there are more. Whether there is one is asked of a reader: an idle server writes nothing.
void Server::on_held_due() {
  boost::asio::post(chores_, [this] {
    auto reading = store_->read();
    const Instant now = clock_now();
    store::Connection& db = reading.connection();
    for (const auto& due : {store::next_due(db), store::next_bounce_due(db)}) {
      if (due && *due && **due <= now) return act_on_held_due();
    }
    if (const auto due = digests_due(db, *in_force_.get(), now); due && *due) return act_on_held_due();
    const auto steady = std::chrono::steady_clock::now();
    if (steady - looked_for_ends_ >= kHeldEnds) {
      const auto ends = held_ends(db, *in_force_.get(), now);
      if (ends && *ends) return act_on_held_due();
      looked_for_ends_ = steady;
    }
    look_for_held_due(kHeldDue);
  });
}

void Server::act_on_held_due() {
  struct Work {
    std::shared_ptr<const Running> running;
    Effects effects;
  };
  const auto work = std::make_shared<Work>();
  work->running = in_force_.get();
  store_->write(
      [this, work](store::Connection& db) -> Result<void> {
        WriteJob job{db, *work->running, audience_sizes_, clock_now(), write_entropy_, work->effects};
        auto acted = act_on_due(job);
        if (acted && !*acted) acted = act_on_bounces_due(job);
        if (acted && !*acted) acted = act_on_digests_due(job);
        if (acted && !*acted) acted = act_on_held_ends(job);
        return acted ? Result<void>() : Result<void>(acted.error());
      },
      [this, work](const Result<void>& written) {
        if (written) tell(work->effects);
        if (!written) log::event(Level::error, "held_not_released", {{"reason", written.error().what}});
        look_for_held_due(written ? Duration{0} : kHeldDue);
      });
}

void Server::look_for_held_due(Duration after) {
  boost::asio::post(loops_->first(), [this, after] {
    held_due_->expires_after(after);
    held_due_->async_wait([this](const boost::system::error_code& failed) {
      if (!failed) on_held_due();
    });
  });
}

// No new connections; sessions and transactions under way end; what was reported is committed. What is left
// in the queue is there at the next start.
void Server::drain() {
  const auto limit = std::chrono::seconds{in_force_.get()->config->timeouts.drain_s};
  notify_supervisor("STOPPING=1");
  log::event(Level::info, "draining",
             {{"sessions", smtp_->counts().sessions_open}, {"in_hand", dispatcher_->in_hand()}});
  control_.reset();
  dispatcher_->stop();
  std::promise<void> received, delivered;
  smtp_->drain(limit, [&received] { received.set_value(); });
  courier_->shutdown(limit, [&delivered] { delivered.set_value(); });
  received.get_future().wait();
  delivered.get_future().wait();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  while (dispatcher_->unsettled() > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(
        std::chrono::milliseconds{5});  // the last reports are on their way to the store
  }
}

// The disk has failed: sessions that wait hear 451, and nothing is handed over any more, since what cannot be
// recorded would be sent twice.
void Server::last_words() {
  dispatcher_->stop();
  std::promise<void> answered, ended;
  courier_->shutdown(std::chrono::seconds{0}, [&ended] { ended.set_value(); });
  smtp_->drain(kLastWords, [&answered] { answered.set_value(); });
  answered.get_future().wait();
  ended.get_future().wait();
}

Ending Server::run() {
  if (auto started = start(); !started) {
    std::fprintf(stderr, "breakwater: cannot start: %s\n", started.error().what.c_str());
    return Ending::could_not_start;
  }
  signals_.emplace(loops_->first(), SIGTERM, SIGINT, SIGHUP);
  watchdog_.emplace(loops_->first());
  housekeeping_.emplace(loops_->first());
  held_due_.emplace(loops_->first());
  clock_.emplace(loops_->first(), reloads_, [this](Duration by) { return follow(by); });
  sync_schedule_.emplace(loops_->first(), *store_, in_force_, *syncs_);
  on_signals();
  on_watchdog();
  on_housekeeping();
  on_held_due();
  loops_->run();
  for (const net::LocalEndpoint& endpoint : smtp_->local_endpoints()) {
    log::event(Level::info, "listening", {{"kind", endpoint.name}, {"address", endpoint.address}});
  }
  log::event(Level::info, "ready", {{"lists", in_force_.get()->config->lists.size()}, {"pid", getpid()}});
  notify_supervisor("READY=1");
  const Ending ending = ending_.get_future().get();
  {
    const std::lock_guard no_more_reloads(reload_mutex_);
    stopping_ = true;
  }
  reloads_.join();
  syncs_->stop();  // before the control socket waits for whoever asked for one
  if (ending == Ending::orderly) {
    drain();
  } else {
    last_words();
  }
  // Taken apart in the order of who calls whom. The store runs what waits before it closes, and answers
  // sessions whose loops have stopped but must still be there; coroutines end with the loops and report to
  // the dispatcher, which is there but listens no more.
  control_.reset();
  metrics_listener_.reset();  // waits for the page that is being written
  pages_->close();            // likewise
  loops_->stop();
  no_more_purges_ = true;
  purges_.join();
  chores_.join();
  sync_schedule_->join();
  sync_schedule_.reset();
  // Until now a handler under way, a write job or a reload may have set them anew.
  watchdog_.reset();
  housekeeping_.reset();
  held_due_.reset();
  clock_.reset();
  dispatcher_->end();
  logins_.reset();
  store_.reset();
  smtp_.reset();
  courier_.reset();
  signals_.reset();  // a second one, or a reload asked for now, would have ended the process until here
  loops_.reset();
  log::event(Level::info, "stopped");
  return ending;
}

}  // namespace

int serve(const std::string& config_file) {
  signal(SIGPIPE, SIG_IGN);
  // Where no server runs yet, or none any more, there is nothing to reload, and nobody may be ended by it.
  signal(SIGHUP, SIG_IGN);
  raise_descriptor_limit();
  const Ending ending = Server(config_file).run();
  if (ending != Ending::disk_failed) return ending == Ending::orderly ? 0 : 1;
  // What this process believes of the database may not be what the disk has: begin anew, from the disk (the
  // lock and all descriptors close on exec).
  signal(SIGHUP, SIG_IGN);  // the server gave it back
  return start_anew(config_file);
}

}  // namespace breakwater::daemon
