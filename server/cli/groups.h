// The command groups: each adds its subcommands to the table and, when one is chosen, leaves what is to be run.
// CLI11's header is heavy: only the groups' own files include it.
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace breakwater::cli {

struct Context {
  std::string config_file;          // -c, else $BREAKWATER_CONFIG, else the default
  std::function<int()> command;     // what was chosen; returns the exit status
};

void add_opponents(CLI::App& app, Context& context);  // sink, blast

}  // namespace breakwater::cli
