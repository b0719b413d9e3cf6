// `breakwater storm ...`.
#include <memory>

#include "cli/groups.h"
#include "cli/storm_replay.h"
#include "cli/storm_simulate.h"
#include "cli/storm_status.h"

namespace breakwater::cli {
namespace {

constexpr std::int64_t kMostMembers = 1'000'000'000;

void add_replay(const Command& storm) {
  const Command replay = storm.add("replay", "what the guard would have made of a list's messages");
  replay.footer(
      "TRACE has one JSON object a line, in order of time: t (seconds since 1970), from, id, in_reply_to,\n"
      "references, subject, body, auto. Prints one JSON object a message and a summary at the end. Time is "
      "the\n"
      "trace's: years take seconds. Nothing is sent and nothing is stored.");
  const auto options = std::make_shared<ReplayOptions>();
  replay.option("TRACE", options->trace, "a file, or - for standard input").required();
  replay.option("--members", options->members, "how many people are on the list")
      .required()
      .between(0, kMostMembers);
  replay.option("--list", options->list_file, "take the guard's settings from this list's file")
      .type_name("FILE");
  replay
      .option(
          "--only", [options](const std::string&) { options->only_breaker = true; },
          "one defence alone: breaker")
      .one_of({"breaker"})
      .type_name("DEFENCE");
  replay.flag("--confirm", options->confirm,
              "senders confirm when asked, and moderators release, a minute later");
  replay.flag("--compare", options->compare,
              "the same messages under other servers' rules, as a table on standard error and in the "
              "summary");
  replay.runs([options] { return run_replay(*options); });
}

void add_simulate(const Command& storm) {
  const Command simulate = storm.add("simulate", "a real storm again, under our guard and others' rules");
  const auto options = std::make_shared<SimulateOptions>();
  const Option name = simulate.option("NAME", options->name, "of the storm; 'storm ls' has them");
  simulate.flag("--all", options->all, "every storm of the catalogue").excludes(name);
  simulate.option("--members", options->members, "another number of people on the list")
      .between(1, kMostMembers);
  simulate.option("--seed", options->seed, "another course of the same storm").shows_default();
  simulate.flag("--json", options->json, "one line of JSON a storm");
  simulate.flag("--trace", options->trace, "only print its messages, for 'storm replay'");
  simulate.runs([options] { return run_simulate(*options); });
}

}  // namespace

void add_storm_group(const Command& app, const Context& context) {
  const Command storm = app.group("storm", "reply-all storms: what is open, and trying them out");
  add_storm_status(storm, context);
  add_replay(storm);
  add_simulate(storm);
  const Command ls = storm.add("ls", "the storms that can be simulated, with what is known of them");
  const auto json = std::make_shared<bool>(false);
  ls.flag("--json", *json, "one line of JSON a storm");
  ls.runs([json] { return list_storms(*json); });
}

}  // namespace breakwater::cli
