// The guard's records that write jobs read and wrote lately: the writing connection's, on the writer's
// thread. A posting reads and writes the same few as the one before it (its list's state, its thread, its
// budgets): from here they are read without asking the database, and written once a transaction, before it
// commits.
//
// What a job put stands when the job does: job_done() or job_undone() ends each. After a rollback of the
// transaction, clear(). Bounded: the writer writes and clears it when it is full().
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "storm/memory.h"
#include "terms/ids.h"
#include "terms/instant.h"

namespace breakwater::store {

class StormCache {
 public:
  struct Key {
    ListId list;
    storm::Kind kind{};
    std::string key;
  };
  struct Record {
    std::string value;
    Instant written{};
    bool unwritten = false;  // the database does not have it yet
  };

  const Record* find(ListId list, storm::Kind kind, std::string_view key) const {
    const auto found = records_.find(View{list, kind, key});
    return found == records_.end() ? nullptr : &found->second;
  }
  // As the database has it.
  void keep(ListId list, storm::Kind kind, std::string_view key, Record record) {
    records_.insert_or_assign(Key{list, kind, std::string(key)}, std::move(record));
  }
  void put(ListId list, storm::Kind kind, std::string_view key, std::string_view value, Instant now) {
    const auto [at, is_new] = records_.try_emplace(Key{list, kind, std::string(key)});
    if (!at->second.unwritten) unwritten_.push_back(at);
    before_.emplace_back(at, is_new ? std::nullopt : std::optional(std::move(at->second)));
    at->second = {std::string(value), now, true};
  }

  void job_done() { before_.clear(); }
  void job_undone() {
    for (; !before_.empty(); before_.pop_back()) {
      auto& [at, record] = before_.back();
      if (!record || !record->unwritten) std::erase(unwritten_, at);
      if (record) {
        at->second = std::move(*record);
      } else {
        records_.erase(at);
      }
    }
  }

  // Calls `write` for each that the database does not have, in the order in which they came to differ from
  // it; if it fails, so does the transaction, and clear() is next.
  template <class Write>
  auto flush(const Write& write)
      -> decltype(write(std::declval<const Key&>(), std::declval<const Record&>())) {
    for (const auto& at : unwritten_) {
      if (auto written = write(at->first, at->second); !written) return written;
      at->second.unwritten = false;
    }
    unwritten_.clear();
    return {};
  }
  bool full() const { return records_.size() >= kMost; }
  void clear() {
    before_.clear();
    unwritten_.clear();
    records_.clear();
  }

 private:
  static constexpr std::size_t kMost = 4096;
  using View = std::tuple<ListId, storm::Kind, std::string_view>;
  struct Less {
    using is_transparent = void;
    static View view(const Key& key) { return {key.list, key.kind, key.key}; }
    static View view(const View& key) { return key; }
    bool operator()(const auto& a, const auto& b) const { return view(a) < view(b); }
  };
  using Records = std::map<Key, Record, Less>;

  Records records_;
  std::vector<Records::iterator> unwritten_;
  std::vector<std::pair<Records::iterator, std::optional<Record>>> before_;  // of the present job's puts
};

}  // namespace breakwater::store
