#include "daemon/own_hands.h"

#include <random>
#include <utility>

#include "daemon/clock.h"
#include "daemon/hands.h"
#include "daemon/sync.h"

namespace breakwater::daemon {

OwnHands::OwnHands(store::Store& store, config::Snapshot config)
    : store_(store), config_(std::move(config)), entropy_(std::random_device{}()) {}

// Lists get their rows by it: not for a command that only reads.
Result<void> OwnHands::begin() {
  if (in_force_.get()) return {};
  auto running = make_running(config_, store_, clock_now());
  if (!running) return running.error();
  in_force_.set(*running);
  return {};
}

Result<admin::Outcome> OwnHands::carry_out(const admin::Order& order) {
  if (auto begun = begin(); !begun) return begun.error();
  return StoreHands(store_, in_force_, sizes_, entropy_, [](const Effects&) {}).carry_out(order);
}

Result<std::string> OwnHands::change_membership(const admin::MemberOrder& order) {
  if (auto begun = begin(); !begun) return begun.error();
  return StoreHands(store_, in_force_, sizes_, entropy_, [](const Effects&) {}).change_membership(order);
}

Result<void> OwnHands::put_members(const std::string& list_address, const PutMembers& put) {
  if (auto begun = begin(); !begun) return begun.error();
  return StoreHands(store_, in_force_, sizes_, entropy_, [](const Effects&) {})
      .put_members(list_address, put);
}

Result<admin::SyncOutcome> OwnHands::sync(const admin::SyncOrder& order) {
  if (auto begun = begin(); !begun) return begun.error();
  ListSyncs syncs(JobQueue(store_, in_force_, sizes_, entropy_, [](const Effects&) {}), nullptr);
  return syncs.sync(order);
}

}  // namespace breakwater::daemon
