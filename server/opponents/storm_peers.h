// The rules of other list servers, to put a storm under: what each lets through, from its own documentation.
// Pure; an object is one list's history. Where a server waits for its owner to free the list by hand, the
// owner is taken to do so a day later.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "opponents/storm_tally.h"
#include "storm/replay.h"

namespace breakwater::opponents {

class PeerRule {
 public:
  virtual ~PeerRule() = default;
  virtual std::string_view name() const = 0;  // "Exchange Online"
  virtual std::string_view rule() const = 0;  // "10 reply-alls within an hour block the thread for 6 h"
  void take(const storm::TraceRow& row);
  const StormTally& tally() const { return tally_; }

 protected:
  explicit PeerRule(std::int64_t members) { tally_.members = members; }
  virtual bool passes(const storm::TraceRow& row) = 0;
  void opened() { opening_ = true; }  // by the message at hand
  std::int64_t members() const { return tally_.members; }

 private:
  StormTally tally_;
  bool opening_ = false;
};

// No guard, Exchange Online, LISTSERV, ezmlm.
std::vector<std::unique_ptr<PeerRule>> peer_rules(std::int64_t members);

}  // namespace breakwater::opponents
