// Dispatch: which slice is handed over next. Pure; one owner, not thread-safe.
//
// Two lanes, small postings and large ones. The small lane goes first, the large one gets at least every
// fifth turn; a fifth of all connections, and of each destination's, is kept free of large postings. So a
// posting of 5 does not wait for one of 850,000, and none starves. Within a lane the postings for a
// destination take turns by recipients (start-time fair queueing: each has a mark that grows by the size of
// every slice taken, the lowest goes next, a newcomer starts little above the mark now reached), and the
// destinations take turns one by one.
//
// The bound (docs/storm.md, "The bulkhead"; tests/unit/pipeline/bulkhead_test.cpp): with r the smaller of the
// two fifths, of all connections and of those its destination has at present, and T the longest time a slice
// takes, a small slice waits at most T x n / r, n being the small slices in hand or taken before it since it
// came; with none, not at all, however large what else is being fanned out. (A destination that allows a
// single connection has no fifth: there, or where one was just refused, it waits for two large slices
// besides.) Of five turns that a ready large slice sees, one is large.
//
// How many slices of a destination are in hand at once is found by feedback, up to its limit (queue/pace.h):
// whoever takes only so many connections gets no more, and the slices that were refused go to those.
//
// Memory is bounded: of a posting only a window of slices is known here; the owner fetches the next from the
// store. A destination that cannot be reached is paused and then probed with one slice, instead of being
// tried by all. What expires meanwhile is given up without a try of its own: it would take a connection each.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "queue/consignment.h"
#include "queue/pace.h"
#include "queue/slice.h"
#include "terms/ids.h"
#include "terms/instant.h"

namespace breakwater::pipeline {

// A slice that waits for its turn.
struct Ticket {
  queue::SliceKey key;
  std::string destination;      // queue::destination_of
  std::uint32_t remaining = 0;  // recipients not settled
  Instant due{};
  Instant expires = Instant::max();
  bool large = false;  // set by next(): the lane it went by
};

struct DispatchOptions {
  std::uint32_t connections = 100;   // slices in hand, all together
  std::uint32_t small_posting = 50;  // recipients; larger ones go by the large lane
  std::size_t window = 1024;         // slices of a posting known at a time
  std::size_t tickets = 50'000;      // of a lane, all postings together
};

class Dispatch {
 public:
  // `limit_of`: how many slices of a destination may be in hand at once, at most; asked when the destination
  // comes into use.
  Dispatch(DispatchOptions options, std::function<std::uint32_t(const std::string& destination)> limit_of)
      : options_(options), limit_of_(std::move(limit_of)) {}

  void open(PostingId posting,
            std::int64_t recipients);  // it has slices to do; one that is known is looked at anew
  void close(PostingId posting);       // done or dropped; what is in hand runs out

  struct Fetch {
    PostingId posting;
    std::uint32_t from = 0;  // slice number
    std::size_t limit = 0;
  };
  std::optional<Fetch> fetch(Instant now);  // whose next window is wanted
  // The unfinished slices of that window in order; fewer than `limit`: there are no more.
  void fetched(const Fetch& window, const std::vector<Ticket>& slices, Instant now);

  std::optional<Ticket> next(Instant now);  // whose turn it is; it is then in hand
  // A report on a slice that is in hand came: what it tells of its destination.
  void heard(const Ticket& ticket, const queue::Report& report, Instant now);
  // The connection for a slice in hand was refused, and nobody of it was tried on it. back() comes next.
  queue::Pace::Refusal refused(const Ticket& ticket, Instant now);
  std::uint32_t connections(const std::string& destination) const;  // at once, as it stands; 0: not in use
  // Slices that are past their time, of destinations that are left alone because nobody answers there: to be
  // given up; committed() comes next. At most so many. They take no connection and are not in hand.
  std::vector<Ticket> expired(Instant now, std::size_t most);
  // A slice came back from hand, its connection is free. `alone_until`: its destination is left alone until
  // then, since nobody answered there (`dead`) or it wants a rest.
  void back(const Ticket& ticket, std::optional<Instant> alone_until, bool dead = true);
  // What became of it is committed. Only now may a window show it again: read before that, it would be sent
  // twice. `due`: when to try the rest of it; nullopt: it is finished.
  void committed(queue::SliceKey key, std::optional<Instant> due);
  void
  look_again();  // an administrator wants everything tried now: pauses end, all postings are fetched anew

  std::optional<Instant> wake() const;  // when something that waits for a time becomes due
  std::size_t in_hand() const { return in_hand_; }

 private:
  static constexpr std::size_t kSmall = 0, kLarge = 1;
  struct Posting {
    std::size_t lane = kSmall;
    std::uint32_t cursor = 0;       // first slice number not fetched
    bool swept = false;             // the sweep reached the last slice
    bool again = false;             // and something became due behind it meanwhile: sweep once more
    std::optional<Instant> due;     // of the earliest slice that waits for a time; then it stands in due_
    std::set<std::uint32_t> known;  // slices with a ticket or in hand
    std::size_t tickets = 0;
  };
  struct Line {  // a posting's tickets for one destination
    std::uint64_t mark = 0;
    std::deque<Ticket> tickets;
  };
  struct Lane {
    std::map<PostingId, Line> lines;
    std::set<std::pair<std::uint64_t, PostingId>> turns;  // by mark
    std::uint64_t mark = 0;                               // reached
    std::uint64_t last_turn = 0;                          // of the destination in this lane
    bool ready = false;                                   // stands in ready_
  };
  struct Destination {
    explicit Destination(std::uint32_t limit) : pace(limit) {}
    queue::Pace pace;
    std::uint32_t in_hand = 0, large_in_hand = 0;
    bool probing = false;  // one slice at a time until one comes back well
    std::optional<Instant> paused_until;
    bool dead = false;                  // paused since nobody answered
    Instant earliest = Instant::max();  // no ticket of its lines expires before
    std::optional<Instant> dying;       // then it stands in dying_
    std::array<Lane, 2> lanes;
  };

  void add(Posting& posting, const Ticket& ticket);
  void want(PostingId id, const Posting& posting);
  void sweep_anew(PostingId id, Posting& posting);
  void set_due(PostingId id, Posting& posting, std::optional<Instant> due);
  Destination& use(const std::string& name);
  bool may_take(const Destination& destination, std::size_t lane) const;
  void refresh(const std::string& name, Destination& destination);
  void take_expired(const std::string& name, Instant now, std::size_t most, std::vector<Ticket>& found);
  void resume(Instant now);
  bool has_room(std::size_t lane) const;
  Ticket take(std::size_t lane);

  DispatchOptions options_;
  std::function<std::uint32_t(const std::string&)> limit_of_;
  std::map<PostingId, Posting> postings_;
  std::array<std::set<PostingId>, 2> wanting_;  // could use a window, by lane
  std::set<std::pair<Instant, PostingId>> due_;
  std::array<std::size_t, 2> tickets_ = {0, 0};  // by lane
  std::map<std::string, Destination> destinations_;
  std::array<std::set<std::pair<std::uint64_t, std::string>>, 2>
      ready_;  // by last turn: who waited longest is first
  std::set<std::pair<Instant, std::string>> paused_;
  std::set<std::pair<Instant, std::string>> dying_;  // dead, with tickets, by when the first expires
  std::uint64_t turn_ = 0;
  std::uint32_t in_hand_ = 0, large_in_hand_ = 0, small_in_a_row_ = 0;
};

}  // namespace breakwater::pipeline
