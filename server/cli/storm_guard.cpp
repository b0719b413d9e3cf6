#include "cli/storm_guard.h"

#include <cstdio>

#include "cli/print.h"
#include "config/disk.h"
#include "mail/address.h"
#include "mail/header_block.h"
#include "storm/breaker.h"
#include "storm/guard.h"
#include "storm/machine.h"

namespace breakwater::cli {
namespace {

// A list's file is checked beside a server's; this one has all that a server must have.
constexpr const char* kServer =
    "hostname = \"replay.invalid\"\npostmaster = [\"postmaster@example.org\"]\n"
    "[[listener]]\nkind = \"mx\"\naddress = \"127.0.0.1:0\"\n"
    "[[route]]\nname = \"none\"\nkind = \"smarthost\"\ndomains = [\"*\"]\nhost = \"127.0.0.1\"\nport = 25\n"
    "tls = \"none\"\n";

// Traces have no header blocks: what the words of a message say is all there is to see.
std::string suspicion(const storm::Facts& facts) {
  static const mail::HeaderBlock kEmpty = mail::HeaderBlock::parse("\r\n");
  const auto sign = storm::machine_sign(kEmpty, false, false, facts.subject, facts.body);
  return sign ? sign->reason : std::string();
}

}  // namespace

Result<StormPolicy> read_storm_policy(const std::string& list_file) {
  const auto loaded = config::load_from({"server", kServer, ""}, {config::read_source(list_file)});
  for (const config::Problem& problem : loaded.problems)
    std::fprintf(stderr, "%s\n", terminal_text(problem.text()).c_str());
  if (loaded.config == nullptr || loaded.config->lists.size() != 1)
    return error(Fault::invalid, list_file + " is no list's file");
  const lists::List& list = loaded.config->lists.begin()->second;
  StormPolicy read;
  read.policy = list.guard;
  for (const std::string& owner : list.owners) {
    if (const auto address = mail::parse_address(owner)) read.trusted.insert(address->key);
  }
  return read;
}

opponents::StormGuard our_guard(const storm::Policy& policy, bool only_breaker) {
  storm::GuardOptions options;
  options.only_breaker = only_breaker;
  opponents::StormGuard guard;
  guard.judge = [&policy, options](const storm::Facts& facts, storm::Memory& memory, Instant now) {
    if (options.only_breaker) return storm::judge(facts, policy, options, memory, now);
    storm::Facts seen = facts;
    seen.suspect = suspicion(facts);
    return storm::judge(seen, policy, options, memory, now);
  };
  guard.note_released = [&policy](const storm::Facts& facts, storm::Memory& memory, Instant now) {
    return storm::note_released(facts, policy.breaker, memory, now);
  };
  return guard;
}

}  // namespace breakwater::cli
