// `breakwater storm ...`.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/groups.h"
#include "cli/storm_replay.h"
#include "cli/storm_simulate.h"
#include "cli/storm_status.h"

namespace breakwater::cli {
namespace {

constexpr std::int64_t kMostMembers = 1'000'000'000;

void add_replay(CLI::App& storm, Context& context) {
  auto* replay = storm.add_subcommand("replay", "what the guard would have made of a list's messages");
  replay->footer(
      "TRACE has one JSON object a line, in order of time: t (seconds since 1970), from, id, in_reply_to,\n"
      "references, subject, body, auto. Prints one JSON object a message and a summary at the end. Time is "
      "the\n"
      "trace's: years take seconds. Nothing is sent and nothing is stored.");
  const auto options = std::make_shared<ReplayOptions>();
  replay->add_option("trace", options->trace, "a file, or - for standard input")
      ->required()
      ->type_name("TRACE");
  replay->add_option("--members", options->members, "how many people are on the list")
      ->required()
      ->check(CLI::Range(std::int64_t{0}, kMostMembers).description(""));
  replay->add_option("--list", options->list_file, "take the guard's settings from this list's file")
      ->type_name("FILE");
  replay
      ->add_option_function<std::string>(
          "--only", [options](const std::string&) { options->only_breaker = true; },
          "one defence alone: breaker")
      ->check(CLI::IsMember({"breaker"}).description(""))
      ->type_name("DEFENCE");
  replay->add_flag("--confirm", options->confirm,
                   "senders confirm when asked, and moderators release, a minute later");
  replay->add_flag("--compare", options->compare,
                   "the same messages under other servers' rules, as a table on standard error and in the "
                   "summary");
  replay->callback([&context, options] { context.command = [options] { return run_replay(*options); }; });
}

void add_simulate(CLI::App& storm, Context& context) {
  auto* simulate = storm.add_subcommand("simulate", "a real storm again, under our guard and others' rules");
  const auto options = std::make_shared<SimulateOptions>();
  auto* name = simulate->add_option("name", options->name, "of the storm; 'storm ls' has them");
  simulate->add_flag("--all", options->all, "every storm of the catalogue")->excludes(name);
  simulate->add_option("--members", options->members, "another number of people on the list")
      ->check(CLI::Range(std::int64_t{1}, kMostMembers).description(""));
  simulate->add_option("--seed", options->seed, "another course of the same storm")->capture_default_str();
  simulate->add_flag("--json", options->json, "one line of JSON a storm");
  simulate->add_flag("--trace", options->trace, "only print its messages, for 'storm replay'");
  simulate->callback([&context, options] { context.command = [options] { return run_simulate(*options); }; });
}

}  // namespace

void add_storm_group(CLI::App& app, Context& context) {
  auto* storm = app.add_subcommand("storm", "reply-all storms: what is open, and trying them out");
  storm->require_subcommand(1);
  add_storm_status(*storm, context);
  add_replay(*storm, context);
  add_simulate(*storm, context);
  auto* ls = storm->add_subcommand("ls", "the storms that can be simulated, with what is known of them");
  const auto json = std::make_shared<bool>(false);
  ls->add_flag("--json", *json, "one line of JSON a storm");
  ls->callback([&context, json] { context.command = [json] { return list_storms(*json); }; });
}

}  // namespace breakwater::cli
