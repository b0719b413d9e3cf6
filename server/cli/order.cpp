#include "cli/order.h"

#include <string_view>

#include "cli/question.h"

namespace breakwater::cli {

Command add_order(const Command& group, const Context& context, const OrderWords& words,
                  const SharedOrder& order) {
  const Command one = group.add(words.name, words.text);
  order->request["command"] = words.command;
  order->wants_reason = words.wants_reason;
  if (words.argument != nullptr) {
    const bool list = std::string_view(words.argument) == "LIST";
    const std::string key = list ? "list" : "posting";
    one.option(
           words.argument, [order, key](const std::string& given) { order->request[key] = given; },
           list ? "address or name" : "its id, as 'posting ls' and 'hold ls' show it")
        .required();
  }
  one.option("--reason", order->reason,
             words.wants_reason ? "why: kept in the audit trail (it must be given)"
                                : "why: kept in the audit trail");
  one.flag("--json", order->json, "as JSON");
  one.runs([&context, order] { return give_order(context, *order); });
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
