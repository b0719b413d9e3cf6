// The command groups: each adds its subcommands to the table and, when one is chosen, leaves what is to be
// run. CLI11's header is heavy: only the groups' own files include it.
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace breakwater::cli {

struct Context {
  std::string program;           // how a shell calls this program: its path, quoted, or its name in $PATH
  std::string config_file;       // -c, else $BREAKWATER_CONFIG, else the default
  std::function<int()> command;  // what was chosen; returns the exit status
};

void add_server_group(CLI::App& app, Context& context);  // serve, check, config, reload, status
void add_list_group(CLI::App& app, Context& context);
void add_member_group(CLI::App& app, Context& context);
void add_user_group(CLI::App& app, Context& context);
void add_queue_groups(CLI::App& app, Context& context);    // queue, posting, why
void add_hold_groups(CLI::App& app, Context& context);     // hold, audit
void add_bounce_group(CLI::App& app, Context& context);    // bounce
void add_template_group(CLI::App& app, Context& context);  // template
void add_demo(CLI::App& app, Context& context);
void add_storm_group(CLI::App& app, Context& context);  // storm
void add_opponents(CLI::App& app, Context& context);    // sink, blast

}  // namespace breakwater::cli
