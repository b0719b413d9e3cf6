// Where a list's members come from when somebody else keeps them, as its file states it: settings only. What
// reads a source is made from them by sources/configured.h; what a sync does is planned by sync_plan.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lists/sync_plan.h"
#include "terms/instant.h"

namespace breakwater::lists {

enum class SourceKind { csv, sqlite, postgresql, ldap, program };
enum class SearchScope { subtree, one_level, base };  // RFC 4511 4.5.1.2
enum class Referrals { fail, skip };                  // they are never followed

// One [[source]] or [[exclude]]. Each kind has its own of the members below; those of others are as made.
// What they mean, and their defaults' reasons, is at the readers' own structs (sources/source.h).
struct SourceSettings {
  SourceKind kind = SourceKind::csv;
  std::string label;                        // for letters and reasons; empty: what the reader says of itself
  std::string file;                         // csv, sqlite; absolute
  std::string address_column, name_column;  // csv
  std::string query;                        // sqlite, postgresql
  std::string connection;                   // postgresql; without a password
  std::string url;                          // ldap
  bool start_tls = false;
  std::string ca_file;  // absolute; empty: the system's authorities
  std::string bind_dn;
  std::string password_file;  // postgresql, ldap; absolute; its first line, read anew each time
  std::string base;
  std::string filter = "(mail=*)";
  SearchScope scope = SearchScope::subtree;
  std::string address_attribute = "mail", name_attribute = "displayName";
  bool every_address = false;
  Referrals referrals = Referrals::fail;
  std::uint32_t page_size = 500;            // entries
  std::vector<std::string> command;         // program; the first is an absolute path
  std::uint64_t max_output = 256ULL << 20;  // bytes
  std::uint64_t rows = 2'000'000;
  Duration time = std::chrono::minutes(5);  // for a whole reading
};

struct ListSync {
  std::vector<SourceSettings> sources;     // empty: the list is kept by hand
  std::vector<SourceSettings> exclusions;  // whom they name is not synced, whoever else names them
  // At most one of them; neither: only when a person says so.
  Duration every{0};                               // 0: none
  std::optional<std::chrono::minutes> daily_at{};  // of the day in UTC, below 24 h
  SyncLimits limits;

  bool by_hand_only() const { return every == Duration{0} && !daily_at; }
};

}  // namespace breakwater::lists
