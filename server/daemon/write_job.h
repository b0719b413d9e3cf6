// What the steps of one write job share: the connection, what is in force, the time, and what the dispatcher
// is to hear once the job is committed. On the writer's thread; lives for one job.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/running.h"
#include "pipeline/directory.h"
#include "store/connection.h"
#include "terms/ids.h"
#include "terms/instant.h"

namespace breakwater::daemon {

// How many people a list reaches, as long as neither members nor configuration change: in a storm everybody
// writes to the same list, and an expansion of 850,000 for each reply would be the storm's work done for it.
// For some minutes, since a pause ends by itself. Of the writer's thread.
class AudienceSizes {
 public:
  enum class Of { copies, digests };
  std::optional<std::int64_t> find(ListId list, Of what, const Running& running, std::uint64_t member_changes,
                                   Instant now) {
    const bool fresh = now >= since_ && now - since_ < kKept;  // the clock may be set back
    if (!fresh || config_ != running.config || changes_ != member_changes) sizes_.clear();
    const auto found = sizes_.find({list, what});
    return found == sizes_.end() ? std::nullopt : std::optional(found->second);
  }
  void keep(ListId list, Of what, const Running& running, std::uint64_t member_changes, Instant now,
            std::int64_t size) {
    if (sizes_.empty()) since_ = now;
    config_ = running.config;
    changes_ = member_changes;
    sizes_[{list, what}] = size;
  }

 private:
  static constexpr Duration kKept = std::chrono::minutes(5);
  config::Snapshot config_;  // held, so that no other can have its place
  std::uint64_t changes_ = 0;
  Instant since_{};  // the first of them
  std::map<std::pair<ListId, Of>, std::int64_t> sizes_;
};

// For the dispatcher and the log, after the commit.
struct Effects {
  struct Digest {
    PostingId posting;
    std::string list_address, reason;
    std::size_t messages = 0;
    std::int64_t recipients = 0;
  };
  std::vector<std::pair<PostingId, std::int64_t>> opened;  // with recipients
  std::vector<PostingId> stopped;
  std::vector<Digest> digests;
};

struct WriteJob {
  store::Connection& db;
  const Running& running;
  AudienceSizes& sizes;
  Instant now;
  std::uint64_t& entropy;  // counted up: ids of one process never meet
  Effects& effects;
};

}  // namespace breakwater::daemon
