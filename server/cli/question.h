// The way of nearly every data command: one question to the office, rows as a table or as JSON lines, one
// closing.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <string>
#include <vector>

#include "cli/groups.h"
#include "cli/print.h"

namespace breakwater::cli {

struct Showing {
  bool json = false;
  std::vector<Column> columns;                                     // none: the answer has no rows
  std::function<std::string(const boost::json::object&)> closing;  // a sentence; "" or none: nothing is said
  bool closing_is_answer = false;  // with json: the closing object is printed too, as where there are no rows
  std::function<void(const boost::json::object&)> look = {};  // at the closing object, whatever is printed
};

// Exit status.
int ask_and_show(const Context& context, const boost::json::object& request, const Showing& showing);

}  // namespace breakwater::cli
