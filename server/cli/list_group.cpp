// `breakwater list`.
#include <boost/json/object.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/groups.h"
#include "cli/list_screen.h"
#include "cli/order.h"
#include "cli/print.h"
#include "cli/question.h"

namespace breakwater::cli {
namespace {

struct SyncArguments {
  std::string list;
  bool dry_run = false, json = false;
  std::optional<std::string> confirm;
};

// What there is to know beside the rows: what was left out, whom it kept, and what came of it.
std::string sync_told(const boost::json::object& answer) {
  const auto number = [&answer](const char* key) {
    return with_commas(answer.at(key).to_number<std::uint64_t>());
  };
  std::string text;
  const auto changes =
      answer.at("added").to_number<std::uint64_t>() + answer.at("removed").to_number<std::uint64_t>();
  if (changes > 0) text += "(at most 20 of each are shown)\n";
  for (const auto& remark : answer.at("remarks").get_array()) text += shown(remark) + "\n";
  text += "synced members before: " + number("before") + ", manual: " + number("manual") +
          ", excluded: " + number("excluded") + ", named twice: " + number("duplicates") +
          ", invalid: " + number("invalid") + "\n";
  return text + shown(answer.at("message"));
}

// "hold-all LIST on", "hold-all --all off": which words are what their number says.
void add_hold_all(const Command& group, const Context& context) {
  const auto order = std::make_shared<OrderArguments>();
  const Command one = add_order(
      group, context,
      {"hold-all", "let everything that comes wait for a moderator, or end that", "list.hold-all"}, order);
  one.flag(
      "--all", [order] { order->request["all"] = true; }, "of all lists");
  one.words(
         "on|off", 1, 2,
         [order](const std::vector<std::string>& words) {
           if (words.back() != "on" && words.back() != "off") {
             return std::string("say on or off behind the list (or behind --all)");
           }
           if (words.size() > 1) order->request["list"] = words.front();
           order->request["on"] = words.back() == "on";
           order->wants_reason = words.back() == "on";
           return std::string();
         },
         "[LIST] on|off", "address or name, unless --all; and whether it is so from now on")
      .required();
}

// Held is no success: a script that syncs has to hear of it.
int run_sync(const Context& context, const SyncArguments& arguments) {
  boost::json::object request{
      {"command", "list.sync"}, {"list", arguments.list}, {"dry_run", arguments.dry_run}};
  if (arguments.confirm) request["confirm"] = *arguments.confirm;
  bool held = false;
  const int status = ask_and_show(
      context, request,
      {.json = arguments.json,
       .columns = {{"CHANGE", "change"}, {"ADDRESS", "address"}, {"NAME", "name"}},
       .closing = [&](const boost::json::object& answer) { return sync_told(answer); },
       .closing_is_answer = true,
       .look = [&](const boost::json::object& answer) { held = answer.at("result") == "held"; }});
  return status == 0 && held ? 1 : status;
}

void add_sync(const Command& group, const Context& context) {
  const auto arguments = std::make_shared<SyncArguments>();
  const Command sync = group.add("sync", "bring it in step with its sources, now");
  sync.option("LIST", arguments->list, "address or name").required();
  sync.flag("--dry-run", arguments->dry_run, "only say what would be added and removed");
  sync.option("--confirm", arguments->confirm,
              "do what would be held, with the reason: kept in the audit trail")
      .type_name("REASON");
  sync.flag("--json", arguments->json, "as JSON: the first changes of each side, then the counts");
  sync.runs([&context, arguments] { return run_sync(context, *arguments); });
}

void add_purge(const Command& group, const Context& context) {
  const auto order = std::make_shared<OrderArguments>();
  add_order(group, context,
            {"purge", "say what is kept of a list whose file is gone; with --yes delete it for good",
             "list.purge", "LIST", true},
            order)
      .flag(
          "--yes", [order] { order->request["sure"] = true; }, "delete it");
}

}  // namespace

void add_list_group(const Command& app, const Context& context) {
  const Command group =
      app.group("list", "the lists: ls, show, sync, freeze, thaw, hold-all, confirm, purge");
  const auto json = std::make_shared<bool>(false);
  const auto name = std::make_shared<std::string>();

  const Command ls = group.add("ls", "all lists: how many are on them, and how they get mail");
  ls.flag("--json", *json, "one JSON object a line");
  ls.runs([&context, json] {
    return ask_and_show(context, {{"command", "list.ls"}},
                        {.json = *json,
                         .columns = {{"LIST", "list"},
                                     {"MEMBERS", "members", true},
                                     {"EACH", "receiving", true},
                                     {"DIGEST", "digests", true},
                                     {"PAUSED", "paused", true},
                                     {"STOPPED", "stopped", true},
                                     {"MODERATORS", "moderators", true},
                                     {"OWNERS", "owners", true},
                                     {"POST", "post"},
                                     {"DESCRIPTION", "description"}}});
  });

  const Command show =
      group.add("show", "all about one list: who is on it, what waits, each setting and where it stands");
  show.option("LIST", *name, "address or name").required();
  show.flag("--json", *json, "as JSON");
  show.runs([&context, json, name] {
    return ask_and_show(context, {{"command", "list.show"}, {"list", *name}},
                        {.json = *json, .closing = [](const boost::json::object& list) {
                           print_list(list);
                           return std::string();
                         }});
  });

  add_order(group, context,
            {"freeze", "stop what it sends out, hold what comes in", "list.freeze", "LIST", true},
            std::make_shared<OrderArguments>());
  add_order(group, context, {"thaw", "let it go on, and close its breakers", "list.thaw", "LIST"},
            std::make_shared<OrderArguments>());
  add_order(group, context, {"confirm", "its audience is as it should be", "list.confirm", "LIST"},
            std::make_shared<OrderArguments>());
  add_hold_all(group, context);
  add_sync(group, context);
  add_purge(group, context);
}

}  // namespace breakwater::cli
