// Our own guard for a trace: the server's judge, the policy of a list's file, a memory of its own. One
// thread.
#pragma once

#include <set>
#include <string>

#include "opponents/storm_course.h"
#include "storm/policy.h"
#include "terms/result.h"

namespace breakwater::cli {

// What a list's file says of the guard; without a file, what is shipped.
struct StormPolicy {
  storm::Policy policy;
  std::set<std::string> trusted;  // keys of its owners' addresses
};

// The [guard] table and owners of one list file. What is wrong with it goes to stderr, all of it;
// Fault::invalid then.
Result<StormPolicy> read_storm_policy(const std::string& list_file);

// `policy` must outlive it.
opponents::StormGuard our_guard(const storm::Policy& policy, bool only_breaker);

}  // namespace breakwater::cli
