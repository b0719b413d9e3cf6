#include "cli/storm_status.h"

#include <poll.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <csignal>
#include <cstdio>
#include <memory>

#include "cli/office.h"
#include "cli/print.h"

namespace breakwater::cli {
namespace {

struct Arguments {
  std::string list;
  bool all = false, watch = false, json = false;
};

std::uint64_t number(const boost::json::object& from, const char* key) {
  return from.at(key).to_number<std::uint64_t>();
}

std::string text(const boost::json::object& from, const char* key) { return shown(from.at(key)); }

std::string decimal(const boost::json::object& from, const char* key) {
  char out[64];
  std::snprintf(out, sizeof out, "%.1f", from.at(key).to_number<double>());
  return out;
}

std::string deliveries(std::uint64_t count) {
  return with_commas(count) + (count == 1 ? " delivery" : " deliveries");
}

// "2026-11-22T16:01:10Z" as "2026-11-22 16:01:10 UTC"
std::string clock(const std::string& iso) {
  return iso.size() == 20 ? iso.substr(0, 10) + " " + iso.substr(11, 8) + " UTC" : iso;
}

// The replies of the last ten minutes for each of the ten before (storm/breaker_record.h): 0 where there are
// too few to tell, 99 where there were none before.
std::string trend(const boost::json::object& one) {
  const double ratio = one.at("reproduction").to_number<double>();
  if (ratio <= 0) return "few replies";
  if (ratio >= 99) return "growing: replies have just begun";
  return std::string(ratio > 1 ? "growing" : "ebbing") + ": " + decimal(one, "reproduction") +
         " replies in ten minutes for each one in the ten before";
}

std::string breaker_text(const boost::json::object& one) {
  const std::string thread = text(one, "thread");
  std::string out =
      "  " + text(one, "state") + ": " +
      (thread.empty() ? "the whole list" : "thread " + thread + " '" + text(one, "subject") + "'");
  out += "\n    score " + decimal(one, "score") + " of " + decimal(one, "limit") + "; " + trend(one) + "\n";
  if (text(one, "state") != "closed") {
    out += "    opened " + clock(text(one, "opened"));
    if (number(one, "openings") > 1)
      out += ", " + with_commas(number(one, "openings")) + " openings in a row";
    if (!text(one, "probe").empty()) out += "; next probe " + clock(text(one, "probe"));
    out += "\n    held " + counted(number(one, "held"), "posting") + " since, spared " +
           deliveries(number(one, "spared")) + "\n";
  }
  for (const auto& line : one.at("evidence").as_array()) out += "      " + shown(line) + "\n";
  return out;
}

std::string list_text(const boost::json::object& list) {
  std::string out = text(list, "list");
  if (list.at("frozen").as_bool()) {
    out += "\n  FROZEN since " + clock(text(list, "frozen_since")) + " by " + text(list, "frozen_by") + ": " +
           text(list, "frozen_reason");
  }
  if (list.contains("held_all_since")) {
    out += "\n  EVERYTHING WAITS for moderators since " + clock(text(list, "held_all_since")) + " by " +
           text(list, "held_all_by") + ": " + text(list, "held_all_reason");
  }
  out += "\n";
  for (const auto& one : list.at("held_by_verdict").as_array()) {
    const auto& held = one.as_object();
    out += "  waiting (" + text(held, "verdict") + "): " + counted(number(held, "postings"), "posting") +
           ", " + deliveries(number(held, "spared")) + "\n";
  }
  for (const auto& one : list.at("breakers").as_array()) out += breaker_text(one.as_object());
  return out;
}

// Once more, after Ctrl-C too: the terminal is left as it was, on a line of its own.
volatile std::sig_atomic_t interrupted = 0;
void interrupt(int) { interrupted = 1; }

int show_once(Office& office, const Arguments& arguments, bool redraw) {
  boost::json::object request{{"command", "storm.status"}, {"all", arguments.all}};
  if (!arguments.list.empty()) request["list"] = arguments.list;
  std::vector<boost::json::object> lists;
  const auto answer = office.ask(request, [&](const boost::json::object& row) {
    lists.push_back(row);
    return true;
  });
  if (!answer) return fail(answer.error());
  if (arguments.json) {
    boost::json::object out = *answer;  // one line, so that a watch is a line each second
    out["lists"] = boost::json::array(lists.begin(), lists.end());
    print_json(out);
  } else {
    const std::string said = terminal_text(status_text(*answer, lists));
    std::printf("%s%s", redraw ? "\033[H\033[J" : "", said.c_str());
  }
  std::fflush(stdout);
  return 0;
}

int watch(Office& office, const Arguments& arguments) {
  // Without a server this process holds the database, and none could start as long as it watches.
  if (!office.server_runs()) {
    return fail(error(Fault::unavailable, "no server is running, so nothing changes: leave --watch out"));
  }
  struct sigaction action {};
  action.sa_handler = interrupt;  // without SA_RESTART: poll() ends
  sigaction(SIGINT, &action, nullptr);
  const bool redraw = !arguments.json && isatty(STDOUT_FILENO) != 0;
  while (interrupted == 0) {
    if (const int failed = show_once(office, arguments, redraw); failed != 0) return failed;
    if (interrupted == 0) poll(nullptr, 0, 1000);
    if (!redraw && !arguments.json && interrupted == 0) std::printf("\n");
  }
  return 0;
}

int status(const Context& context, const Arguments& arguments) {
  const auto office = Office::open(context.config_file);
  if (!office) return fail(office.error());
  return arguments.watch ? watch(**office, arguments) : show_once(**office, arguments, false);
}

}  // namespace

std::string status_text(const boost::json::object& answer, const std::vector<boost::json::object>& lists) {
  std::string out = clock(text(answer, "at")) + ": ";
  if (lists.empty()) return out + "all is quiet; nothing is open, frozen or held\n";
  out += counted(number(answer, "open"), "breaker") + " open, " + counted(number(answer, "frozen"), "list") +
         " frozen, " + counted(number(answer, "held"), "posting") +
         " held: " + deliveries(number(answer, "spared")) + " not made\n";
  for (const boost::json::object& list : lists) out += "\n" + list_text(list);
  return out;
}

void add_storm_status(const Command& storm, const Context& context) {
  const auto arguments = std::make_shared<Arguments>();
  const Command one = storm.add("status", "what is open, frozen and held, and why");
  one.option("LIST", arguments->list, "this list only");
  one.flag("--all", arguments->all, "closed breakers too");
  one.flag("--watch", arguments->watch, "again each second, until Ctrl-C");
  one.flag("--json", arguments->json, "as JSON, on one line");
  one.runs([&context, arguments] { return status(context, *arguments); });
}

}  // namespace breakwater::cli
