// The table [guard] of a list's file: how the storm guard treats the list's postings.
#include <chrono>

#include "config/field_kinds.h"
#include "config/field_tables.h"
#include "storm/policy.h"

namespace breakwater::config {
namespace {

using namespace kinds;
using namespace std::chrono_literals;
using storm::BreakerOptions;
using storm::LargeReply;
using storm::Policy;

constexpr std::int64_t people = 1'000'000'000;
constexpr auto day = 24h;

Field large_reply() {
  Field field = choice(
      "large_reply", &Policy::large_reply,
      {{"divert", LargeReply::divert}, {"hold", LargeReply::hold}, {"distribute", LargeReply::distribute}},
      "What becomes of a reply that is sent to a large list all the same. \"divert\": it goes "
      "to the author of the message it answers. \"hold\": a moderator decides. "
      "\"distribute\": the list is for discussion; the breaker watches over it.");
  field.default_text = "by `reply_to`: \"divert\" with \"sender\", else \"distribute\"";
  field.example = "\"divert\"";
  return field;
}

// A member of the struct within Policy; the first of them stands for it among Policy's members.
Field of_breaker(Field field) {
  if (field.key != "breaker") field.covers = 0;
  return within(&Policy::breaker, std::move(field));
}

// The struct has a factor, the file whole percents: store and show replace those of the member named here.
Field sensitivity() {
  Field field = count("sensitivity_percent", &Policy::drift_percent, 10, 1000,
                      "How easily the breaker opens. 200: at half the usual score; 50: at twice.");
  field.covers = 0;
  field.store = [](void* owner, const Value& value) {
    static_cast<Policy*>(owner)->breaker.sensitivity =
        static_cast<double>(std::get<std::int64_t>(value)) / 100;
  };
  field.show = [](const void* owner) {
    return Value(
        static_cast<std::int64_t>(static_cast<const Policy*>(owner)->breaker.sensitivity * 100 + 0.5));
  };
  return field;
}

std::vector<Field> tiers() {
  return {
      count("confirm_above", &Policy::confirm_above, 0, people,
            "A posting that would reach more people than this is sent once its sender has confirmed it, "
            "with the number before their eyes. 0: never asked."),
      count("moderator_above", &Policy::moderator_above, 0, people,
            "Above this number a moderator releases it besides. 0: none is needed."),
      count("two_moderators_above", &Policy::two_moderators_above, 0, people,
            "Above this number two moderators release it. 0: two are never needed."),
      duration("confirm_within", &Policy::confirm_within, 1, 1min, 30 * day,
               "How long a sender may take to confirm; then the posting is dropped, and its sender told.")};
}

std::vector<Field> audience() {
  return {
      count("expect_members", &Policy::expect_members, 0, people,
            "The most people this list should ever reach; above it the list holds everything. 0: any "
            "number."),
      duration(
          "held_for", &Policy::held_for, 1, 0s, 3650 * day,
          "How long a message waits for a moderator. Then it is discarded and its author told; three days "
          "before, moderators get a list of what ends soon. \"0s\": for ever."),
      count("drift_percent", &Policy::drift_percent, 0, 1000,
            "By how much the audience may differ from the one last confirmed before the list holds "
            "everything until an owner has looked. 0: by any number."),
      count("large_audience", &Policy::large_audience, 0, people,
            "A list that reaches more people than this is large: replies go to the author (`large_reply`)."),
      large_reply()};
}

std::vector<Field> breaker() {
  return {of_breaker(
              flag("breaker", &BreakerOptions::enabled, "Hold replies when the list is in a storm of them.")),
          sensitivity(),
          of_breaker(duration("open_time", &BreakerOptions::open_time, 1, 1min, 7 * day,
                              "How long the breaker holds replies before it lets one through to try.")),
          of_breaker(duration("longest_open_time", &BreakerOptions::longest_open_time, 1, 1min, 30 * day,
                              "Each time the storm goes on the next try is further off, up to this. At least "
                              "`open_time`."))};
}

std::vector<Field> budgets() {
  return {
      count("sender_deliveries_per_hour", &Policy::sender_deliveries, 0, people,
            "Copies that one sender's postings to this list may make in an hour; over it they wait. 0: 20 "
            "postings to everybody, 20000 copies at least."),
      count("list_deliveries_per_hour", &Policy::list_deliveries, 0, people,
            "The same for all senders together. 0: 60 postings to everybody, 60000 copies at least.")};
}

}  // namespace

Section guard_section() {
  std::vector<Field> fields;
  for (auto& group : {tiers(), audience(), breaker(), budgets()}) {
    fields.insert(fields.end(), group.begin(), group.end());
  }
  return section_of<Policy>("guard", Shape::list_table,
                            "How the storm guard treats the list's postings; the defaults are right for most "
                            "lists. docs/storm.md has the reasons.",
                            std::move(fields));
}

}  // namespace breakwater::config
