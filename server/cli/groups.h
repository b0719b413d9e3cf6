// The command groups: each adds its commands to the command line.
#pragma once

#include <functional>
#include <string>

#include "cli/command_line.h"

namespace breakwater::cli {

struct Context {
  std::string program;           // how a shell calls this program: its path, quoted, or its name in $PATH
  std::string config_file;       // -c, else $BREAKWATER_CONFIG, else the default
  std::function<int()> command;  // what was chosen; returns the exit status
};

void add_server_group(const Command& app, const Context& context);  // serve, check, config, reload, status
void add_list_group(const Command& app, const Context& context);
void add_member_group(const Command& app, const Context& context);
void add_user_group(const Command& app, const Context& context);
void add_queue_groups(const Command& app, const Context& context);    // queue, posting, why
void add_hold_groups(const Command& app, const Context& context);     // hold, audit
void add_bounce_group(const Command& app);                            // bounce
void add_template_group(const Command& app, const Context& context);  // template
void add_demo(const Command& app, const Context& context);
void add_storm_group(const Command& app, const Context& context);  // storm
void add_opponents(const Command& app);                            // sink, blast

}  // namespace breakwater::cli
