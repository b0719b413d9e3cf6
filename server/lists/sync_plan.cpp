#include "lists/sync_plan.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "mail/utf8.h"

namespace breakwater::lists {
namespace {

// A cursor with its next row at hand, and held to its order.
class Stream {
 public:
  Stream(const SyncSource& source, bool repeats) : source_(&source), repeats_(repeats) {}

  bool ended() const { return ended_; }
  const SyncRow& row() const { return row_; }
  std::int64_t rows() const { return rows_; }

  Result<void> advance() {
    std::swap(previous_, row_.key);
    const auto more = source_->rows->next(row_);
    if (!more) return more.error();
    ended_ = !*more;
    if (ended_) return {};
    const int order = rows_ == 0 ? 1 : row_.key.compare(previous_);
    if (order < 0 || (order == 0 && !repeats_)) {
      return error(Fault::invalid, source_->name + ": not sorted: \"" + mail::printable(row_.key, 80) +
                                       "\" after \"" + mail::printable(previous_, 80) + "\"");
    }
    ++rows_;
    return {};
  }

  // To the first row at or behind the key.
  Result<void> advance_to(const std::string& key) {
    while (!ended_ && row_.key < key) {
      if (auto moved = advance(); !moved) return moved;
    }
    return {};
  }

 private:
  const SyncSource* source_;
  bool repeats_;
  SyncRow row_;
  std::string previous_;
  std::int64_t rows_ = 0;
  bool ended_ = false;
};

Result<void> begin(std::vector<Stream>& streams) {
  for (Stream& stream : streams) {
    if (auto first = stream.advance(); !first) return first;
  }
  return {};
}

class Planner {
 public:
  Planner(SyncCursor& members, std::span<const SyncSource> sources, std::span<const SyncSource> exclusions,
          SyncSink& sink)
      : members_source_{"the list's members", &members}, members_(members_source_, false), sink_(sink) {
    for (const SyncSource& source : sources) sources_.emplace_back(source, true);
    for (const SyncSource& source : exclusions) exclusions_.emplace_back(source, true);
  }

  Result<SyncCounts> run() {
    if (auto first = members_.advance(); !first) return first.error();
    if (auto first = begin(sources_); !first) return first.error();
    if (auto first = begin(exclusions_); !first) return first.error();
    for (;;) {
      auto named = take_named();
      if (!named) return named.error();
      if (!*named) break;
      if (auto done = members_before(wanted_.key); !done) return done.error();
      if (auto done = settle(); !done) return done.error();
    }
    while (!members_.ended()) {
      if (auto done = drop_member(); !done) return done.error();
    }
    for (const Stream& stream : sources_) counts_.rows.push_back(stream.rows());
    return std::move(counts_);
  }

 private:
  // The lowest key of any source into wanted_, unless it is excluded; the rows that name it go.
  Result<bool> take_named() {
    for (;;) {
      const Stream* first = nullptr;
      for (const Stream& stream : sources_) {
        if (!stream.ended() && (first == nullptr || stream.row().key < first->row().key)) first = &stream;
      }
      if (first == nullptr) return false;
      wanted_ = first->row();
      if (auto done = skip_rows_of(wanted_.key); !done) return done.error();
      const auto excluded = is_excluded(wanted_.key);
      if (!excluded) return excluded.error();
      if (!*excluded) return true;
      ++counts_.excluded;
    }
  }

  Result<void> skip_rows_of(const std::string& key) {
    std::int64_t rows = 0;
    for (Stream& stream : sources_) {
      for (; !stream.ended() && stream.row().key == key; ++rows) {
        if (auto moved = stream.advance(); !moved) return moved;
      }
    }
    counts_.duplicates += rows - 1;
    return {};
  }

  Result<bool> is_excluded(const std::string& key) {
    for (Stream& stream : exclusions_) {
      if (auto moved = stream.advance_to(key); !moved) return moved.error();
      if (!stream.ended() && stream.row().key == key) return true;
    }
    return false;
  }

