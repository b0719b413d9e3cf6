// Slices and their logs as rows, for the parts of the ledger. Inside store/ only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "queue/slice.h"
#include "store/connection.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::store {

// Stored. `moved`: what was left of it goes on in other slices of its posting; its log and marks stay.
// `held`: frozen with a posting that waits (hold.h); it becomes open when that is released.
enum class SliceState { open = 0, finished = 1, dropped = 2, moved = 3, held = 4 };

struct SliceRow {
  queue::Slice slice;
  SliceState state = SliceState::open;
  std::uint32_t deferred = 0;  // not settled, but tried
  std::string last_reply;      // the latest that was not a 2xx
};

Result<std::optional<SliceRow>> slice_row(Connection& db, queue::SliceKey key);
// Marks, tries, times and replies of a slice that is there; its ids stay.
Result<void> update_slice(Connection& db, const SliceRow& row);
Result<void> insert_slice(Connection& db, const SliceRow& row);
std::uint32_t remaining_of(const queue::Slice& slice);
bool waits(SliceState state);  // its recipients are still to do: open or held

// The chunks of a slice's handover log in the order in which they were written.
Result<void> each_log(
    Connection& db, queue::SliceKey key,
    const std::function<Result<void>(Instant base, std::string_view peer, std::string_view log)>& each);
Result<void> append_log(Connection& db, queue::SliceKey key, Instant base, std::string_view peer,
                        std::string_view log);

// The mailboxes of `ids` (ascending) in order: each(at, mailbox), empty where there is no such address.
Result<void> each_mailbox(Connection& db, std::span<const AddressId> ids,
                          const std::function<void(std::size_t at, std::string_view mailbox)>& each);

// Ends the posting when it has no open slice left: `done`, unless it was dropped. True when it has ended.
Result<bool> end_posting_without_slices(Connection& db, PostingId posting, Instant at);

}  // namespace breakwater::store
