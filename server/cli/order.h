// Orders of an administrator: freeze, thaw, confirm, recall, release, divert, discard. Each takes a reason,
// goes to the desk and says what came of it.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string>

#include "cli/groups.h"

namespace breakwater::cli {

// One subcommand's own; bound to its options, filled when the line is parsed.
struct OrderArguments {
  boost::json::object request;  // with its command
  std::string reason;
  bool wants_reason = false;  // what cannot be undone, or stops mail, is not given without one
  bool json = false;
};
using SharedOrder = std::shared_ptr<OrderArguments>;

struct OrderWords {
  const char* name;                // "freeze"
  const char* text;                // for --help
  const char* command;             // "list.freeze"
  const char* argument = nullptr;  // "LIST" or "POSTING", required; none: the caller adds its own
  bool wants_reason = false;
};
// Adds the subcommand with --reason and --json; what is chosen is run by give_order.
Command add_order(const Command& group, const Context& context, const OrderWords& words,
                  const SharedOrder& order);

// Exit status.
int give_order(const Context& context, const OrderArguments& order);

}  // namespace breakwater::cli
