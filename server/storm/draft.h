// A memory whose writes are kept back until they are wanted: what a line of defence would remember of a
// posting is tried, and then counted or dropped. Lives within one call; the memory behind it must outlive it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storm/memory.h"

namespace breakwater::storm {

class Draft : public Memory {
 public:
  explicit Draft(Memory& behind) : behind_(behind) {}

  Result<std::optional<std::string>> get(ListId list, Kind kind, std::string_view key, Instant now) override;
  Result<void> put(ListId list, Kind kind, std::string_view key, std::string_view value,
                   Instant now) override;

  // Writes what was put, in that order.
  Result<void> keep();

 private:
  struct Write {
    ListId list;
    Kind kind{};
    std::string key, value;
    Instant at{};
  };
  Memory& behind_;
  std::vector<Write> writes_;  // a handful
};

}  // namespace breakwater::storm
