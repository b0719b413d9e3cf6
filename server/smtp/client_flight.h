// Mail transactions of a client that are on the way: which of their commands were sent, which were answered.
// Values of one client; a slot's memory is used again, so that a transaction costs no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "terms/invariant.h"

namespace breakwater::smtp {

// Unanswered commands at most: their answers must fit into the socket buffers, for nothing is read while we
// write (RFC 2920 3.1: a client must not deadlock).
inline constexpr std::size_t kWindow = 250;
inline constexpr std::size_t kWindowBytes = 32 * 1024;  // of these commands: they have to fit as well

// Commands of an envelope in their order: RSET (0, only where an envelope may be left), MAIL (1), RCPT (2
// ..), then DATA or BDAT.
struct Transaction {
  std::vector<std::uint32_t> to, accepted;
  std::size_t first = 1, sent = 1, answered = 1;  // of these commands
  std::size_t bytes = 0;                          // of those sent
  bool mail_ok = false, abandoned = false, utf8 = false;
  bool fresh = false;  // in the output of the last call: it may not be written yet
  std::size_t commands() const { return to.size() + 3; }
  bool open() const { return !to.empty(); }
  bool all_sent() const { return sent == commands(); }
  bool all_but_one_answered() const { return answered + 1 == commands(); }
};

// The queue of them, oldest first.
class Flight {
 public:
  static constexpr std::size_t kSlots = 16;
  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  Transaction& operator[](std::size_t at) { return slots_[(first_ + at) % kSlots]; }
  const Transaction& operator[](std::size_t at) const { return slots_[(first_ + at) % kSlots]; }
  Transaction& front() { return slots_[first_]; }
  const Transaction& front() const { return slots_[first_]; }
  Transaction& add() {
    BREAKWATER_ASSERT(count_ < kSlots);
    return (*this)[count_++];
  }
  void drop_last() { --count_; }
  void pop() {
    BREAKWATER_ASSERT(count_ > 0);
    first_ = (first_ + 1) % kSlots;
    --count_;
  }

 private:
  std::array<Transaction, kSlots> slots_;
  std::size_t first_ = 0, count_ = 0;
};

}  // namespace breakwater::smtp
