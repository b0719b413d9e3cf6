// Who is still to get what, and who got it: slices, progress, bounces. Progress is committed in groups: a
// bitmap and a log chunk a slice, never a row a recipient.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lists/expansion.h"
#include "queue/consignment.h"
#include "queue/handover_log.h"
#include "queue/slice.h"
#include "store/connection.h"
#include "terms/ids.h"
#include "terms/instant.h"

namespace breakwater::store {

struct DueSlice {
  queue::SliceKey key;
  std::string route;
  std::uint32_t count = 0;      // recipients in it
  std::uint32_t remaining = 0;  // not settled
  std::uint32_t attempts = 0;
  Instant due{}, expires{};
};
// Unfinished slices of one posting, in order of number, from `from` on; of any due time.
Result<std::vector<DueSlice>> open_slices(Connection& db, PostingId posting, std::uint32_t from,
                                          std::size_t limit);
Result<std::vector<PostingId>> open_postings(Connection& db);  // with unfinished slices, oldest first

Result<std::optional<queue::Slice>> slice(Connection& db, queue::SliceKey key);
// The addresses of those who are not settled, in order; one range scan where ids lie close together. An id
// without a row gives an empty mailbox.
Result<std::vector<queue::Addressee>> addressees(Connection& db, const queue::Slice& slice);

// What settle decided about one slice (pipeline/settle.h).
struct Progress {
  queue::Slice slice;                       // bitmap, attempts, due as they are now
  bool finished = false;                    // all settled
  std::uint32_t delivered = 0, failed = 0;  // newly
  std::string peer;
  Instant log_base{};
  std::string log;  // handover log bytes; may be empty
};
struct Bounce {
  ListId list;
  PostingId posting;
  AddressId address;
  Instant at{};
  std::string status;      // "5.1.1"
  std::string diagnostic;  // what the server said
};
// Updates slice and posting counters, appends the log, writes the bounces (one a posting and member: repeated
// ones are ignored). True when the posting has no unfinished slice left; its state is then `done` (or
// `dropped`, as it was). Marks are added to those stored, never taken back. The slice may have been dropped
// or re-routed while it was in hand: what was delivered is still recorded, and not sent again where it waited
// under a new number. A posting's `deferred` counts who is not settled but has been tried.
Result<bool> record_progress(Connection& db, const Progress& progress, const std::vector<Bounce>& bounces);
// False: this posting's bounce of this member is there already.
Result<bool> add_bounce(Connection& db, const Bounce& bounce);
Result<std::vector<Bounce>> bounces(Connection& db, PostingId posting);
Result<std::vector<Bounce>> bounces_of_member(Connection& db, ListId list, AddressId address,
                                              std::size_t limit);

// The trace: every recipient of a posting with its state, in order of slice and address.
struct TraceRow {
  std::string mailbox;
  std::string state;  // delivered, deferred, failed, queued, held, dropped
  Instant at{};       // of the last answer; 0: none yet
  std::string peer, reply;
  std::uint32_t attempts = 0;
};
Result<void> trace(Connection& db, PostingId posting, const std::function<void(const TraceRow&)>& each);

// When the configuration's routes have changed: unfinished slices, held ones as well, whose route is no
// longer `still_valid` get the one their domains have now; where those differ, each part becomes a new slice
// at the end of the posting's numbers, with its own marks, tries, log and times. Returns how many slices were
// re-routed; damaged ones are passed over.
Result<std::int64_t> reroute(Connection& db, const lists::RouteOf& route_of,
                             const std::function<bool(std::string_view route)>& still_valid);

// Hands of the administrator. `retry`: due at once; returns how many slices. `drop`: unfinished recipients
// are given up, without a bounce, and it will be in no digest; returns how many recipients. What is held is
// not theirs: Fault::invalid, and of all postings `retry` leaves the held ones out. Errors: Fault::not_found.
Result<std::int64_t> retry_now(Connection& db, std::optional<PostingId> posting, Instant now);
Result<std::int64_t> drop(Connection& db, PostingId posting, Instant now, std::string_view why);

struct QueueLine {
  PostingId posting;
  std::string list_address, subject, route;
  std::int64_t slices = 0, remaining = 0;
  std::uint32_t attempts = 0;
  Instant due{};
  std::string last_reply;
};
Result<std::vector<QueueLine>> queue_lines(Connection& db, std::size_t limit);  // by posting and route

struct RouteLine {
  std::string route;  // its name: of a destination what stands before its domain
  std::int64_t remaining = 0;
  Instant oldest{};  // when the oldest posting that waits for it was received
};
Result<std::vector<RouteLine>> queue_by_route(Connection& db);  // by name; one pass over what is open

}  // namespace breakwater::store
