#include "daemon/own_hands.h"

#include <random>
#include <utility>

#include "daemon/clock.h"
#include "daemon/hands.h"

namespace breakwater::daemon {

OwnHands::OwnHands(store::Store& store, config::Snapshot config)
    : store_(store), config_(std::move(config)), entropy_(std::random_device{}()) {}

Result<admin::Outcome> OwnHands::carry_out(const admin::Order& order) {
  if (!in_force_.get()) {  // lists get their rows by it: not for a command that only reads
    auto running = make_running(config_, store_, clock_now());
    if (!running) return running.error();
    in_force_.set(*running);
  }
  return StoreHands(store_, in_force_, sizes_, entropy_, [](const Effects&) {}).carry_out(order);
}

}  // namespace breakwater::daemon
