// The bulkhead in virtual time: how long a small posting waits beside large ones, and what the large ones
// get.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pipeline/dispatch.h"

namespace breakwater::pipeline {
namespace {

const Instant kStart = from_ms(1'700'000'000'000);

struct Sent {
  std::int64_t recipients = 0;
  std::uint32_t slices = 0;
  std::vector<std::string> destinations;  // of its slices, in turn
  Instant at{};
};

// What became of a slice.
struct Turn {
  PostingId posting;
  std::string destination;
  bool large = false;
  Instant came{}, went{}, ended{};
  bool large_could = false;       // a large slice was ready and had a connection
  std::int64_t small_before = 0;  // small slices in hand as its posting came, or taken before it since
};

// Dispatch with connections that take some time for each slice, event by event.
class House {
 public:
  House(std::uint32_t connections, std::uint32_t limit)
      : connections_(connections),
        dispatch_({.connections = connections, .small_posting = 50, .window = 16},
                  [limit](const std::string&) { return limit; }) {}

  void send(const Sent& sent) {
    const PostingId id{++last_};
    auto& slices = store_[id];
    for (std::uint32_t at = 0; at < sent.slices; ++at) {
      slices[at] = {{id, at},
                    sent.destinations[at % sent.destinations.size()],
                    static_cast<std::uint32_t>(sent.recipients / sent.slices),
                    sent.at};
    }
    came_[id] = {sent.at, small_in_hand_, small_taken_, sent.recipients > 50};
    dispatch_.open(id, sent.recipients);
  }

  // Plays until all is handed over; `sent` in order of time, `took`: how long the n-th slice takes.
  std::vector<Turn> play(std::vector<Sent> sent, const std::vector<int>& took_ms) {
    std::size_t next_sent = 0;
    Instant now = kStart;
    for (;;) {
      while (next_sent < sent.size() && sent[next_sent].at <= now) send(sent[next_sent++]);
      hand_over(now, took_ms);
      std::optional<Instant> wake;
      if (!in_hand_.empty()) wake = in_hand_.begin()->first;
      if (next_sent < sent.size() && (!wake || sent[next_sent].at < *wake)) wake = sent[next_sent].at;
      if (!wake) return turns_;
      now = *wake;
      while (!in_hand_.empty() && in_hand_.begin()->first <= now) settle();
    }
  }

 private:
  struct Came {
    Instant at{};
    std::int64_t small_in_hand = 0, small_taken = 0;
    bool large = false;
  };

  void fetch(Instant now) {
    while (const auto window = dispatch_.fetch(now)) {
      std::vector<Ticket> found;
      auto& slices = store_[window->posting];
      for (auto at = slices.lower_bound(window->from); at != slices.end() && found.size() < window->limit;
           ++at) {
        found.push_back(at->second);
      }
      dispatch_.fetched(*window, found, now);
    }
  }

  bool large_could() const {
    if (large_in_hand_ >= share(connections_) || small_in_hand_ + large_in_hand_ >= connections_)
      return false;
    for (const auto& [id, slices] : store_) {
      if (!came_.at(id).large) continue;
      for (const auto& [number, ticket] : slices) {
        if (taken_.contains(ticket.key)) continue;
        const auto held = held_.find(ticket.destination);
        if (held == held_.end() || held->second.first == 0) return true;
        const std::uint32_t allowed = dispatch_.connections(ticket.destination);
        if (held->second.second < share(allowed) && held->second.first < allowed) return true;
        break;  // what comes later of this posting may be unknown yet
      }
    }
    return false;
  }

  void hand_over(Instant now, const std::vector<int>& took_ms) {
    for (;;) {
      fetch(now);
      const bool could = large_could();
      const auto ticket = dispatch_.next(now);
      if (!ticket) return;
      const Came& came = came_.at(ticket->key.posting);
      Turn turn{ticket->key.posting,
                ticket->destination,
                ticket->large,
                came.at,
                now,
                {},
                could,
                came.small_in_hand + small_taken_ - came.small_taken};
      turn.ended = now + Duration(took_ms[turns_.size() % took_ms.size()]);
      turns_.push_back(turn);
      in_hand_.insert({turn.ended, *ticket});
      taken_.insert(ticket->key);
      auto& held = held_[ticket->destination];
      ++held.first;
      if (ticket->large) {
        ++held.second;
        ++large_in_hand_;
      } else {
        ++small_in_hand_;
        ++small_taken_;
      }
    }
  }

  void settle() {
    const Ticket ticket = in_hand_.begin()->second;
    in_hand_.erase(in_hand_.begin());
    auto& held = held_[ticket.destination];
    --held.first;
    if (ticket.large) {
      --held.second;
      --large_in_hand_;
    } else {
      --small_in_hand_;
    }
    store_[ticket.key.posting].erase(ticket.key.number);
    taken_.erase(ticket.key);
    queue::Report report;
    report.taken = 1;
    dispatch_.heard(ticket, report, in_hand_.empty() ? kStart : in_hand_.begin()->first);
    dispatch_.back(ticket, std::nullopt);
    dispatch_.committed(ticket.key, std::nullopt);
    if (store_[ticket.key.posting].empty()) dispatch_.close(ticket.key.posting);
  }

  static std::uint32_t share(std::uint32_t limit) {
    return limit <= 1 ? limit : limit - std::max(1U, limit / 5);
  }

