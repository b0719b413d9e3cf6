// Who is still to be handed over: positions 0 .. count-1 of a load, taken in batches, given back when a batch
// was cut short. Outlives the connections that work on it, so that a second one can go on where the first
// broke off. Takes no memory per recipient beyond the batches under way. Owned by one driver; not
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace breakwater::smtp {

class Todo {
 public:
  explicit Todo(std::uint32_t count = 0) : count_(count) {}
  std::size_t left() const { return back_.size() + (count_ - next_); }
  bool empty() const { return left() == 0; }
  // Puts up to `limit` positions into `out` (cleared first), ascending; who was given back goes first.
  void take(std::size_t limit, std::vector<std::uint32_t>& out);
  void give_back(const std::uint32_t* positions, std::size_t count);

 private:
  std::uint32_t next_ = 0, count_;
  std::vector<std::uint32_t> back_;
};

}  // namespace breakwater::smtp