  // Nobody names them, or an exclusion list does.
  Result<void> members_before(const std::string& key) {
    while (!members_.ended() && members_.row().key < key) {
      if (auto done = drop_member(); !done) return done;
    }
    return {};
  }

  Result<void> drop_member() {
    if (members_.row().manual) {
      ++counts_.manual;
    } else {
      ++counts_.before;
      ++counts_.removed;
      if (auto done = sink_.remove(members_.row().key); !done) return done;
    }
    return members_.advance();
  }

  // wanted_ is named, and the next member is not before it.
  Result<void> settle() {
    if (members_.ended() || members_.row().key != wanted_.key) {
      ++counts_.added;
      return sink_.add(wanted_);
    }
    if (members_.row().manual) {
      ++counts_.manual;
      ++counts_.manual_named;
    } else {
      ++counts_.before;
      ++counts_.kept;
      if (auto done = take_name(); !done) return done;
    }
    return members_.advance();
  }

  Result<void> take_name() {
    const SyncRow& member = members_.row();
    if (member.own_name || wanted_.name.empty() || wanted_.name == member.name) return {};
    ++counts_.renamed;
    return sink_.rename(wanted_);
  }

  SyncSource members_source_;
  Stream members_;
  std::vector<Stream> sources_, exclusions_;
  SyncSink& sink_;
  SyncCounts counts_;
  SyncRow wanted_;
};

bool is_drift(std::int64_t changed, std::int64_t before, std::int64_t percent, std::int64_t always) {
  return changed > always && changed * 100 > before * percent;
}

// Of `always` and fewer nobody is asked, whatever share they are.
bool many_invalid(const SyncCounts& counts, std::int64_t always) {
  constexpr std::int64_t kPercent = 1;
  const std::int64_t valid = std::accumulate(counts.rows.begin(), counts.rows.end(), std::int64_t{0});
  return is_drift(counts.invalid, valid + counts.invalid, kPercent, always);
}

std::string drift_text(std::int64_t changed, std::string_view verb, std::int64_t before,
                       std::int64_t percent) {
  return "would " + std::string(verb) + " " + std::to_string(changed) + (verb == "add" ? " to " : " of ") +
         std::to_string(before) + " members, more than " + std::to_string(percent) + "%";
}

}  // namespace

Result<SyncCounts> plan_sync(SyncCursor& members, std::span<const SyncSource> sources,
                             std::span<const SyncSource> exclusions, SyncSink& sink) {
  return Planner(members, sources, exclusions, sink).run();
}

SyncDecision judge_sync(const SyncCounts& counts, std::span<const SyncSource> sources,
                        const SyncLimits& limits, bool confirmed) {
  if (counts.rows.empty()) return {SyncVerdict::refuse, "the list has no source"};
  for (std::size_t at = 0; at < counts.rows.size(); ++at) {
    if (counts.rows[at] > 0) continue;
    const std::string name = at < sources.size() ? sources[at].name : "a source";
    return {SyncVerdict::refuse, name + " came back empty: nothing is changed"};
  }
  if (counts.added == 0 && counts.removed == 0)
    return {counts.renamed == 0 ? SyncVerdict::nothing : SyncVerdict::apply, {}};
  if (!confirmed && many_invalid(counts, limits.always)) {
    return {SyncVerdict::hold,
            std::to_string(counts.invalid) + " rows of the sources have no valid address, more than 1%"};
  }
  if (confirmed || counts.before == 0) return {SyncVerdict::apply, {}};
  // Nine of ten are few, and yet a source that has become another one.
  const std::int64_t always_removed = std::min(limits.always, counts.before / 2);
  if (is_drift(counts.removed, counts.before, limits.percent_removed, always_removed))
    return {SyncVerdict::hold, drift_text(counts.removed, "remove", counts.before, limits.percent_removed),
            SyncDrift::removed};
  if (is_drift(counts.added, counts.before, limits.percent_added, limits.always))
    return {SyncVerdict::hold, drift_text(counts.added, "add", counts.before, limits.percent_added),
            SyncDrift::added};
  return {SyncVerdict::apply, {}};
}

}  // namespace breakwater::lists
