// The command line: one table of subcommands, one file a command group.
#pragma once

namespace breakwater::cli {

// Exit status: 0 done, 1 the command failed or found problems, 2 wrong usage.
int run(int argc, char** argv);

}  // namespace breakwater::cli
