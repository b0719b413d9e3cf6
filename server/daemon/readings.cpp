#include "daemon/readings.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "log/log.h"
#include "store/digests.h"
#include "store/hold.h"
#include "store/ledger.h"
#include "store/moderation.h"
#include "store/storm_memory.h"
#include "store/sync_rows.h"
#include "storm/breaker.h"
#include "storm/verdict.h"

namespace breakwater::daemon {
namespace {

using storm::BreakerState;
using web::Gauges;

constexpr std::chrono::seconds kFresh{1};
// Newest first: an open breaker's thread is written with each of its postings.
constexpr std::size_t kThreads = 5000;
constexpr std::size_t kLists = 10'000;

double number_of(BreakerState state) {
  switch (state) {
    case BreakerState::closed: return 0;
    case BreakerState::half_open: return 1;
    case BreakerState::open: return 2;
  }
  return 0;
}

Result<void> read_held(store::Connection& db, web::Metrics& metrics) {
  const auto counts = store::held_counts(db);
  if (!counts) return counts.error();
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> lists;  // postings, deliveries
  std::int64_t deferred = 0;
  for (const store::HeldCount& count : *counts) {
    auto& [postings, deliveries] = lists[count.list_address];
    postings += count.postings;
    deliveries += count.spared;
    if (count.verdict == storm::name_of(storm::Verdict::defer)) deferred += count.postings;
  }
  std::vector<Gauges::Value> held, held_deliveries;
  for (const auto& [address, count] : lists) {
    held.push_back({{address}, static_cast<double>(count.first)});
    held_deliveries.push_back({{address}, static_cast<double>(count.second)});
  }
  metrics.held.replace(std::move(held));
  metrics.held_deliveries.replace(std::move(held_deliveries));
  metrics.deferred.set(static_cast<double>(deferred));
  return {};
}

Result<void> read_breakers(store::Connection& db, const Running& running, web::Metrics& metrics,
                           Instant now) {
  std::vector<Gauges::Value> states, scores, limits, reproduction, open_threads;
  const auto lists = store::storm_records(db, storm::Kind::list, now, kLists);
  if (!lists) return lists.error();
  for (const store::StormRecord& record : *lists) {
    const auto list = running.lists_by_id.find(record.list);
    if (list == running.lists_by_id.end() || !record.key.empty()) continue;
    const auto told =
        storm::report(storm::Kind::list, record.key, record.value, list->second->guard.breaker, now);
    if (!told) continue;
    const std::string address = list->second->address();
    states.push_back({{address}, number_of(told->state)});
    scores.push_back({{address}, told->score});
    limits.push_back({{address}, told->limit});
    reproduction.push_back({{address}, told->reproduction});
  }
  std::map<ListId, int> open;
  const auto threads = store::storm_records(db, storm::Kind::thread, now, kThreads);
  if (!threads) return threads.error();
  for (const store::StormRecord& record : *threads) {
    const auto list = running.lists_by_id.find(record.list);
    if (list == running.lists_by_id.end()) continue;
    const auto told =
        storm::report(storm::Kind::thread, record.key, record.value, list->second->guard.breaker, now);
    if (told) open[record.list] += told->state != BreakerState::closed;
  }
  for (const auto& [list, count] : open) {
    open_threads.push_back({{running.lists_by_id.at(list)->address()}, static_cast<double>(count)});
  }
  metrics.breaker_state.replace(std::move(states));
  metrics.breaker_score.replace(std::move(scores));
  metrics.breaker_limit.replace(std::move(limits));
  metrics.reproduction.replace(std::move(reproduction));
  metrics.open_threads.replace(std::move(open_threads));
  return {};
}

Result<void> read_syncs(store::Connection& db, const Running& running, web::Metrics& metrics) {
  std::vector<Gauges::Value> succeeded;
  for (const auto& [id, list] : running.lists_by_id) {
    if (list->sync.sources.empty()) continue;
    const auto last = store::last_sync(db, id);
    if (!last) return last.error();
    if (!*last || !(*last)->succeeded) continue;
    succeeded.push_back(
        {{list->address()}, std::chrono::duration<double>((*last)->succeeded->time_since_epoch()).count()});
  }
  metrics.sync_succeeded.replace(std::move(succeeded));
  return {};
}

Result<void> read_queue(store::Connection& db, web::Metrics& metrics, Instant now) {
  const auto lines = store::queue_by_route(db);
  if (!lines) return lines.error();
  std::vector<Gauges::Value> age, recipients;
  for (const store::RouteLine& line : *lines) {
    const std::string name = line.route.empty() ? "none" : line.route;
    const double seconds = std::chrono::duration<double>(now - line.oldest).count();
    age.push_back({{name}, std::max(0.0, seconds)});  // the clock may have been set back
    recipients.push_back({{name}, static_cast<double>(line.remaining)});
  }
  metrics.queue_age.replace(std::move(age));
  metrics.queue_recipients.replace(std::move(recipients));
  return {};
}

}  // namespace

std::string Readings::page(Instant now) {
  const auto steady = std::chrono::steady_clock::now();
  if (!read_at_ || steady - *read_at_ >= kFresh) {
    if (const auto done = read(now); !done) {
      log::event(log::Level::warning, "metrics_unread", {{"reason", done.error().what}});
      forget();
    }
    read_at_ = std::chrono::steady_clock::now();
  }
  metrics_.sessions.set(static_cast<double>(sessions_()));
  return metrics_.registry.text();
}

Result<void> Readings::read(Instant now) {
  const auto running = in_force_.get();
  auto reading = store_.read();
  store::Connection& db = reading.connection();
  if (auto done = read_held(db, metrics_); !done) return done;
  if (auto done = read_breakers(db, *running, metrics_, now); !done) return done;
  const auto frozen = store::frozen_lists(db);
  if (!frozen) return frozen.error();
  metrics_.frozen_lists.set(static_cast<double>(frozen->size()));
  const auto held_all = store::hold_alls(db);
  if (!held_all) return held_all.error();
  std::vector<Gauges::Value> all;
  for (const store::HoldAll& one : *held_all) {
    all.push_back({{one.list ? one.list_address : std::string("all lists")}, 1});
  }
  metrics_.held_all.replace(std::move(all));
  if (auto done = read_syncs(db, *running, metrics_); !done) return done;
  const auto backlogs = store::digest_backlogs(db);
  if (!backlogs) return backlogs.error();
  std::vector<Gauges::Value> waiting;
  for (const store::ListBacklog& one : *backlogs) {
    const auto list = running->lists_by_id.find(one.list);
    if (list == running->lists_by_id.end()) continue;
    waiting.push_back({{list->second->address()}, static_cast<double>(one.backlog.messages)});
  }
  metrics_.digest_waiting.replace(std::move(waiting));
  return read_queue(db, metrics_, now);
}

// What was true a while ago must not be taken for what is.
void Readings::forget() {
  for (Gauges* gauges :
       {&metrics_.breaker_state, &metrics_.breaker_score, &metrics_.breaker_limit, &metrics_.reproduction,
        &metrics_.open_threads, &metrics_.held, &metrics_.held_deliveries, &metrics_.deferred,
        &metrics_.frozen_lists, &metrics_.held_all, &metrics_.digest_waiting, &metrics_.sync_succeeded,
        &metrics_.queue_age, &metrics_.queue_recipients}) {
    gauges->replace({});
  }
}

}  // namespace breakwater::daemon
