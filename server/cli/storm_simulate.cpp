#include "cli/storm_simulate.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdio>

#include "cli/print.h"
#include "cli/storm_guard.h"
#include "opponents/storm_generator.h"
#include "opponents/storm_peers.h"
#include "opponents/storm_trace.h"
#include "storm/plain_memory.h"

namespace breakwater::cli {
namespace {

struct Ours {
  const char* name;
  const char* rule;
  bool only_breaker, confirm;
};

constexpr Ours kOurs[] = {
    {"Breakwater, breaker alone", "replies are scored; the thread or the list opens and closes by itself",
     true, false},
    {"Breakwater, all defences", "as shipped; nobody answers the confirmation of the first message", false,
     false},
    {"Breakwater, confirmed", "all defences; senders confirm and moderators release, a minute later each",
     false, true},
};

Result<opponents::StormTally> under(const Ours& ours, std::int64_t members,
                                    const std::vector<storm::TraceRow>& rows) {
  const storm::Policy policy;
  const auto guard = our_guard(policy, ours.only_breaker);
  storm::PlainMemory memory;
  opponents::StormCourse course({members, ours.confirm, {}}, guard, memory, nullptr);
  for (const auto& row : rows) {
    if (const auto done = course.take(row); !done) return done.error();
  }
  if (const auto done = course.finish(); !done) return done.error();
  return course.tally();
}

void print_storm(const opponents::Storm& storm, std::int64_t members, const std::vector<RuleRow>& rows) {
  const auto messages = static_cast<std::uint64_t>(storm.posts) + 1;
  std::printf("%s: %s to %s within %s\n", std::string(storm.name).c_str(),
              counted(messages, "message").c_str(),
              (with_commas(static_cast<std::uint64_t>(members)) + " people").c_str(),
              counted(static_cast<std::uint64_t>(storm.minutes), "minute").c_str());
  std::printf("%s\n", wrapped(storm.facts, 100, "  ").c_str());
  print_rules(rows, stdout);
  std::printf("\n");
}

int show(const opponents::Storm& storm, const SimulateOptions& options, bool last) {
  const std::int64_t members = options.members > 0 ? options.members : storm.audience;
  if (options.trace) {
    for (const auto& row : opponents::make_storm(storm, {members, options.seed}))
      std::printf("%s\n", opponents::trace_line(row).c_str());
    return 0;
  }
  const auto rows = simulate(storm, members, options.seed);
  if (!rows) return fail(rows.error());
  if (options.json) {
    print_json(
        {{"storm", storm.name}, {"members", members}, {"seed", options.seed}, {"rules", rules_json(*rows)}});
    return 0;
  }
  print_storm(storm, members, *rows);
  if (last) print_notes(*rows, stdout);
  return 0;
}

}  // namespace

Result<std::vector<RuleRow>> simulate(const opponents::Storm& storm, std::int64_t members,
                                      std::uint64_t seed) {
  const auto messages = opponents::make_storm(storm, {members, seed});
  std::vector<RuleRow> rows;
  for (const auto& peer : opponents::peer_rules(members)) {
    for (const auto& message : messages) peer->take(message);
    rows.push_back({std::string(peer->name()), std::string(peer->rule()), peer->tally()});
  }
  for (const Ours& ours : kOurs) {
    const auto tally = under(ours, members, messages);
    if (!tally) return tally.error();
    rows.push_back({ours.name, ours.rule, *tally});
  }
  return rows;
}

int run_simulate(const SimulateOptions& options) {
  if (!options.all) {
    const auto* storm = opponents::find_storm(options.name);
    if (storm != nullptr) return show(*storm, options, true);
    return fail(
        error(Fault::not_found, (options.name.empty() ? "name a storm" : "no storm '" + options.name + "'") +
                                    "; there are " + opponents::storm_names()));
  }
  const auto all = opponents::storm_catalogue();
  for (const auto& storm : all) {
    if (const int status = show(storm, options, &storm == &all.back()); status != 0) return status;
  }
  return 0;
}

int list_storms(bool json) {
  for (const auto& storm : opponents::storm_catalogue()) {
    if (json) {
      print_json({{"name", storm.name},
                  {"audience", storm.audience},
                  {"messages", storm.posts + 1},
                  {"minutes", storm.minutes},
                  {"subject", storm.subject},
                  {"facts", storm.facts}});
      continue;
    }
    std::printf("%s: %s people, %s in %d minutes\n%s\n", std::string(storm.name).c_str(),
                with_commas(static_cast<std::uint64_t>(storm.audience)).c_str(),
                counted(static_cast<std::uint64_t>(storm.posts) + 1, "message").c_str(), storm.minutes,
                wrapped(storm.facts, 100, "  ").c_str());
  }
  return 0;
}

}  // namespace breakwater::cli
