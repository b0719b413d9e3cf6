#include "cli/list_screen.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "cli/print.h"

namespace breakwater::cli {
namespace {

constexpr std::size_t kWidestValue = 60;

std::uint64_t number(const boost::json::object& from, const char* key) {
  const auto* value = from.if_contains(key);
  return value == nullptr ? 0 : value->to_number<std::uint64_t>();
}

std::string text(const boost::json::object& from, const char* key) {
  const auto* value = from.if_contains(key);
  return value == nullptr ? std::string() : shown(*value);
}

void line(const char* name, const std::string& value) { std::printf("%-12s  %s\n", name, value.c_str()); }

void print_people(const char* name, const boost::json::object& list, const char* key, const char* nobody) {
  const auto& people = list.at(key).as_array();
  if (people.empty()) line(name, nobody);
  for (const auto& one : people) {
    line(name, shown(one.at("address")) + " (" + shown(one.at("from")) + ")");
    name = "";
  }
}

void print_members(const boost::json::object& list) {
  line("members", with_commas(number(list, "members")));
  const auto part = [&](const char* key, const char* what) {
    if (number(list, key) > 0) line("", with_commas(number(list, key)) + " " + what);
  };
  part("receiving", "get each message");
  part("digests", "get digests");
  part("paused", "get nothing: they have set that");
  part("stopped", "get nothing: their mail came back ('breakwater member show ADDRESS' says why)");
}

void print_state(const boost::json::object& list) {
  const std::string name = text(list, "list");
  const auto waits = [&](const char* title, const char* key, const char* noun, const std::string& see) {
    const auto count = number(list, key);
    line(title, count == 0 ? "none" : counted(count, noun) + see);
  };
  waits("held", "held", "message", " ('breakwater hold ls " + name + "')");
  waits("requests", "requests", "person", " ('breakwater member requests " + name + "')");
  waits("next digest", "waiting_for_digest", "message", "");
  const std::string frozen = text(list, "frozen");
  line("frozen", frozen.empty() ? "no" : "yes, by " + frozen);
  line("hold-all", text(list, "hold_all") == "yes" ? "yes: everything waits for a moderator" : "no");
}

void print_sync(const boost::json::object& list) {
  const auto& sources = list.at("sources").as_array();
  if (sources.empty()) return line("sources", "none: members join, or are added");
  const char* title = "sources";
  for (const auto& one : sources) {
    line(title, shown(one));
    title = "";
  }
  for (const auto& one : list.at("exclusions").as_array()) line("", "without " + shown(one));
  line("synced", text(list, "synced_when") + "; " + counted(number(list, "synced_members"), "synced member"));
  const std::string last = text(list, "last_sync");
  if (last.empty()) return line("last sync", "never yet ('breakwater list sync " + text(list, "list") + "')");
  std::string came = last + " " + text(list, "last_sync_result");
  if (list.contains("last_sync_added")) {  // not of one that failed
    const std::string added = with_commas(number(list, "last_sync_added"));
    const std::string removed = with_commas(number(list, "last_sync_removed"));
    came += text(list, "last_sync_result") == "held"
                ? ", nothing is changed: would add " + added + " and remove " + removed
                : ", " + added + " added, " + removed + " removed";
  }
  line("last sync", came);
  if (const std::string reason = text(list, "last_sync_reason"); !reason.empty()) line("", reason);
}

// Cut between characters, not within one.
std::string cut(std::string value) {
  if (display_width(value) <= kWidestValue) return value;
  std::size_t end = kWidestValue - 3;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;
  return value.substr(0, end) + "...";
}

void print_settings(const boost::json::object& list) {
  Table table({{"SETTING", "key"}, {"VALUE", "value"}, {"FROM", "from"}});
  for (const auto& one : list.at("settings").as_array()) {
    const std::string section = shown(one.at("section")), key = shown(one.at("key"));
    const std::string value = cut(shown(one.at("value")));
    const bool many = key.starts_with("[[");
    table.row({{"key", section.empty() || many ? key : section + "." + key},
               {"value", value.empty() ? "-" : value},
               {"from", one.at("from")}});
  }
  table.end();
}

}  // namespace

void print_list(const boost::json::object& list) {
  const std::string description = text(list, "description");
  std::printf("%s%s\n%s\n\n", text(list, "list").c_str(),
              description.empty() ? "" : (": " + description).c_str(), text(list, "file").c_str());
  print_members(list);
  print_people("owners", list, "owner_list", "none");
  print_people("moderators", list, "moderator_list", "none: its owners are asked");
  print_state(list);
  print_sync(list);
  std::printf("\n");
  print_settings(list);
  std::printf("\n'breakwater config describe KEY' says what a setting means.\n");
}

}  // namespace breakwater::cli
