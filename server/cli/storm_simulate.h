// `breakwater storm simulate`: storms of the catalogue through the guard in virtual time, beside other
// servers' rules. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/storm_table.h"
#include "opponents/storm_catalogue.h"
#include "terms/result.h"

namespace breakwater::cli {

struct SimulateOptions {
  std::string name;
  bool all = false;
  std::int64_t members = 0;  // 0: the storm's own
  std::uint64_t seed = 1;
  bool json = false;
  bool trace = false;  // print the messages for `storm replay`, judge nothing
};

// One storm under each rule: no guard, Exchange Online, LISTSERV, ezmlm, our breaker alone, all our defences,
// and those with a sender who confirms. Errors: those of the guard.
Result<std::vector<RuleRow>> simulate(const opponents::Storm& storm, std::int64_t members,
                                      std::uint64_t seed);

int run_simulate(const SimulateOptions& options);
int list_storms(bool json);

}  // namespace breakwater::cli
