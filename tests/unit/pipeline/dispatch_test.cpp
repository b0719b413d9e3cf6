#include "pipeline/dispatch.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

namespace breakwater::pipeline {
namespace {

const Instant kNow = from_ms(1'700'000'000'000);
constexpr auto kTen = [](const std::string&) { return 10U; };

// A store of slices that Dispatch fetches from, and what became of them.
struct Store {
  std::map<PostingId, std::map<std::uint32_t, Ticket>> open;

  void add(Dispatch& dispatch, std::int64_t id, std::uint32_t slices, std::uint32_t each,
           std::string destination) {
    const PostingId posting{id};
    for (std::uint32_t at = 0; at < slices; ++at)
      open[posting][at] = {{posting, at}, destination, each, kNow};
    dispatch.open(posting, std::int64_t{slices} * each);
  }
  void serve(Dispatch& dispatch, Instant now) {
    while (const auto window = dispatch.fetch(now)) {
      std::vector<Ticket> found;
      for (auto at = open[window->posting].lower_bound(window->from);
           at != open[window->posting].end() && found.size() < window->limit; ++at) {
        found.push_back(at->second);
      }
      dispatch.fetched(*window, found, now);
    }
  }
  std::optional<Ticket> next(Dispatch& dispatch, Instant now = kNow) {
    serve(dispatch, now);
    return dispatch.next(now);
  }
  void finish(Dispatch& dispatch, const Ticket& ticket) {
    open[ticket.key.posting].erase(ticket.key.number);
    dispatch.back(ticket, std::nullopt);
    dispatch.committed(ticket.key, std::nullopt);
  }
  void defer(Dispatch& dispatch, const Ticket& ticket, Instant due, bool unreachable) {
    open[ticket.key.posting][ticket.key.number].due = due;
    dispatch.back(ticket, unreachable ? std::optional(due) : std::nullopt);
    dispatch.committed(ticket.key, due);
  }
};

TEST(Dispatch, EverySliceIsHandedOverOnceHoweverTheWindowsFall) {
  EXPECT_TRUE(rc::check([] {
    const auto window = *rc::gen::inRange<std::size_t>(2, 20);
    const auto connections = *rc::gen::inRange<std::uint32_t>(1, 12);
    Dispatch dispatch({.connections = connections, .small_posting = 50, .window = window}, kTen);
    Store store;
    std::size_t total = 0;
    const auto postings = *rc::gen::inRange(1, 6);
    for (int at = 1; at <= postings; ++at) {
      const auto slices = *rc::gen::inRange<std::uint32_t>(1, 60);
      total += slices;
      store.add(dispatch, at, slices, *rc::gen::inRange<std::uint32_t>(1, 100),
                "to" + std::to_string(at % 3));
    }
    std::vector<Ticket> in_hand;
    std::set<queue::SliceKey> seen;
    while (seen.size() < total || !in_hand.empty()) {
      if (auto ticket = store.next(dispatch)) {
        RC_ASSERT(seen.insert(ticket->key).second);
        in_hand.push_back(*ticket);
        RC_ASSERT(in_hand.size() <= connections);
        continue;
      }
      RC_ASSERT(!in_hand.empty());
      const auto which = *rc::gen::inRange<std::size_t>(0, in_hand.size());
      store.finish(dispatch, in_hand[which]);
      in_hand.erase(in_hand.begin() + static_cast<std::ptrdiff_t>(which));
    }
    RC_ASSERT(seen.size() == total);
    RC_ASSERT(dispatch.in_hand() == 0U);
  }));
}

queue::Report heard(std::uint32_t taken) {
  queue::Report report;
  report.taken = taken;
  return report;
}

TEST(Dispatch, ASmallPostingDoesNotWaitForALargeOne) {
  Dispatch dispatch({.connections = 100}, kTen);
  Store store;
  store.add(dispatch, 1, 850, 1000, "smarthost");
  int in_hand = 0;
  for (; const auto ticket = store.next(dispatch); ++in_hand) dispatch.heard(*ticket, heard(0), kNow);
  EXPECT_EQ(in_hand, 4);  // a fifth of the five connections that it begins with is kept free
  store.add(dispatch, 2, 1, 5, "smarthost");
  const auto small = store.next(dispatch);
  ASSERT_TRUE(small);
  EXPECT_EQ(small->key.posting, PostingId{2});
}

TEST(Dispatch, ALargePostingKeepsItsShareAmongManySmallOnes) {
  Dispatch dispatch({.connections = 1}, [](const std::string&) { return 1U; });
  Store store;
  store.add(dispatch, 1, 20, 1000, "smarthost");
  for (int at = 2; at < 100; ++at) store.add(dispatch, at, 1, 5, "smarthost");
  int large = 0;
  for (int turn = 0; turn < 50; ++turn) {
    const auto ticket = store.next(dispatch);
    ASSERT_TRUE(ticket);
    large += ticket->key.posting == PostingId{1};
    store.finish(dispatch, *ticket);
  }
  EXPECT_EQ(large, 10);  // every fifth turn
}

TEST(Dispatch, LargePostingsShareADestinationByRecipients) {
  Dispatch dispatch({.connections = 2}, [](const std::string&) { return 1U; });
  Store store;
  store.add(dispatch, 1, 1000, 100, "smarthost");
  store.add(dispatch, 2, 100, 1000, "smarthost");
  std::map<PostingId, std::uint32_t> recipients;
  for (int turn = 0; turn < 110; ++turn) {
    const auto ticket = store.next(dispatch);
    ASSERT_TRUE(ticket);
    recipients[ticket->key.posting] += ticket->remaining;
    store.finish(dispatch, *ticket);
  }
  EXPECT_NEAR(recipients[PostingId{1}], recipients[PostingId{2}], 1000);
}

TEST(Dispatch, AnUnreachableDestinationIsPausedThenProbedWithOneSlice) {
  Dispatch dispatch({.connections = 100}, kTen);
  Store store;
  store.add(dispatch, 1, 40, 1, "dead");
  store.add(dispatch, 2, 40, 1, "alive");
  std::vector<Ticket> dead;
  while (const auto ticket = store.next(dispatch)) {
    if (ticket->destination == "dead") dead.push_back(*ticket);
  }
  ASSERT_EQ(dead.size(), 5U);
  const Instant later = kNow + std::chrono::minutes{1};
  for (const Ticket& ticket : dead) store.defer(dispatch, ticket, later, true);
  EXPECT_FALSE(store.next(dispatch));
  EXPECT_EQ(dispatch.wake(), later);
  const auto probe = store.next(dispatch, later);
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->destination, "dead");
  EXPECT_FALSE(store.next(dispatch, later));  // one at a time until one comes back well
  store.finish(dispatch, *probe);
  int now_in_hand = 0;
  while (store.next(dispatch, later)) ++now_in_hand;
  EXPECT_EQ(now_in_hand, 5);
}

// What expires behind a destination where nobody answers takes no connection.
TEST(Dispatch, ExpiredSlicesOfADeadDestinationAreGivenUpInBoundedBatches) {
  Dispatch dispatch({.connections = 100, .window = 16}, kTen);
  Store store;
  store.add(dispatch, 1, 40, 1, "dead");
  store.add(dispatch, 2, 20, 1, "dead");
  store.add(dispatch, 3, 5, 1, "alive");
  const Instant end = kNow + std::chrono::minutes{1}, later = end + std::chrono::minutes{1};
  for (auto& [number, ticket] : store.open[PostingId{1}]) ticket.expires = number % 2 == 0 ? end : later;
  for (auto& [number, ticket] : store.open[PostingId{2}]) ticket.expires = later;
  for (auto& [number, ticket] : store.open[PostingId{3}]) ticket.expires = kNow;
  std::vector<Ticket> tried;
  while (const auto ticket = store.next(dispatch)) tried.push_back(*ticket);
  ASSERT_EQ(tried.size(), 10U);
  EXPECT_TRUE(dispatch.expired(end, 100).empty()) << "that nobody answers is not known yet";
  const Instant pause = later + std::chrono::minutes{1};
  for (const Ticket& ticket : tried) {
    if (ticket.destination == "alive") store.finish(dispatch, ticket);
    if (ticket.destination == "dead") store.defer(dispatch, ticket, pause, true);
  }
  EXPECT_TRUE(dispatch.expired(end - Duration{1}, 100).empty());
  const auto given_up = [&](Instant now) {
    std::size_t count = 0;
    for (store.serve(dispatch, now);; store.serve(dispatch, now)) {
      const auto batch = dispatch.expired(now, 3);
      EXPECT_LE(batch.size(), 3U);
      if (batch.empty()) return count;
      for (const Ticket& ticket : batch) {
        EXPECT_EQ(ticket.destination, "dead");
        EXPECT_LE(ticket.expires, now);
        EXPECT_EQ(store.open[ticket.key.posting].erase(ticket.key.number), 1U) << "once";
        dispatch.committed(ticket.key, std::nullopt);
        ++count;
      }
    }
  };
  EXPECT_LE(given_up(end), 20U);
  EXPECT_EQ(dispatch.in_hand(), 0U);
  given_up(later);
  EXPECT_EQ(store.open[PostingId{1}].size() + store.open[PostingId{2}].size(), 5U) << "those that were tried";
  EXPECT_FALSE(store.next(dispatch, later)) << "and it is still left alone";
  store.serve(dispatch, pause);
  EXPECT_TRUE(dispatch.expired(pause, 100).empty()) << "the pause is over: one is tried first";
  EXPECT_TRUE(store.next(dispatch, pause));
}

TEST(Dispatch, WhereSlicesAreTakenMoreAreInHandUpToTheLimit) {
  Dispatch dispatch({.connections = 100}, kTen);
  Store store;
  store.add(dispatch, 1, 850, 1000, "smarthost");
  int in_hand = 0;
  for (; const auto ticket = store.next(dispatch); ++in_hand) {
    for (int at = 0; at < 3; ++at) dispatch.heard(*ticket, heard(100), kNow);
  }
  EXPECT_EQ(dispatch.connections("smarthost"), 10U);
  EXPECT_EQ(in_hand, 8);  // a fifth of the ten is kept free
}

// The server takes three connections: what it refused waits for one of them, and is not tried by a fourth.
TEST(Dispatch, ARefusedSliceGoesOnWithTheConnectionsThatWork) {
  Dispatch dispatch({.connections = 100}, kTen);
  Store store;
  store.add(dispatch, 1, 10, 5, "smarthost");
  std::vector<Ticket> in_hand;
  while (const auto ticket = store.next(dispatch)) in_hand.push_back(*ticket);
  ASSERT_EQ(in_hand.size(), 5U);
  for (int at = 0; at < 2; ++at) {
    EXPECT_FALSE(dispatch.refused(in_hand.back(), kNow).dead);
    store.defer(dispatch, in_hand.back(), kNow, false);
    in_hand.pop_back();
    EXPECT_FALSE(store.next(dispatch));
  }
  EXPECT_EQ(dispatch.connections("smarthost"), 3U);
  int handed_over = 3;
  for (; !in_hand.empty(); ++handed_over) {
    store.finish(dispatch, in_hand.back());
    in_hand.pop_back();
    const auto next = store.next(dispatch);
    if (!next) break;
    in_hand.push_back(*next);
    EXPECT_FALSE(store.next(dispatch)) << "a fourth";
  }
  EXPECT_EQ(handed_over, 10);
}

TEST(Dispatch, ARefusalOfTheOnlyOneIsRestedAndNotPausedForLong) {
  Dispatch dispatch({}, [](const std::string&) { return 1U; });
  Store store;
  store.add(dispatch, 1, 3, 5, "smarthost");
  const auto first = store.next(dispatch);
  ASSERT_TRUE(first);
  dispatch.heard(*first, heard(1), kNow);
  store.finish(dispatch, *first);
  const auto second = store.next(dispatch);
  ASSERT_TRUE(second);
  const auto refusal = dispatch.refused(*second, kNow);
  EXPECT_FALSE(refusal.dead);
  store.defer(dispatch, *second, kNow + refusal.rest, true);
  EXPECT_FALSE(store.next(dispatch, kNow + refusal.rest - Duration{1}));
  EXPECT_TRUE(store.next(dispatch, kNow + refusal.rest));
}

TEST(Dispatch, ADeferredSliceComesBackWhenItIsDueAndNotBefore) {
  Dispatch dispatch({}, kTen);
  Store store;
  store.add(dispatch, 1, 1, 5, "smarthost");
  const auto first = store.next(dispatch);
  ASSERT_TRUE(first);
  const Instant due = kNow + std::chrono::minutes{5};
  store.defer(dispatch, *first, due, false);
  EXPECT_FALSE(store.next(dispatch, due - Duration{1}));
  EXPECT_EQ(dispatch.wake(), due);
  EXPECT_TRUE(store.next(dispatch, due));
}

TEST(Dispatch, AClosedPostingHasNoMoreTurns) {
  Dispatch dispatch({.connections = 4}, kTen);
  Store store;
  store.add(dispatch, 1, 30, 100, "smarthost");
  const auto in_hand = store.next(dispatch);
  ASSERT_TRUE(in_hand);
  dispatch.close(PostingId{1});
  EXPECT_FALSE(store.next(dispatch));
  dispatch.back(*in_hand, std::nullopt);
  dispatch.committed(in_hand->key, std::nullopt);
  EXPECT_EQ(dispatch.in_hand(), 0U);
}

}  // namespace
}  // namespace breakwater::pipeline
