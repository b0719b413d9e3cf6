// `breakwater demo`.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/demo.h"
#include "cli/demo_storm.h"
#include "cli/groups.h"

namespace breakwater::cli {
namespace {

// The plain demo and the storm share what they can be told.
struct DemoArguments {
  DemoOptions plain;
  StormDemoOptions storm;
};

int run(const DemoArguments& arguments, bool members_given) {
  if (arguments.storm.storm.empty()) return run_demo(arguments.plain);
  StormDemoOptions storm = arguments.storm;
  storm.members = members_given ? arguments.plain.members : 0;
  storm.once = arguments.plain.once;
  storm.json = arguments.plain.json;
  storm.sink_latency_ms = arguments.plain.sink_latency_ms;
  storm.program = arguments.plain.program;
  return run_storm_demo(storm);
}

}  // namespace

void add_demo(CLI::App& app, Context& context) {
  auto* demo = app.add_subcommand(
      "demo", "try it: the real server on a temporary site, and one message to all, or a storm");
  const auto arguments = std::make_shared<DemoArguments>();
  auto& [plain, storm] = *arguments;
  plain.program = context.program;
  auto* members = demo->add_option("--members", plain.members,
                                   "members of the list that is posted to (a storm: those it had)")
                      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{5'000'000}).description(""))
                      ->capture_default_str();
  auto* sink = demo->add_option("--sink", plain.sink, "deliver to this server instead of a sink of its own")
                   ->type_name("HOST:PORT");
  demo->add_option("--sink-latency-ms", plain.sink_latency_ms, "that its own sink takes for a transaction")
      ->check(CLI::Range(0, 60'000).description(""))
      ->excludes(sink);
  auto* individual = demo->add_flag("--individual", plain.individual, "one recipient a transaction (VERP)");
  demo->add_flag("--chunking", plain.chunking, "its own sink offers CHUNKING")->excludes(sink);
  auto* nested =
      demo->add_option("--nested", plain.nested,
                       "the members come by so many nested lists, half of each in the next one too")
          ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{500}).description(""));
  auto* domains = demo->add_option("--domains", plain.domains, "of the members' addresses")
                      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{5'000'000}).description(""))
                      ->capture_default_str();
  auto* size = demo->add_option("--size", plain.bytes, "bytes of the message's body")
                   ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{20'000'000}).description(""))
                   ->capture_default_str();
  demo->add_flag("--once", plain.once, "end when all copies have arrived, or with the storm");
  demo->add_flag("--json", plain.json, "the result as one line of JSON");
  auto* name = demo->add_option("--storm", storm.storm, "play this storm ('storm ls' has them)")
                   ->type_name("NAME")
                   ->excludes(sink)
                   ->excludes(individual)
                   ->excludes(nested)
                   ->excludes(domains)
                   ->excludes(size);
  demo->add_option("--seconds", storm.seconds, "in which the storm's minutes are played")
      ->check(CLI::Range(1, 86'400).description(""))
      ->needs(name)
      ->capture_default_str();
  demo->add_option("--seed", storm.seed, "another course of the same storm")->needs(name);
  demo->callback([&context, arguments, members] {
    const bool given = members->count() > 0;
    context.command = [arguments, given] { return run(*arguments, given); };
  });
}

}  // namespace breakwater::cli
