// Storms as tables and JSON: one row a rule, the same numbers in both. One thread.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "opponents/storm_tally.h"

namespace breakwater::cli {

// {"messages":…,"fanouts":…,"deliveries":…,"held":…,"opened_at":seconds since 1970 or null, …}
boost::json::object tally_json(const opponents::StormTally& tally);

struct RuleRow {
  std::string name;
  std::string rule;  // what it does; for the line under the table
  opponents::StormTally tally;
};

// The rules beside each other: fan-outs, deliveries, held, opened after.
void print_rules(const std::vector<RuleRow>& rows, std::FILE* out);
// What each rule says, a line each.
void print_notes(const std::vector<RuleRow>& rows, std::FILE* out);
boost::json::array rules_json(const std::vector<RuleRow>& rows);
// Words in lines of at most `width`, each behind `indent`.
std::string wrapped(std::string_view text, std::size_t width, std::string_view indent);

}  // namespace breakwater::cli
