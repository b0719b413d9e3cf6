// `breakwater queue`, `breakwater posting`, `breakwater why`.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <memory>

#include "cli/groups.h"
#include "cli/office.h"
#include "cli/order.h"
#include "cli/question.h"

namespace breakwater::cli {
namespace {

constexpr const char* kPosting = "its id, as 'posting ls', 'queue ls' and 'hold ls' show it";

struct Arguments {
  std::string posting, list, why;
  std::uint64_t limit = 0;
  bool json = false, csv = false, unfinished = false, all = false;
};
using Shared = std::shared_ptr<Arguments>;

std::uint64_t number(const boost::json::object& from, const char* key) {
  return from.at(key).to_number<std::uint64_t>();
}

boost::json::object request(const char* command, const Arguments& arguments) {
  boost::json::object out{{"command", command}};
  if (!arguments.posting.empty()) out["posting"] = arguments.posting;
  if (!arguments.list.empty()) out["list"] = arguments.list;
  if (!arguments.why.empty()) out["why"] = arguments.why;
  if (arguments.limit != 0) out["limit"] = arguments.limit;
  if (arguments.unfinished) out["unfinished"] = true;
  return out;
}

int queue_ls(const Context& context, const Arguments& arguments) {
  return ask_and_show(context, request("queue.ls", arguments),
                      {.json = arguments.json,
                       .columns = {{"POSTING", "posting"},
                                   {"LIST", "list"},
                                   {"ROUTE", "route"},
                                   {"WAITING", "remaining", true},
                                   {"TRIES", "attempts", true},
                                   {"NEXT TRY", "due"},
                                   {"LAST REPLY", "last_reply"}},
                       .closing = [](const boost::json::object& answer) {
                         const auto waiting = number(answer, "remaining");
                         return waiting == 0 ? std::string("the queue is empty")
                                             : counted(waiting, "recipient") + " waiting";
                       }});
}

int queue_show(const Context& context, const Arguments& arguments) {
  return ask_and_show(context, request("queue.show", arguments),
                      {.json = arguments.json,
                       .columns = {{"SLICE", "slice", true},
                                   {"ROUTE", "route"},
                                   {"RECIPIENTS", "recipients", true},
                                   {"WAITING", "remaining", true},
                                   {"TRIES", "attempts", true},
                                   {"NEXT TRY", "due"}},
                       .closing =
                           [](const boost::json::object& posting) {
                             print_fields(posting);
                             return std::string();
                           },
                       .closing_is_answer = true});
}

int queue_retry(const Context& context, const Arguments& arguments) {
  if (arguments.posting.empty() != arguments.all) {
    std::fputs("breakwater: give a posting, or --all\n", stderr);
    return 2;
  }
  return ask_and_show(context, request("queue.retry", arguments),
                      {.json = arguments.json, .closing = [](const boost::json::object& answer) {
                         return shown(answer.at("message"));
                       }});
}

int queue_drop(const Context& context, const Arguments& arguments) {
  return ask_and_show(context, request("queue.drop", arguments),
                      {.json = arguments.json, .closing = [](const boost::json::object& answer) {
                         return shown(answer.at("posting")) + " dropped: " + shown(answer.at("message"));
                       }});
}

int posting_ls(const Context& context, const Arguments& arguments) {
  return ask_and_show(context, request("posting.ls", arguments),
                      {.json = arguments.json,
                       .columns = {{"POSTING", "posting"},
                                   {"RECEIVED", "received"},
                                   {"LIST", "list"},
                                   {"STATE", "state"},
                                   {"RECIPIENTS", "recipients", true},
                                   {"DELIVERED", "delivered", true},
                                   {"DEFERRED", "deferred", true},
                                   {"FAILED", "failed", true},
                                   {"SENDER", "sender"},
                                   {"SUBJECT", "subject"}}});
}

// RFC 4180; and a leading = + - @ gets an apostrophe, lest a reply become a formula in a spreadsheet.
std::string csv_field(const boost::json::value& value) {
  std::string text = shown(value);
  if (!text.empty() && std::string_view("=+-@").find(text[0]) != std::string_view::npos) text.insert(0, "'");
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return out + "\"";
}

std::string counts(const boost::json::object& posting) {
  return counted(number(posting, "recipients"), "recipient") + ": " +
         with_commas(number(posting, "delivered")) + " delivered, " +
         with_commas(number(posting, "deferred")) + " deferred, " + with_commas(number(posting, "failed")) +
         " failed";
}

std::string traced(const boost::json::object& posting) {
  std::string text = counts(posting);
  for (const auto& digest : posting.at("digests").as_array()) {
    text += "\nby digest " + shown(digest.at("posting")) + ", " + counts(digest.as_object());
  }
  const auto waiting = number(posting, "digest_readers");
  if (waiting > 0) text += "\nwaits for the next digest, of " + counted(waiting, "recipient") + " now";
  return text;
}

int posting_trace(const Context& context, const Arguments& arguments) {
  if (arguments.csv) {
    const auto office = Office::open(context.config_file);
    if (!office) return fail(office.error());
    std::fputs("recipient,state,at,peer,reply,attempts,digest\r\n", stdout);
    const auto done = (*office)->ask(request("posting.trace", arguments), [](const boost::json::object& row) {
      std::string line;
      for (const char* key : {"recipient", "state", "at", "peer", "reply", "attempts", "digest"}) {
        line += (line.empty() ? "" : ",") + csv_field(row.at(key));
      }
      std::printf("%s\r\n", line.c_str());
      return true;
    });
    return done ? 0 : fail(done.error());
  }
  return ask_and_show(context, request("posting.trace", arguments),
                      {.json = arguments.json,
                       .columns = {{"RECIPIENT", "recipient"},
                                   {"STATE", "state"},
                                   {"AT", "at"},
                                   {"BY DIGEST", "digest"},
                                   {"PEER", "peer"},
                                   {"REPLY", "reply"}},
                       .closing = &traced});
}

int why(const Context& context, const Arguments& arguments) {
  return ask_and_show(context, {{"command", "why"}, {"id", arguments.posting}},
                      {.json = arguments.json, .closing = [](const boost::json::object& answer) {
                         std::string text;
                         for (const auto& sentence : answer.at("sentences").as_array()) {
                           text += (text.empty() ? "" : "\n") + shown(sentence);
                         }
                         return text;
                       }});
}

Command command(const Command& group, const Context& context, const Shared& arguments, const char* name,
                const char* text, int (*run)(const Context&, const Arguments&)) {
  const Command one = group.add(name, text);
  one.flag("--json", arguments->json, "as JSON, one object a line");
  one.runs([&context, arguments, run] { return run(context, *arguments); });
  return one;
}

}  // namespace

void add_queue_groups(const Command& app, const Context& context) {
  const auto arguments = std::make_shared<Arguments>();
  const Command queue = app.group("queue", "what is still to be delivered: ls, show, retry, drop");
  command(queue, context, arguments, "ls", "waiting recipients, by posting and route", &queue_ls)
      .option("--limit", arguments->limit, "at most so many lines (1000)");
  command(queue, context, arguments, "show", "one posting's waiting slices", &queue_show)
      .option("POSTING", arguments->posting, kPosting)
      .required();
  const Command retry =
      command(queue, context, arguments, "retry", "try again now what is deferred", &queue_retry);
  retry.option("POSTING", arguments->posting, kPosting);
  retry.flag("--all", arguments->all, "everything that waits");
  const Command drop =
      command(queue, context, arguments, "drop",
              "give up what is not handed over of a posting, held or waiting; no bounces", &queue_drop);
  drop.option("POSTING", arguments->posting, kPosting).required();
  drop.option("--why", arguments->why, "kept with the posting and in the audit trail");

  const Command posting =
      app.group("posting", "what was posted: ls, trace, recall, release, divert, discard");
  const Command ls =
      command(posting, context, arguments, "ls", "the last postings, newest first", &posting_ls);
  ls.option("--list", arguments->list, "of this list only");
  ls.flag("--unfinished", arguments->unfinished, "only those with recipients still to do");
  ls.option("--limit", arguments->limit, "at most so many (50)");
  const Command trace = command(posting, context, arguments, "trace",
                                "who got it, when, what the next server said", &posting_trace);
  trace.option("POSTING", arguments->posting, kPosting).required();
  trace.flag("--csv", arguments->csv, "as CSV");
  const OrderWords orders[] = {
      {"recall", "cancel every copy that is not handed over yet", "posting.recall", "POSTING", true},
      {"release", "held: send it to the list after all", "posting.release", "POSTING"},
      {"divert", "held: send it to the author of what it answers", "posting.divert", "POSTING"},
      {"discard", "held: send it to nobody", "posting.discard", "POSTING", true}};
  for (const OrderWords& words : orders) {
    add_order(posting, context, words, std::make_shared<OrderArguments>());
  }

  command(app, context, arguments, "why", "explain a posting's id or a refusal's reference", &why)
      .option("ID", arguments->posting, "13 letters and digits")
      .required();
}

}  // namespace breakwater::cli
