#include "storm/plain_memory.h"

#include <iterator>

namespace breakwater::storm {

Result<std::optional<std::string>> PlainMemory::get(ListId list, Kind kind, std::string_view key,
                                                    Instant now) {
  const auto shelf = shelves_.find({list, kind});
  if (shelf == shelves_.end()) return std::optional<std::string>();
  const auto record = shelf->second.found.find(key);
  if (record == shelf->second.found.end()) return std::optional<std::string>();
  if (now - record->second->at > bound_of(kind).keep) return std::optional<std::string>();
  return std::optional(record->second->value);
}

Result<void> PlainMemory::put(ListId list, Kind kind, std::string_view key, std::string_view value,
                              Instant now) {
  Shelf& shelf = shelves_[{list, kind}];
  const auto known = shelf.found.find(key);
  if (known != shelf.found.end() && known->second->number > shelf.newest - keeps_place) {
    known->second->value = value;
    known->second->at = now;
    return {};
  }
  const std::int64_t number = ++shelf.newest;
  if (known != shelf.found.end()) {
    shelf.records.splice(shelf.records.end(), shelf.records, known->second);
  } else {
    shelf.records.push_back({.key = std::string(key), .value = {}, .number = 0, .at = {}});
    const auto record = std::prev(shelf.records.end());
    shelf.found.emplace(record->key, record);
  }
  Record& record = shelf.records.back();
  record.value = value;
  record.number = number;
  record.at = now;
  if (number % pushed_out_at_once != 0) return {};
  const Bound bound = bound_of(kind);
  const auto is_gone = [&](const Record& old) {
    return old.number <= number - bound.records || now - old.at > bound.keep;
  };
  while (is_gone(shelf.records.front())) {
    shelf.found.erase(shelf.records.front().key);
    shelf.records.pop_front();
  }
  return {};
}

std::size_t PlainMemory::size(ListId list, Kind kind) const {
  const auto shelf = shelves_.find({list, kind});
  return shelf == shelves_.end() ? 0 : shelf->second.records.size();
}

}  // namespace breakwater::storm
