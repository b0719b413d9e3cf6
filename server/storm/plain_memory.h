// The guard's memory in plain maps, for replays and tests: the bounds and the forgetting are those of the
// server's (memory.h). One thread at a time; views given out are copies.
#pragma once

#include <compare>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "storm/memory.h"

namespace breakwater::storm {

class PlainMemory : public Memory {
 public:
  PlainMemory() = default;
  PlainMemory(const PlainMemory&) = delete;  // its records point at one another
  PlainMemory& operator=(const PlainMemory&) = delete;

  Result<std::optional<std::string>> get(ListId list, Kind kind, std::string_view key, Instant now) override;
  Result<void> put(ListId list, Kind kind, std::string_view key, std::string_view value,
                   Instant now) override;

  // Records kept of one kind of one list, those too old included until a write drops them.
  std::size_t size(ListId list, Kind kind) const;

 private:
  struct Record {
    std::string key, value;
    std::int64_t number = 0;  // of its write, among those of its shelf
    Instant at{};
  };
  struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
  };
  // One kind of one list. The records in the order of their writes, so that what falls out is in front.
  struct Shelf {
    std::list<Record> records;
    // The keys are views of those in `records`.
    std::unordered_map<std::string_view, std::list<Record>::iterator, KeyHash> found;
    std::int64_t newest = 0;
  };
  struct Place {
    ListId list;
    Kind kind{};
    auto operator<=>(const Place&) const = default;
  };

  std::map<Place, Shelf> shelves_;
};

}  // namespace breakwater::storm
