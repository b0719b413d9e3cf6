#include "cli/cli.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <exception>

#include "cli/groups.h"
#include "cli/help_page.h"
#include "cli/print.h"

namespace breakwater::cli {
namespace {

constexpr const char* kFooter = R"(
'breakwater COMMAND --help' has a command's own commands and options. Where something is wrong:
  status              does the server run, and is everything held?
  storm status        replies pour in: what is stopped and held, and why
  queue ls            mail does not arrive: who waits, and what the next server said
  why ID              what became of one message, or why it was refused
  list show LIST      what a list does, and where that is set)";

}  // namespace

int run(int argc, char** argv) {
  CLI::App app{"Breakwater: a mailing-list server.", "breakwater"};
  app.formatter(help_page());
  Context context;
  context.program = shell_word(argc > 0 ? argv[0] : "breakwater");
  context.config_file = "/etc/breakwater/breakwater.toml";
  app.set_version_flag("--version", "breakwater " BREAKWATER_VERSION);
  app.add_option("-c,--config", context.config_file, "configuration file")
      ->envname("BREAKWATER_CONFIG")
      ->capture_default_str()
      ->type_name("FILE");
  app.require_subcommand(1);
  app.footer(kFooter);
  app.fallthrough();  // -c may stand behind the subcommand too
  const Command commands(app, context.command);
  add_server_group(commands, context);
  add_list_group(commands, context);
  add_member_group(commands, context);
  add_user_group(commands, context);
  add_queue_groups(commands, context);
  add_hold_groups(commands, context);
  add_bounce_group(commands);
  add_template_group(commands, context);
  add_demo(commands, context);
  add_storm_group(commands, context);
  add_opponents(commands);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? 0 : 2;
  }
  try {
    return context.command ? context.command() : 2;
  } catch (const std::exception& wrong) {
    std::fprintf(stderr, "breakwater: %s\n", wrong.what());
    return 1;
  }
}

}  // namespace breakwater::cli
