#include "smtp/client_todo.h"

#include <algorithm>

namespace breakwater::smtp {

void Todo::take(std::size_t limit, std::vector<std::uint32_t>& out) {
  out.clear();
  if (!back_.empty()) {
    const std::size_t again = std::min(limit, back_.size());
    std::sort(back_.begin(), back_.end());
    out.assign(back_.begin(), back_.begin() + static_cast<std::ptrdiff_t>(again));
    back_.erase(back_.begin(), back_.begin() + static_cast<std::ptrdiff_t>(again));
  }
  while (out.size() < limit && next_ < count_) out.push_back(next_++);
}

void Todo::give_back(const std::uint32_t* positions, std::size_t count) {
  back_.insert(back_.end(), positions, positions + count);
}

}  // namespace breakwater::smtp
