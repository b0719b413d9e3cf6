// The handover log: what the next server said to whom, one record an answer, packed. The delivery client
// appends to it as answers come in, settle reads it to decide, the store keeps it as it is, `posting trace`
// reads it back. One format, written once: an answer for 100 recipients costs one record, and no recipient
// costs an allocation.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::queue {

// What became of a try. `delivered`: the peer answered 2xx to the dot (or BDAT LAST) for this recipient.
enum class Outcome : std::uint8_t { delivered = 0, deferred = 1, failed = 2 };

struct Handover {
  Instant at{};
  Outcome outcome = Outcome::deferred;
  std::string_view reply;  // as the peer gave it: "250 2.0.0 Ok: queued as 4F3"; no CR, LF
  std::vector<std::pair<std::uint32_t, std::uint32_t>>
      runs;  // (first, count) of indices into the slice, ascending
};

class HandoverLog {
 public:
  explicit HandoverLog(Instant base) : base_(base) {}
  // Indices ascending; neighbours become one run. `reply` is cut at 500 bytes, control characters become '?'.
  void append(Instant at, Outcome outcome, std::string_view reply, const std::uint32_t* indices,
              std::size_t count);
  bool empty() const { return bytes_.empty(); }
  Instant base() const { return base_; }
  const std::string& bytes() const { return bytes_; }
  std::string take(Instant next_base);  // hands out what is there and starts anew

 private:
  Instant base_;
  std::string bytes_;
};

// Calls `each` for every record; the views live as long as `bytes`. Errors: Fault::invalid on corrupt bytes.
Result<void> read_handovers(Instant base, std::string_view bytes,
                            const std::function<void(const Handover&)>& each);

}  // namespace breakwater::queue
