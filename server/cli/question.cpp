#include "cli/question.h"

#include <boost/json/object.hpp>

#include "cli/office.h"

namespace breakwater::cli {

int ask_and_show(const Context& context, const boost::json::object& request, const Showing& showing) {
  const auto office = Office::open(context.config_file);
  if (!office) return fail(office.error());
  Table table(showing.columns);
  const auto answer = (*office)->ask(request, [&](const boost::json::object& row) {
    if (showing.json)
      print_json(row);
    else
      table.row(row);
    return true;
  });
  table.end();
  if (!answer) return fail(answer.error());
  if (showing.look) showing.look(*answer);
  if (showing.json) {
    if (showing.columns.empty() || showing.closing_is_answer) print_json(*answer);
    return 0;
  }
  const std::string said = showing.closing ? showing.closing(*answer) : std::string();
  if (!said.empty()) std::printf("%s\n", terminal_text(said).c_str());
  return 0;
}

}  // namespace breakwater::cli
