// `breakwater demo`.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/demo.h"
#include "cli/groups.h"

namespace breakwater::cli {

void add_demo(CLI::App& app, Context& context) {
  auto* demo =
      app.add_subcommand("demo", "try it: the real server on a temporary site, and one message to all");
  const auto options = std::make_shared<DemoOptions>();
  demo->add_option("--members", options->members, "members of the list that is posted to")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{5'000'000}).description(""))
      ->capture_default_str();
  demo->add_option("--sink", options->sink, "deliver to this server instead of a sink of its own")
      ->type_name("HOST:PORT");
  demo->add_flag("--individual", options->individual, "one recipient a transaction (VERP)");
  demo->add_flag("--once", options->once, "end when all copies have arrived");
  demo->add_flag("--json", options->json, "the result as one line of JSON");
  demo->callback([&context, options] { context.command = [options] { return run_demo(*options); }; });
}

}  // namespace breakwater::cli
