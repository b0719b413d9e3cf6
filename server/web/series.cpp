#include "web/series.h"

namespace breakwater::web {
namespace {

constexpr double kSeconds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                               1,     2.5,    5,     10,   30,    60,   300, 900,  3600};

}  // namespace

Metrics::Metrics()
    : postings(registry.counters({"breakwater_postings_total",
                                  "Postings by the guard's verdict and the line of defence it came from.",
                                  {"verdict", "defence"}})),
      deliveries(
          registry.counters({"breakwater_deliveries_total", "Copies that a next server has taken.", {}})),
      spared(registry.counters({"breakwater_deliveries_spared_total",
                                "Copies that were not made, since a posting was refused, diverted, held or "
                                "discarded. What is released later counts as delivered as well.",
                                {}})),
      failed(registry.counters(
          {"breakwater_deliveries_failed_total", "Recipients that were given up: bounced or expired.", {}})),
      refused(registry.counters(
          {"breakwater_refused_total", "Recipients refused when their message was whole.", {}})),
      sync_added(registry.counters(
          {"breakwater_sync_members_added_total", "Members that syncs have added.", {"list"}})),
      sync_removed(registry.counters(
          {"breakwater_sync_members_removed_total", "Members that syncs have removed.", {"list"}})),
      sync_failures(registry.counters(
          {"breakwater_sync_failures_total", "Syncs that failed and changed nothing.", {"list"}})),
      digests(registry.counters(
          {"breakwater_digests_total", "Digests written, one for each form that somebody wants.", {"list"}})),
      ordinary_mail(registry.timings({"breakwater_ordinary_mail_seconds",
                                      "From taking (or releasing) a posting to at most 50 people to a next "
                                      "server's taking copies of it.",
                                      {}},
                                     kSeconds)),
      sessions(registry.gauges({"breakwater_sessions", "SMTP and LMTP sessions that are open.", {}})),
      breaker_state(registry.gauges(
          {"breakwater_breaker_state", "The list's breaker: 0 closed, 1 half-open, 2 open.", {"list"}})),
      breaker_score(registry.gauges(
          {"breakwater_breaker_score", "Evidence of a storm on the list; it opens at the limit.", {"list"}})),
      breaker_limit(registry.gauges(
          {"breakwater_breaker_limit", "The score at which the list's breaker opens.", {"list"}})),
      reproduction(registry.gauges({"breakwater_reproduction_number",
                                    "Replies that a reply begets, estimated; above 1 a storm grows.",
                                    {"list"}})),
      open_threads(registry.gauges(
          {"breakwater_open_threads", "Threads of the list whose breaker is open or half-open.", {"list"}})),
      held(registry.gauges(
          {"breakwater_held_postings", "Postings that wait for a person or a time.", {"list"}})),
      held_deliveries(registry.gauges(
          {"breakwater_held_deliveries", "Copies that the held postings would make.", {"list"}})),
      deferred(registry.gauges({"breakwater_deferred_postings",
                                "Held postings that go out by themselves when budget is there.",
                                {}})),
      digest_waiting(registry.gauges({"breakwater_digest_waiting_postings",
                                      "Postings that wait for the list's next digest.",
                                      {"list"}})),
      frozen_lists(registry.gauges({"breakwater_frozen_lists", "Lists that a person has frozen.", {}})),
      held_all(registry.gauges({"breakwater_hold_all",
                                "1 where everything that comes waits for moderators, by a person's order.",
                                {"list"}})),
      sync_succeeded(
          registry.gauges({"breakwater_sync_last_success_seconds",
                           "When the list was last in step with its sources, in seconds since 1970.",
                           {"list"}})),
      queue_age(registry.gauges(
          {"breakwater_queue_age_seconds", "Age of the oldest posting with recipients to do.", {"route"}})),
      queue_recipients(registry.gauges(
          {"breakwater_queue_recipients", "Recipients that are not settled yet.", {"route"}})) {}

}  // namespace breakwater::web
