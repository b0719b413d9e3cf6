#include "daemon/housekeeping.h"

#include <cstddef>

#include "daemon/clock.h"
#include "log/log.h"
#include "store/bounces.h"
#include "store/hold.h"
#include "store/member_orders.h"
#include "store/spool.h"
#include "store/storm_memory.h"
#include "store/subscriptions.h"

namespace breakwater::daemon {
namespace {

constexpr Duration kKeepFinished = std::chrono::hours{24 * 30};
constexpr std::size_t kAtOnce = 500;  // rows a write job: a long one would hold up the mail that comes in

struct Chore {
  const char* what;
  Result<void> (*prune)(store::Connection& db, Instant now);
};

template <class Number>
Result<void> done(const Result<Number>& pruned) {
  return pruned ? Result<void>() : pruned.error();
}

constexpr Chore kChores[] = {
    {"postings",
     [](store::Connection& db, Instant now) { return done(store::prune(db, now - kKeepFinished, kAtOnce)); }},
    {"tokens", [](store::Connection& db, Instant now) { return done(store::prune_tokens(db, now)); }},
    {"requests",
     [](store::Connection& db, Instant now) { return store::prune_subscriptions(db, now, kAtOnce); }},
    {"orders",
     [](store::Connection& db, Instant now) { return store::prune_member_orders(db, now, kAtOnce); }},
    {"storms",
     [](store::Connection& db, Instant now) { return done(store::prune_storm_records(db, now, kAtOnce)); }},
    {"bounces",
     [](store::Connection& db, Instant now) { return done(store::prune_member_bounces(db, now, kAtOnce)); }},
};

}  // namespace

void keep_house(store::Store& store) {
  for (const Chore& chore : kChores) {
    store.write([&chore](store::Connection& db) { return chore.prune(db, clock_now()); },
                [&chore](const Result<void>& pruned) {
                  if (pruned) return;
                  log::event(log::Level::error, "not_pruned",
                             {{"what", chore.what}, {"reason", pruned.error().what}});
                });
  }
}

}  // namespace breakwater::daemon
