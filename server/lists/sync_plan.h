// In step with the organisation: what has to be added to and removed from a list so that its synced members
// are those whom its sources name, less those whom exclusion lists name. Pure, streaming: everything comes
// sorted by key and is looked at once, one row of each at a time, so memory does not grow with the list.
//
// Of who is kept a changed name is taken over, where the member has theirs from a source; a source that names
// nobody takes no name away.
//
// Members who joined by themselves, or whom an owner added, are manual: a sync never touches them. A plan is
// nothing yet: its rows go to a sink, and are carried out only when plan_sync() has ended well and
// judge_sync() says so, in one transaction.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "terms/result.h"

namespace breakwater::lists {

struct SyncRow {
  std::string key;      // mail::Address::key
  std::string mailbox;  // of a source's row
  std::string name;
  bool manual = false;    // of a present member
  bool own_name = false;  // likewise: a person has set it, and no source changes it
};

class SyncCursor {
 public:
  virtual ~SyncCursor() = default;
  // The next row by ascending key (as bytes); false: no more. Any error ends the plan.
  virtual Result<bool> next(SyncRow& row) = 0;
};

class SyncSink {
 public:
  virtual ~SyncSink() = default;
  virtual Result<void> add(const SyncRow& row) = 0;
  virtual Result<void> remove(std::string_view key) = 0;
  virtual Result<void> rename(const SyncRow& row) = 0;  // who is kept; `name` is the new one
};

struct SyncSource {
  std::string name;  // as the list's file has it, for errors and reasons
  SyncCursor* rows = nullptr;
};

struct SyncCounts {
  std::int64_t before = 0;  // synced members now
  std::int64_t manual = 0;  // the others
  std::int64_t added = 0, removed = 0, kept = 0;
  std::int64_t renamed = 0;        // of those kept: a source has another name for them
  std::int64_t excluded = 0;       // named by a source and by an exclusion list
  std::int64_t manual_named = 0;   // manual, and a source names them too: they stay manual
  std::int64_t duplicates = 0;     // rows that name again whom an earlier row or source named
  std::vector<std::int64_t> rows;  // of each source, as it came
  std::int64_t invalid = 0;        // rows beside these, that have no valid address; the reader counts them
  std::int64_t after() const { return before + added - removed; }
};

// `members`: the list's, each key once. A key that several sources name counts once, with the first one's
// mailbox and name. `exclusions`: files, and those who were synced and left by themselves, so that they do
// not come back. The sink gets each key once at most, in ascending order. Errors: those of cursors and sink;
// Fault::invalid when a stream is not sorted, since a merge of it would remove people.
Result<SyncCounts> plan_sync(SyncCursor& members, std::span<const SyncSource> sources,
                             std::span<const SyncSource> exclusions, SyncSink& sink);

// A sync that adds or removes more than this share of the synced members waits for a person.
struct SyncLimits {
  std::int64_t percent_added = 20, percent_removed = 10;
  // So few additions never wait, and so few removals not either, up to half of the list: two of five people
  // are no accident.
  std::int64_t always = 10;
};

enum class SyncVerdict {
  nothing,  // in step already
  apply,
  hold,    // owners are told, and asked
  refuse,  // a source came back empty: nothing changes, whoever says so
};
enum class SyncDrift { none, removed, added };
struct SyncDecision {
  SyncVerdict verdict = SyncVerdict::nothing;
  std::string reason;                 // of hold and refuse, for owners and the log
  SyncDrift drift = SyncDrift::none;  // of hold: of which there would be more than the limit
};

// `confirmed`: a person has seen these numbers. The first sync of a list has no share to go by and is
// applied: removing nobody, it does what its file was just written for. More than 1% of rows without a valid
// address (and more than `always`) wait for a person too: whom they meant would be removed, or not come.
SyncDecision judge_sync(const SyncCounts& counts, std::span<const SyncSource> sources,
                        const SyncLimits& limits, bool confirmed);

}  // namespace breakwater::lists