  std::uint32_t connections_;
  Dispatch dispatch_;
  std::int64_t last_ = 0;
  std::map<PostingId, std::map<std::uint32_t, Ticket>> store_;
  std::map<PostingId, Came> came_;
  std::multimap<Instant, Ticket> in_hand_;
  std::set<queue::SliceKey> taken_;
  std::map<std::string, std::pair<std::uint32_t, std::uint32_t>> held_;  // all, large
  std::int64_t small_in_hand_ = 0, large_in_hand_ = 0, small_taken_ = 0;
  std::vector<Turn> turns_;
};

Sent small(Instant at, std::string destination) { return {1, 1, {std::move(destination)}, at}; }
Sent fan_out(std::uint32_t slices, std::vector<std::string> destinations) {
  return {std::int64_t{1000} * slices, slices, std::move(destinations), kStart};
}

std::vector<int> any_times() {
  return *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 1000)));
}

// A notice, a confirmation, a mail to an owner: one recipient. Eight fan-outs to 100,000 hold all they may.
TEST(Bulkhead, OneRecipientNeverWaitsBehindFanOuts) {
  House house(10, 5);
  std::vector<Sent> sent;
  for (int at = 0; at < 8; ++at) sent.push_back(fan_out(100, {"a", "b", "c"}));
  for (int at = 1; at <= 200; ++at)
    sent.push_back(small(kStart + at * std::chrono::seconds(1), at % 2 ? "a" : "b"));
  int smalls = 0;
  for (const Turn& turn : house.play(sent, {900})) {
    if (turn.large) continue;
    ++smalls;
    EXPECT_EQ(turn.went, turn.came);
  }
  EXPECT_EQ(smalls, 200);
}

TEST(Bulkhead, ADestinationOfOneConnectionIsSharedByTurns) {
  House house(10, 1);
  std::vector<Sent> sent = {fan_out(300, {"a"})};
  for (int at = 1; at <= 50; ++at) sent.push_back(small(kStart + at * std::chrono::milliseconds(3700), "a"));
  for (const Turn& turn : house.play(sent, {1000})) {
    if (!turn.large) EXPECT_LE(turn.went - turn.came, std::chrono::seconds(2));
  }
}

// Random mixtures: the wait is what the small postings themselves cost, over the reserved fifth.
TEST(Bulkhead, ASmallPostingWaitsForSmallOnesOnly) {
  EXPECT_TRUE(rc::check([] {
    const auto connections = *rc::gen::inRange<std::uint32_t>(2, 30);
    const auto limit = *rc::gen::inRange<std::uint32_t>(2, 30);
    const std::vector<std::string> all = {"a", "b", "c", "d"};
    const auto destinations =
        rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(all)));
    std::vector<Sent> sent;
    for (int at = *rc::gen::inRange(0, 6); at > 0; --at) {
      sent.push_back(fan_out(*rc::gen::inRange<std::uint32_t>(1, 60), *destinations));
    }
    Instant now = kStart;
    for (int at = *rc::gen::inRange(1, 60); at > 0; --at) {
      now += Duration(*rc::gen::inRange(0, 700));
      const auto slices = *rc::gen::inRange<std::uint32_t>(1, 4);
      sent.push_back({*rc::gen::inRange<std::int64_t>(slices, 51), slices, *destinations, now});
    }
    const auto took_ms = any_times();
    const std::int64_t longest = *std::max_element(took_ms.begin(), took_ms.end());
    const std::int64_t fifth = std::max(1U, std::min({connections, limit, queue::Pace::kFirst}) / 5);
    std::size_t slices = 0;
    for (const Sent& each : sent) slices += each.slices;
    const auto turns = House(connections, limit).play(sent, took_ms);
    RC_ASSERT(turns.size() == slices);
    for (const Turn& turn : turns) {
      if (turn.large) continue;
      RC_ASSERT((turn.went - turn.came).count() * fifth <= longest * turn.small_before);
    }
  }));
}

TEST(Bulkhead, OfFiveTurnsOneIsLarge) {
  EXPECT_TRUE(rc::check([] {
    const auto connections = *rc::gen::inRange<std::uint32_t>(1, 12);
    const auto limit = *rc::gen::inRange<std::uint32_t>(1, 12);
    std::vector<Sent> sent = {fan_out(40, {"a"}), fan_out(20, {"b", "a"})};
    for (int at = *rc::gen::inRange(20, 200); at > 0; --at) sent.push_back(small(kStart, at % 3 ? "a" : "c"));
    int small_in_a_row = 0;
    for (const Turn& turn : House(connections, limit).play(sent, any_times())) {
      if (turn.large || !turn.large_could) {
        small_in_a_row = 0;
        continue;
      }
      RC_ASSERT(++small_in_a_row <= 4);
    }
  }));
}

// Small mail beyond what the connections can do, to ever new destinations: who waits comes to their turn.
TEST(Bulkhead, FreshDestinationsDoNotGoBeforeThoseThatWait) {
  House house(2, 2);
  std::vector<Sent> sent;
  for (int at = 0; at < 5; ++at) sent.push_back(small(kStart, "old"));
  for (int at = 0; at < 400; ++at) {
    sent.push_back(small(kStart + at * std::chrono::milliseconds(400), "new" + std::to_string(at)));
  }
  for (const Turn& turn : house.play(sent, {1000})) {
    if (turn.destination == "old") EXPECT_LT(turn.went - kStart, std::chrono::seconds(20));
  }
}

// The same within a destination's lane: ever new postings, and the later slices of an old one.
TEST(Bulkhead, NewPostingsDoNotGoBeforeTheNextSliceForGood) {
  House house(5, 2);
  std::vector<Sent> sent = {fan_out(4, {"a"})};
  for (int at = 1; at < 600; ++at) {
    sent.push_back({60, 1, {"a"}, kStart + at * std::chrono::seconds(1)});
  }
  for (const Turn& turn : house.play(sent, {1000})) {
    if (turn.posting == PostingId{1}) EXPECT_LT(turn.went - kStart, std::chrono::minutes(2));
  }
}

}  // namespace
}  // namespace breakwater::pipeline
