// `breakwater member`.
#include <boost/json/object.hpp>
#include <memory>

#include "cli/groups.h"
#include "cli/import.h"
#include "cli/office.h"
#include "cli/order.h"
#include "cli/question.h"

namespace breakwater::cli {
namespace {

struct Arguments {
  std::string list, address, name, role, delivery, until, moderated, reason;
  std::uint64_t limit = 0;
  bool json = false, force = false;
};

constexpr const char* kWhy = "why: kept in the audit trail";

const std::vector<Column> kMemberColumns = {
    {"ADDRESS", "address"}, {"NAME", "name"},       {"ROLE", "role"},           {"DELIVERY", "delivery"},
    {"SINCE", "since"},     {"STOPPED", "stopped"}, {"MODERATED", "moderated"}, {"KEPT", "kept"}};

boost::json::object request(const char* command, const Arguments& arguments) {
  boost::json::object out{{"command", command}};
  if (!arguments.list.empty()) out["list"] = arguments.list;
  if (!arguments.address.empty()) out["address"] = arguments.address;
  if (!arguments.name.empty()) out["name"] = arguments.name;
  if (!arguments.role.empty()) out["role"] = arguments.role;
  if (!arguments.delivery.empty()) out["delivery"] = arguments.delivery;
  if (!arguments.until.empty()) out["until"] = arguments.until;
  if (!arguments.moderated.empty()) out["moderated"] = arguments.moderated;
  if (!arguments.reason.empty()) out["reason"] = arguments.reason;
  if (arguments.force) out["force"] = true;
  if (arguments.limit != 0) out["limit"] = arguments.limit;
  return out;
}

// RFC 4180 2.5-2.7.
std::string quoted(const boost::json::object& row, const char* key) {
  const std::string text(row.at(key).get_string());
  if (text.find_first_of(",;\t\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return out + "\"";
}

int run_export(const Context& context, const Arguments& arguments) {
  const auto office = Office::open(context.config_file);
  if (!office) return fail(office.error());
  if (!arguments.json) std::fputs("address,name,role,delivery,moderated,kept\r\n", stdout);
  const auto answer = (*office)->ask(request("member.ls", arguments), [&](const boost::json::object& row) {
    if (arguments.json) {
      print_json(row);
    } else {
      std::printf("%s,%s,%s,%s,%s,%s\r\n", quoted(row, "address").c_str(), quoted(row, "name").c_str(),
                  quoted(row, "role").c_str(),
                  row.at("delivery") == "-" ? "" : quoted(row, "delivery").c_str(),
                  quoted(row, "moderated").c_str(), quoted(row, "kept").c_str());
    }
    return true;
  });
  return answer ? 0 : fail(answer.error());
}

int run_ls(const Context& context, const Arguments& arguments) {
  return ask_and_show(
      context, request("member.ls", arguments),
      {.json = arguments.json, .columns = kMemberColumns, .closing = [](const boost::json::object& answer) {
         return counted(answer.at("count").to_number<std::uint64_t>(), "row");
       }});
}

int run_find(const Context& context, const Arguments& arguments) {
  std::vector<Column> columns = {{"LIST", "list"}};
  columns.insert(columns.end(), kMemberColumns.begin(), kMemberColumns.end());
  return ask_and_show(
      context, request("member.find", arguments),
      {.json = arguments.json, .columns = columns, .closing = [](const boost::json::object& answer) {
         const auto count = answer.at("count").to_number<std::uint64_t>();
         return count == 0 ? shown(answer.at("address")) + " is on no list" : std::string();
       }});
}

std::string told(const boost::json::object& answer) {
  std::string text;
  for (const auto& sentence : answer.at("sentences").get_array()) {
    if (!text.empty()) text += '\n';
    text += sentence.get_string();
  }
  return text;
}

int run_show(const Context& context, const Arguments& arguments) {
  return ask_and_show(context, request("member.show", arguments),
                      {.json = arguments.json,
                       .columns = {{"DATE", "at"},
                                   {"LIST", "list"},
                                   {"BOUNCE", "bounce"},
                                   {"STATUS", "status"},
                                   {"POSTING", "posting"},
                                   {"TEXT", "text"}},
                       .closing = told,
                       .closing_is_answer = true});
}

int run_resume(const Context& context, const Arguments& arguments) {
  return ask_and_show(context, request("member.resume", arguments),
                      {.json = arguments.json, .closing = [](const boost::json::object& answer) {
                         return shown(answer.at("message"));
                       }});
}

int run_set(const Context& context, const Arguments& arguments) {
  return ask_and_show(context, request("member.set", arguments),
                      {.json = arguments.json, .closing = [](const boost::json::object& answer) {
                         return shown(answer.at("message"));
                       }});
}

int run_add(const Context& context, const Arguments& arguments) {
  return ask_and_show(context, request("member.add", arguments),
                      {.json = arguments.json, .closing = [](const boost::json::object& answer) {
                         return shown(answer.at("address")) +
                                (answer.at("added").as_bool() ? " is now on " : " was already on ") +
                                shown(answer.at("list")) + " as " + shown(answer.at("role"));
                       }});
}

int run_rm(const Context& context, const Arguments& arguments) {
  return ask_and_show(context, request("member.rm", arguments),
                      {.json = arguments.json, .closing = [](const boost::json::object& answer) {
                         const auto& removed = answer.at("removed").get_array();
                         const bool request = removed.empty();
                         std::string roles;
                         for (const auto& role : removed)
                           roles += (roles.empty() ? " as " : " and ") + shown(role);
                         return (request ? "the request of " : "") + shown(answer.at("address")) +
                                (request ? " to join was ended: " : " was removed from ") +
                                shown(answer.at("list")) + roles;
                       }});
}

int run_requests(const Context& context, const Arguments& arguments) {
  return ask_and_show(context, request("member.requests", arguments),
                      {.json = arguments.json,
                       .columns = {{"ADDRESS", "address"},
                                   {"STATE", "state"},
                                   {"SINCE", "since"},
                                   {"UNTIL", "until"},
                                   {"REASON", "reason"}},
                       .closing = [](const boost::json::object& answer) {
                         const auto banned = answer.at("banned").to_number<std::uint64_t>();
                         return counted(answer.at("waiting").to_number<std::uint64_t>(), "request") +
                                (banned == 0 ? "" : " and " + counted(banned, "ban")) + " on " +
                                shown(answer.at("list"));
                       }});
}

void add_orders(const Command& group, const Context& context) {
  struct Row {
    const char *name, *text, *command, *who;
    bool wants_reason;
  };
  for (const Row& row :
       {Row{"invite", "send somebody a letter that asks them to join", "member.invite", "ADDRESS", false},
        Row{"approve", "let somebody join who asked to", "member.approve", "ADDRESS", false},
        Row{"reject",
            "tell somebody who asked to join that they may not; the reason is in "
            "the letter",
            "member.reject", "ADDRESS", true},
        Row{"ban", "an address, @domain or @.domain may not join; an address is removed", "member.ban", "WHO",
            true},
        Row{"unban", "lift a ban", "member.unban", "WHO", false}}) {
    const auto order = std::make_shared<OrderArguments>();
    const Command one =
        add_order(group, context, {row.name, row.text, row.command, "LIST", row.wants_reason}, order);
    one.option(row.who, [order](const std::string& given) { order->request["address"] = given; }).required();
  }
}

void add_import(const Command& group, const Context& context) {
  const auto options = std::make_shared<ImportOptions>();
  const Command import = group.add("import", "add or change the members that a CSV file names");
  import.option("LIST", options->list, "address or name").required();
  import.option("FILE", options->file, "CSV with the columns address,name,role,delivery; - is standard input")
      .required();
  import.flag("--strict", options->strict, "import nothing when a row is bad");
  import.flag("--dry-run", options->dry_run, "only say what would be added and changed");
  import.flag("--json", options->json, "the result as JSON");
  import.runs([&context, options] { return run_import(context, *options); });
}

}  // namespace

void add_member_group(const Command& app, const Context& context) {
  const Command group = app.group("member",
                                  "the lists' members: add, rm, set, ls, find, show, resume, export, "
                                  "import, requests, invite, approve, reject, ban, unban");
  const auto arguments = std::make_shared<Arguments>();
  const auto command = [&](const char* name, const char* text, bool list, bool address,
                           int (*run)(const Context&, const Arguments&)) {
    const Command one = group.add(name, text);
    if (list) one.option("LIST", arguments->list, "address or name").required();
    if (address) one.option("ADDRESS", arguments->address, "of the person").required();
    one.flag("--json", arguments->json, "as JSON, one object a line");
    one.runs([&context, arguments, run] { return run(context, *arguments); });
    return one;
  };
  const char* const roles = "member, moderator or owner";
  const Command add =
      command("add", "add a member, or change name and delivery of one", true, true, &run_add);
  add.option("--name", arguments->name, "display name");
  add.option("--role", arguments->role, roles);
  add.option("--delivery", arguments->delivery, "each, digest, digest-plain or none");
  add.flag("--force", arguments->force, "even who is banned");
  const Command rm =
      command("rm", "remove somebody from a list, or end what they asked for", true, true, &run_rm);
  rm.option("--role", arguments->role, "only this role (else all)");
  for (const Command& one : {add, rm}) one.option("--reason", arguments->reason, kWhy);
  const Command ls = command("ls", "who is on a list", true, false, &run_ls);
  ls.option("--role", arguments->role, roles);
  ls.option("--limit", arguments->limit, "at most so many");
  command("find", "the lists somebody is on", false, true, &run_find);
  command("show", "whether mail reaches somebody: bounces, score, probe", false, true, &run_show)
      .option("--list", arguments->list, "on this list only");
  command("resume", "let mail go to a member again whose delivery was stopped", true, true, &run_resume);
  const Command set =
      command("set", "how a member gets mail, or whether a moderator looks first at what they send", true,
              true, &run_set);
  set.option("--delivery", arguments->delivery, "each, digest, digest-plain or none");
  set.option("--until", arguments->until, "with --delivery none: the day on which mail comes again")
      .type_name("DAY");
  set.option("--moderated", arguments->moderated, "default: as the list's file says")
      .type_name("yes|no|default");
  command("export", "a list's members as CSV, as import reads it", true, false, &run_export)
      .option("--role", arguments->role, roles);
  command("requests", "who waits to join or leave, and who is banned", true, false, &run_requests);
  add_orders(group, context);
  add_import(group, context);
}

}  // namespace breakwater::cli
