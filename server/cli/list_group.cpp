// `breakwater list`.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/groups.h"
#include "cli/order.h"
#include "cli/question.h"

namespace breakwater::cli {
namespace {

// "hold-all LIST on", "hold-all --all off": which words are what their number says.
void add_hold_all(CLI::App& group, Context& context) {
  const auto order = std::make_shared<OrderArguments>();
  auto* one = add_order(
      group, context,
      {"hold-all", "let everything that comes wait for a moderator, or end that", "list.hold-all"}, order);
  one->add_flag_callback(
      "--all", [order] { order->request["all"] = true; }, "of all lists");
  one->add_option_function<std::vector<std::string>>(
         "WORDS",
         [order](const std::vector<std::string>& words) {
           if (words.size() > 1) order->request["list"] = words.front();
           if (words.back() != "on" && words.back() != "off") {
             throw CLI::ValidationError("hold-all", "say on or off behind the list (or behind --all)");
           }
           order->request["on"] = words.back() == "on";
           order->wants_reason = words.back() == "on";
         },
         "[LIST] on|off")
      ->required()
      ->expected(1, 2);
}

void add_purge(CLI::App& group, Context& context) {
  const auto order = std::make_shared<OrderArguments>();
  add_order(group, context,
            {"purge", "say what is kept of a list whose file is gone; with --yes delete it for good",
             "list.purge", "LIST", true},
            order)
      ->add_flag_callback(
          "--yes", [order] { order->request["sure"] = true; }, "delete it");
}

}  // namespace

void add_list_group(CLI::App& app, Context& context) {
  auto* group = app.add_subcommand("list", "the lists: ls, show, freeze, thaw, hold-all, confirm, purge");
  group->require_subcommand(1);
  const auto json = std::make_shared<bool>(false);
  const auto name = std::make_shared<std::string>();

  auto* ls = group->add_subcommand("ls", "all lists with their numbers of members");
  ls->add_flag("--json", *json, "one JSON object a line");
  ls->callback([&context, json] {
    context.command = [&context, json] {
      return ask_and_show(context, {{"command", "list.ls"}},
                          {.json = *json,
                           .columns = {{"LIST", "list"},
                                       {"MEMBERS", "members", true},
                                       {"RECEIVING", "receiving", true},
                                       {"STOPPED", "stopped", true},
                                       {"MODERATORS", "moderators", true},
                                       {"OWNERS", "owners", true},
                                       {"POST", "post"},
                                       {"DESCRIPTION", "description"}}});
    };
  });

  auto* show = group->add_subcommand("show", "one list's settings");
  show->add_option("LIST", *name, "address or name")->required();
  show->add_flag("--json", *json, "as JSON");
  show->callback([&context, json, name] {
    context.command = [&context, json, name] {
      return ask_and_show(context, {{"command", "list.show"}, {"list", *name}},
                          {.json = *json, .closing = [](const boost::json::object& list) {
                             print_fields(list);
                             return std::string();
                           }});
    };
  });

  add_order(*group, context,
            {"freeze", "stop what it sends out, hold what comes in", "list.freeze", "LIST", true},
            std::make_shared<OrderArguments>());
  add_order(*group, context, {"thaw", "let it go on, and close its breakers", "list.thaw", "LIST"},
            std::make_shared<OrderArguments>());
  add_order(*group, context, {"confirm", "its audience is as it should be", "list.confirm", "LIST"},
            std::make_shared<OrderArguments>());
  add_hold_all(*group, context);
  add_purge(*group, context);
}

}  // namespace breakwater::cli
