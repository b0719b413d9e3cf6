// The table [bounces] of a list's file: what becomes of members whose mail comes back.
#include <chrono>

#include "config/field_kinds.h"
#include "config/field_tables.h"
#include "lists/bounce_score.h"

namespace breakwater::config {
namespace {

using namespace kinds;
using namespace std::chrono_literals;
using lists::BouncePolicy;

constexpr auto day = 24h;

}  // namespace

Section bounces_section() {
  return section_of<BouncePolicy>(
      "bounces", Shape::list_table,
      "What becomes of members whose mail comes back; docs/bounces.md tells it in order.",
      {flag(
           "enabled", &BouncePolicy::enabled,
           "Count bounces, probe members who bounce, and stop the delivery to those whose probe bounces too. "
           "false: bounces are only recorded."),
       count("threshold", &BouncePolicy::threshold, 1, 100,
             "Points at which a member is probed. A day with a bounce for good is one point, a day with a "
             "passing one half a point."),
       duration("stale", &BouncePolicy::stale, 1, day, 180 * day,
                "After so long without a bounce the score begins anew. A list with one posting a month wants "
                "more than a month."),
       duration("probe_wait", &BouncePolicy::probe_wait, 1, day, 60 * day,
                "How long a probe may take to bounce; if it has not by then, the score begins anew."),
       duration("accept_for", &BouncePolicy::accept_for, 1, day, 60 * day,
                "How old a copy may be, by the day signed into its reverse-path, for its bounce to be "
                "believed. Later ones are noted in the log only."),
       count("spike_percent", &BouncePolicy::spike_percent, 0, 100,
             "When more of a posting's recipients than this, who had not bounced before, bounce on it, the "
             "posting was the reason: its bounces count against nobody, and the owners are told. 0: never."),
       count("spike_members", &BouncePolicy::spike_members, 1, 1'000'000'000,
             "And at least so many of them: on a small list three bounces are no spike.")});
}

}  // namespace breakwater::config
