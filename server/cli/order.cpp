#include "cli/order.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <string_view>

#include "cli/question.h"

namespace breakwater::cli {

CLI::App* add_order(CLI::App& group, Context& context, const OrderWords& words, const SharedOrder& order) {
  auto* one = group.add_subcommand(words.name, words.text);
  order->request["command"] = words.command;
  order->wants_reason = words.wants_reason;
  if (words.argument != nullptr) {
    const std::string key = std::string_view(words.argument) == "LIST" ? "list" : "posting";
    one->add_option_function<std::string>(
           words.argument, [order, key](const std::string& given) { order->request[key] = given; })
        ->required();
  }
  one->add_option("--reason", order->reason,
                  words.wants_reason ? "why: kept in the audit trail (it must be given)"
                                     : "why: kept in the audit trail");
  one->add_flag("--json", order->json, "as JSON");
  one->callback(
      [&context, order] { context.command = [&context, order] { return give_order(context, *order); }; });
  return one;
}

int give_order(const Context& context, const OrderArguments& order) {
  boost::json::object request = order.request;
  if (order.reason.empty() && order.wants_reason) {
    std::fputs(
        "breakwater: give a reason, a few words for those who read the audit trail tomorrow: "
        "--reason \"...\"\n",
        stderr);
    return 2;
  }
  request["reason"] = order.reason.empty() ? "no reason was given" : order.reason;
  return ask_and_show(context, request,
                      {.json = order.json, .closing = [](const boost::json::object& answer) {
                         return shown(answer.at("message"));
                       }});
}

}  // namespace breakwater::cli
