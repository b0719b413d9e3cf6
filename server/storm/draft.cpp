#include "storm/draft.h"

namespace breakwater::storm {

Result<std::optional<std::string>> Draft::get(ListId list, Kind kind, std::string_view key, Instant now) {
  for (auto write = writes_.rbegin(); write != writes_.rend(); ++write) {
    if (write->list == list && write->kind == kind && write->key == key) return std::optional(write->value);
  }
  return behind_.get(list, kind, key, now);
}

Result<void> Draft::put(ListId list, Kind kind, std::string_view key, std::string_view value, Instant now) {
  writes_.push_back({list, kind, std::string(key), std::string(value), now});
  return {};
}

Result<void> Draft::keep() {
  for (const Write& write : writes_) {
    if (auto kept = behind_.put(write.list, write.kind, write.key, write.value, write.at); !kept) {
      return kept.error();
    }
  }
  writes_.clear();
  return {};
}

}  // namespace breakwater::storm
