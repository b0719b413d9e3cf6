// How --help reads: as a man page does, not as CLI11 prints it by itself. What it says comes from the
// commands.
#pragma once

#include <memory>

namespace CLI {
class FormatterBase;
}  // namespace CLI

namespace breakwater::cli {

// For the command line as a whole, before its commands are added: they take it from there.
std::shared_ptr<CLI::FormatterBase> help_page();

}  // namespace breakwater::cli
