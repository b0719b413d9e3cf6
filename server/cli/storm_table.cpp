#include "cli/storm_table.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "cli/print.h"

namespace breakwater::cli {
namespace {

namespace json = boost::json;

std::string grouped(std::int64_t number) {
  return number < 0 ? "-" + with_commas(static_cast<std::uint64_t>(-number))
                    : with_commas(static_cast<std::uint64_t>(number));
}

// "6 min", "30 h", "465 days".
std::string span(Duration time) {
  const auto minutes = time.count() / 60'000;
  if (minutes < 180) return grouped(minutes) + " min";
  return minutes < 4320 ? grouped(minutes / 60) + " h" : grouped(minutes / 1440) + " days";
}

std::string opened_after(const opponents::StormTally& tally) {
  if (!tally.opened_at || !tally.first) return "never";
  return counted(static_cast<std::uint64_t>(tally.opened_after), "message") + ", " +
         span(*tally.opened_at - *tally.first);
}

}  // namespace

json::object tally_json(const opponents::StormTally& tally) {
  json::object made{{"messages", tally.messages},
                    {"fanouts", tally.fanouts},
                    {"deliveries", tally.deliveries()},
                    {"held", tally.held},
                    {"opened_at", nullptr},
                    {"opened_after", nullptr},
                    {"reopened", tally.reopened},
                    {"fanouts_in_six_hours", tally.fanouts_six_hours},
                    {"awaiting_confirmation", tally.awaiting},
                    {"diverted", tally.diverted},
                    {"deferred", tally.deferred},
                    {"refused", tally.refused},
                    {"discarded", tally.discarded},
                    {"spared", tally.spared()}};
  if (tally.opened_at) {
    made["opened_at"] = to_ms(*tally.opened_at) / 1000;
    made["opened_after"] = tally.opened_after;
  }
  return made;
}

void print_rules(const std::vector<RuleRow>& rows, std::FILE* out) {
  Table table({{"rule", "rule"},
               {"fan-outs", "fanouts", true},
               {"deliveries", "deliveries", true},
               {"held back", "held", true},
               {"opened after", "opened"}},
              out);
  for (const RuleRow& row : rows) {
    table.row({{"rule", row.name},
               {"fanouts", grouped(row.tally.fanouts)},
               {"deliveries", grouped(row.tally.deliveries())},
               {"held", grouped(row.tally.messages - row.tally.fanouts)},
               {"opened", opened_after(row.tally)}});
  }
  table.end();
}

void print_notes(const std::vector<RuleRow>& rows, std::FILE* out) {
  for (const RuleRow& row : rows) {
    const std::string note = wrapped(row.name + ": " + row.rule + ".", 100, "  ");
    std::fprintf(out, "%s", note.c_str());
  }
}

json::array rules_json(const std::vector<RuleRow>& rows) {
  json::array made;
  for (const RuleRow& row : rows) {
    json::object each{{"rule", row.name}};
    for (auto& field : tally_json(row.tally)) each.insert_or_assign(field.key(), field.value());
    made.push_back(std::move(each));
  }
  return made;
}

std::string wrapped(std::string_view text, std::size_t width, std::string_view indent) {
  std::string made;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (column != 0 && column + 1 + display_width(word) > width) {
      made += '\n';
      column = 0;
    }
    made += column == 0 ? indent : std::string_view(" ");
    column += display_width(word) + (column == 0 ? indent.size() : 1);
    made += word;
  }
  return made.empty() ? made : made + '\n';
}

}  // namespace breakwater::cli
