// `breakwater demo`.
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

void add_demo(const Command& app, const Context& context) {
  const Command demo =
      app.add("demo", "try it: the real server on a temporary site, and one message to all, or a storm");
  const auto arguments = std::make_shared<DemoArguments>();
  auto& [plain, storm] = *arguments;
  plain.program = context.program;
  const Option members =
      demo.option("--members", plain.members, "members of the list that is posted to (a storm: those it had)")
          .between(1, 5'000'000)
          .shows_default();
  const Option sink = demo.option("--sink", plain.sink, "deliver to this server instead of a sink of its own")
                          .type_name("HOST:PORT");
  demo.option("--sink-latency-ms", plain.sink_latency_ms, "that its own sink takes for a transaction")
      .between(0, 60'000)
      .excludes(sink);
  const Option individual = demo.flag("--individual", plain.individual, "one recipient a transaction (VERP)");
  demo.flag("--chunking", plain.chunking, "its own sink offers CHUNKING").excludes(sink);
  const Option nested =
      demo.option("--nested", plain.nested,
                  "the members come by so many nested lists, half of each in the next one too")
          .between(1, 500);
  const Option domains = demo.option("--domains", plain.domains, "of the members' addresses")
                             .between(1, 5'000'000)
                             .shows_default();
  const Option size = demo.option("--size", plain.bytes, "bytes of the message's body")
                          .between(0, 20'000'000)
                          .shows_default();
  demo.flag("--once", plain.once, "end when all copies have arrived, or with the storm");
  demo.flag("--json", plain.json, "the result as one line of JSON");
  const Option name = demo.option("--storm", storm.storm, "play this storm ('storm ls' has them)")
                          .type_name("NAME")
                          .excludes(sink)
                          .excludes(individual)
                          .excludes(nested)
                          .excludes(domains)
                          .excludes(size);
  demo.option("--seconds", storm.seconds, "in which the storm's minutes are played")
      .between(1, 86'400)
      .needs(name)
      .shows_default();
  demo.option("--seed", storm.seed, "another course of the same storm").needs(name);
  demo.runs([arguments, members] { return run(*arguments, members.given()); });
}

}  // namespace breakwater::cli
