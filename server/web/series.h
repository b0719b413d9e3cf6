// Every series that the server shows, by name: docs/metrics.md has them one by one. One object a process,
// made before what counts and destroyed after it; any thread.
#pragma once

#include <string>

#include "web/metrics.h"

namespace breakwater::web {

struct Metrics {
  Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Registry registry;

  // Counted where it happens.
  Counters& postings;       // verdict, defence
  Counters& deliveries;     // copies handed over
  Counters& spared;         // copies that a verdict kept from being made
  Counters& failed;         // recipients that bounced
  Counters& refused;        // messages refused in the session
  Counters& sync_added;     // list: members
  Counters& sync_removed;   // list: members
  Counters& sync_failures;  // list
  Counters& digests;        // list
  Timings& ordinary_mail;

  // Read when the page is asked for.
  Gauges& sessions;
  Gauges& breaker_state;    // list: 0 closed, 1 half-open, 2 open
  Gauges& breaker_score;    // list
  Gauges& breaker_limit;    // list
  Gauges& reproduction;     // list
  Gauges& open_threads;     // list
  Gauges& held;             // list
  Gauges& held_deliveries;  // list
  Gauges& deferred;
  Gauges& digest_waiting;  // list
  Gauges& frozen_lists;
  Gauges& held_all;          // list, or "all lists"
  Gauges& sync_succeeded;    // list: seconds since 1970
  Gauges& queue_age;         // route
  Gauges& queue_recipients;  // route
};

// Mail whose time in the house is watched: to at most this many people.
inline constexpr int ordinary_recipients = 50;

}  // namespace breakwater::web
