// `breakwater hold`, `breakwater audit`.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <memory>

#include "cli/groups.h"
#include "cli/order.h"
#include "cli/question.h"

namespace breakwater::cli {
namespace {

struct Arguments {
  std::string posting, list, thread, verdict;
  std::uint64_t limit = 0;
  bool json = false;
};
using Shared = std::shared_ptr<Arguments>;

boost::json::object request(const char* command, const Arguments& arguments) {
  boost::json::object out{{"command", command}};
  if (!arguments.posting.empty()) out["posting"] = arguments.posting;
  if (!arguments.list.empty()) out["list"] = arguments.list;
  if (!arguments.thread.empty()) out["thread"] = arguments.thread;
  if (!arguments.verdict.empty()) out["verdict"] = arguments.verdict;
  if (arguments.limit != 0) out["limit"] = arguments.limit;
  return out;
}

int hold_ls(const Context& context, const Arguments& arguments) {
  return ask_and_show(context, request("hold.ls", arguments),
                      {.json = arguments.json,
                       .columns = {{"POSTING", "posting"},
                                   {"LIST", "list"},
                                   {"VERDICT", "verdict"},
                                   {"RECEIVED", "received"},
                                   {"UNTIL", "until"},
                                   {"RECIPIENTS", "recipients", true},
                                   {"SENDER", "sender"},
                                   {"SUBJECT", "subject"},
                                   {"THREAD", "thread"}},
                       .closing = [](const boost::json::object& answer) {
                         const auto held = answer.at("postings").to_number<std::uint64_t>();
                         return held == 0 ? std::string("nothing is held")
                                          : counted(held, "posting") + " held";
                       }});
}

int hold_show(const Context& context, const Arguments& arguments) {
  return ask_and_show(context, request("hold.show", arguments),
                      {.json = arguments.json, .closing = [](const boost::json::object& posting) {
                         print_fields(posting);
                         return std::string();
                       }});
}

int audit_ls(const Context& context, const Arguments& arguments) {
  return ask_and_show(context, request("audit.ls", arguments),
                      {.json = arguments.json,
                       .columns = {{"AT", "at"},
                                   {"WHO", "actor"},
                                   {"DID", "action"},
                                   {"LIST", "list"},
                                   {"POSTING", "posting"},
                                   {"REASON", "reason"},
                                   {"OUTCOME", "outcome"}}});
}

Command command(const Command& group, const Context& context, const Shared& arguments, const char* name,
                const char* text, int (*run)(const Context&, const Arguments&)) {
  const Command one = group.add(name, text);
  one.flag("--json", arguments->json, "as JSON, one object a line");
  one.runs([&context, arguments, run] { return run(context, *arguments); });
  return one;
}

// Of one posting, of its thread, of a thread by its key, or of all of a list. The desk says what does not go
// together.
void add_which(const Command& one, const SharedOrder& order, const char* all) {
  const auto text = [&](const char* name, const char* key, const char* help) {
    one.option(
        name, [order, key](const std::string& given) { order->request[key] = given; }, help);
  };
  const auto flag = [&](const char* name, const char* key, const char* help) {
    one.flag(
        name, [order, key] { order->request[key] = true; }, help);
  };
  text("POSTING", "posting", "this one");
  flag("--with-thread", "with_thread", "with all that are held of its thread");
  text("--list", "list", "of this list: give --thread or --all too");
  text("--thread", "thread", "the thread, as 'hold ls' and 'storm status' name it");
  flag("--all", "all", all);
}

}  // namespace

void add_hold_groups(const Command& app, const Context& context) {
  const auto arguments = std::make_shared<Arguments>();
  const Command hold = app.group("hold", "what is held: ls, show, release, discard, reject");
  const Command ls =
      command(hold, context, arguments, "ls", "what waits for a person or a time, oldest first", &hold_ls);
  ls.option("LIST", arguments->list, "of this list only");
  ls.option("--thread", arguments->thread, "of this thread only");
  ls.option("--verdict", arguments->verdict, "confirm, moderate, rule, hold, defer, drift, leave or machine");
  ls.option("--limit", arguments->limit, "at most so many (1000)");
  command(hold, context, arguments, "show", "one of them, with its first lines", &hold_show)
      .option("POSTING", arguments->posting, "its id, as 'hold ls' shows it")
      .required();
  const auto release = std::make_shared<OrderArguments>();
  const Command releasing =
      add_order(hold, context, {"release", "send it to the list after all", "hold.release"}, release);
  add_which(
      releasing, release,
      "all that are held on the list, but what waits for its sender, for a time or for a word of its own");
  releasing.flag(
      "--digest", [release] { release->request["digest"] = true; }, "as one mail, with all of them in it");
  const auto discard = std::make_shared<OrderArguments>();
  const Command discarding =
      add_order(hold, context, {"discard", "send it to nobody", "hold.discard", nullptr, true}, discard);
  add_which(discarding, discard, "all that are held on the list");

  add_order(hold, context,
            {"reject", "send it to nobody, and its author the reason", "hold.reject", "POSTING", true},
            std::make_shared<OrderArguments>());

  const Command audit = app.group("audit", "who did what, and why: ls");
  const Command trail = command(audit, context, arguments, "ls", "the last orders, newest first", &audit_ls);
  trail.option("LIST", arguments->list, "about this list only");
  trail.option("--limit", arguments->limit, "at most so many (100)");
}

}  // namespace breakwater::cli
