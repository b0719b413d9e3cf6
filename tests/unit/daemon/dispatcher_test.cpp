// The dispatcher on a real store, with a courier that does what the test says.
#include "daemon/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <memory>
#include <stdexcept>

#include "daemon/clock.h"
#include "daemon/clock_follower.h"
#include "daemon/running.h"
#include "lists/expansion.h"
#include "store/directory.h"

namespace breakwater::daemon {
namespace {

using namespace std::chrono_literals;
using queue::Outcome;

constexpr auto kPatience = 60s;

// Keeps what it is given until the test answers for it.
class Porter : public delivery::Carrier {
 public:
  void deliver(queue::Consignment consignment, Progress progress) override {
    const std::lock_guard lock(mutex_);
    const queue::SliceKey key = consignment.key;
    held_.insert_or_assign(key, std::pair(std::move(consignment), std::move(progress)));
    ++given_;
    changed_.notify_all();
  }
  bool wait_for(std::size_t held) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return held_.size() == held; });
  }
  int given() const {
    const std::lock_guard lock(mutex_);
    return given_;
  }
  bool called_back(std::uint32_t number) {
    const std::lock_guard lock(mutex_);
    return held_.at({PostingId{1}, number}).first.stop->load();
  }
  std::vector<std::string> recipients(std::uint32_t number) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> found;
    for (const auto& to : held_.at({PostingId{1}, number}).first.to) found.push_back(to.mailbox);
    return found;
  }
  // Ends the try of a slice: all its recipients get this answer.
  void answer(std::uint32_t number, Outcome outcome, const std::string& reply) {
    auto [consignment, progress] = take(number);
    queue::Report report;
    report.key = consignment.key;
    report.base = clock_now();
    report.transactions = 1;
    report.finished = true;
    report.peer = "office[192.0.2.1]:25";
    queue::HandoverLog log(report.base);
    std::vector<std::uint32_t> indices;
    for (const queue::Addressee& to : consignment.to) indices.push_back(to.index);
    log.append(report.base, outcome, reply, indices.data(), indices.size());
    report.log = log.bytes();
    progress(std::move(report));
  }
  // As the courier does with what was called back: nobody was tried.
  void give_back(std::uint32_t number) {
    auto [consignment, progress] = take(number);
    queue::Report report;
    report.key = consignment.key;
    report.base = clock_now();
    report.finished = true;
    report.trouble = "451 4.3.2 stopped";
    progress(std::move(report));
  }
  // Its connection was one too many: nobody was tried.
  void refuse(std::uint32_t number) {
    auto [consignment, progress] = take(number);
    queue::Report report;
    report.key = consignment.key;
    report.base = clock_now();
    report.finished = report.refused = true;
    report.trouble = "421 4.3.2 too many connections";
    progress(std::move(report));
  }

 private:
  std::pair<queue::Consignment, Progress> take(std::uint32_t number) {
    const std::lock_guard lock(mutex_);
    const auto found = held_.find({PostingId{1}, number});
    if (found == held_.end()) throw std::runtime_error("the slice is not in hand");
    auto taken = std::move(found->second);
    held_.erase(found);
    changed_.notify_all();
    return taken;
  }
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<queue::SliceKey, std::pair<queue::Consignment, Progress>> held_;
  int given_ = 0;
};

class DispatcherTest : public ::testing::Test {
 protected:
  DispatcherTest() {
    std::string name = (std::filesystem::temp_directory_path() / "breakwater-daemon-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    folder_ = name;
    auto store = store::Store::open({.directory = folder_ + "/data"}, clock_now());
    if (!store) throw std::runtime_error(store.error().what);
    store_ = std::move(*store);
    auto config = std::make_shared<config::Config>();
    config->hostname = "mx.lists.example";
    config->retry.waits = {1h};
    config->retry.jitter_percent = 0;
    lists::List list;
    list.name = "tech";
    list.domain = "lists.example";
    config->lists.emplace(list.address(), list);
    queue::Route route;
    route.name = "office";
    route.kind = queue::RouteKind::smarthost;
    route.domains = {"*"};
    route.host = "mail.example";
    config->routes = queue::RouteTable({route});
    auto running = make_running(config, *store_, clock_now());
    if (!running) throw std::runtime_error(running.error().what);
    in_force_.set(*running);
    list_ = (*running)->lists.at("tech@lists.example").id;
    start();
  }
  ~DispatcherTest() override {
    dispatcher_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void start() {
    dispatcher_ = std::make_unique<Dispatcher>(
        *store_, in_force_, porter_, [](std::string_view) { return std::uint64_t{7}; },
        [](std::string_view) { return std::uint64_t{9}; }, 1);
    ASSERT_TRUE(dispatcher_->start());
  }
  // To as many people, two in a slice.
  void post(int people, Duration expires_in = 24h) {
    const auto written = store_->write_and_wait([&](store::Connection& db) -> Result<void> {
      lists::Audience audience;
      for (int at = 0; at < people; at += 2) {
        std::vector<AddressId> ids;
        for (int one = at; one < std::min(at + 2, people); ++one) {
          const std::string mailbox = "m" + std::to_string(one) + "@example.org";
          auto id = store::ensure_address(db, *mail::parse_address(mailbox));
          if (!id) return id.error();
          ids.push_back(*id);
        }
        audience.slices.push_back({"office", queue::pack_ids(ids), static_cast<std::uint32_t>(ids.size())});
      }
      audience.recipients = people;
      const std::string bytes = "From: ann@example.org\r\nSubject: hi\r\n\r\nhello\r\n";
      const Instant now = clock_now();
      if (auto added = store::add_message(db, {MessageId{1}, bytes, now}); !added) return added;
      store::Posting posting;
      posting.id = PostingId{1};
      posting.message = MessageId{1};
      posting.list = list_;
      posting.list_address = "tech@lists.example";
      posting.received = now;
      posting.recipients = people;
      return store::add_posting(db, posting, audience, now + expires_in);
    });
    ASSERT_TRUE(written) << written.error().what;
    dispatcher_->opened(PostingId{1}, people);
  }
  store::Posting posting() {
    auto reading = store_->read();
    return **store::posting(reading.connection(), PostingId{1});
  }
  bool eventually(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(2ms);
    }
    return true;
  }
  bool settled() {
    return eventually([this] { return dispatcher_->unsettled() == 0; });
  }
  void drop() {
    const auto dropped = store_->write_and_wait([](store::Connection& db) -> Result<void> {
      auto done = store::drop(db, PostingId{1}, clock_now(), "sent by mistake");
      if (!done) return done.error();
      return {};
    });
    ASSERT_TRUE(dropped);
    dispatcher_->stopped(PostingId{1});
  }

  std::string folder_;
  std::unique_ptr<store::Store> store_;
  InForce in_force_;
  ListId list_;
  Porter porter_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

TEST_F(DispatcherTest, APostingIsHandedOverSettledAndDone) {
  post(5);
  ASSERT_TRUE(porter_.wait_for(3));
  EXPECT_THAT(porter_.recipients(1), testing::ElementsAre("m2@example.org", "m3@example.org"));
  porter_.answer(0, Outcome::delivered, "250 2.0.0 taken");
  porter_.answer(1, Outcome::failed, "550 5.1.1 no such user");
  EXPECT_TRUE(eventually([this] { return posting().delivered == 2 && posting().failed == 2; }));
  EXPECT_EQ(posting().state, store::PostingState::pending);
  porter_.answer(2, Outcome::delivered, "250 2.0.0 taken");
  EXPECT_TRUE(eventually([this] { return posting().state == store::PostingState::done; }));
  EXPECT_TRUE(settled());
  EXPECT_EQ(posting().delivered, 3);
  EXPECT_EQ(porter_.given(), 3) << "nothing was sent twice";
}

TEST_F(DispatcherTest, WhatIsDeferredIsTriedAgainWhenAnAdministratorSaysSo) {
  post(2);
  ASSERT_TRUE(porter_.wait_for(1));
  porter_.answer(0, Outcome::deferred, "450 4.2.1 not now");
  EXPECT_TRUE(eventually([this] { return posting().deferred == 2; }));
  ASSERT_TRUE(settled());
  EXPECT_EQ(porter_.given(), 1) << "in an hour";
  ASSERT_TRUE(store_->write_and_wait([](store::Connection& db) -> Result<void> {
    auto due = store::retry_now(db, PostingId{1}, clock_now());
    if (!due) return due.error();
    return {};
  }));
  dispatcher_->look_again();
  ASSERT_TRUE(porter_.wait_for(1));
  porter_.answer(0, Outcome::delivered, "250 2.0.0 taken");
  EXPECT_TRUE(eventually([this] { return posting().state == store::PostingState::done; }));
}

// docs/flow.md: nobody is deferred because one connection too many was refused.
TEST_F(DispatcherTest, WhatIsRefusedBesideOthersIsNotDeferredAndGoesOnWithThem) {
  post(6);
  ASSERT_TRUE(porter_.wait_for(3));
  porter_.refuse(1);
  EXPECT_TRUE(eventually([this] { return dispatcher_->in_hand() == 2; }));
  EXPECT_EQ(porter_.given(), 3) << "not before another one is through";
  EXPECT_EQ(dispatcher_->paused().size(), 0U);
  porter_.answer(0, Outcome::delivered, "250 2.0.0 taken");
  ASSERT_TRUE(porter_.wait_for(2));
  EXPECT_EQ(posting().deferred, 0);
  porter_.answer(1, Outcome::delivered, "250 2.0.0 taken");
  porter_.answer(2, Outcome::delivered, "250 2.0.0 taken");
  EXPECT_TRUE(eventually([this] { return posting().state == store::PostingState::done; }));
  EXPECT_EQ(porter_.given(), 4);
}

TEST_F(DispatcherTest, WhereNobodyAnswersOneIsDeferredAndTheDestinationIsShownAsPaused) {
  post(4);
  ASSERT_TRUE(porter_.wait_for(2));
  porter_.refuse(0);
  porter_.refuse(1);
  EXPECT_TRUE(eventually([this] { return posting().deferred == 2; }));
  ASSERT_TRUE(settled());
  EXPECT_EQ(porter_.given(), 2);
  const auto paused = dispatcher_->paused();
  ASSERT_TRUE(paused.contains("office"));
  EXPECT_EQ(paused.at("office").reply, "421 4.3.2 too many connections");
  EXPECT_GT(paused.at("office").until, clock_now() + 59min);
}

TEST_F(DispatcherTest, WhatExpiresBehindADeadDestinationIsGivenUpWithoutAConnection) {
  post(40, -1min);
  ASSERT_TRUE(porter_.wait_for(5));
  for (std::uint32_t at = 0; at < 5; ++at) porter_.refuse(at);
  ASSERT_TRUE(eventually([this] { return posting().state == store::PostingState::done; }));
  ASSERT_TRUE(settled());
  EXPECT_EQ(porter_.given(), 5) << "one connection each would have been 20";
  EXPECT_EQ(posting().failed, 40);
  auto reading = store_->read();
  const auto bounces = store::bounces(reading.connection(), PostingId{1}).value();
  ASSERT_EQ(bounces.size(), 40U);
  for (const store::Bounce& bounce : bounces) {
    EXPECT_EQ(bounce.status, "5.4.7");
    EXPECT_EQ(bounce.diagnostic, "delivery time expired; last answer: 421 4.3.2 too many connections");
  }
}

TEST_F(DispatcherTest, WhatIsPastItsTimeHasItsLastTryWhereSomebodyAnswers) {
  post(4, -1min);
  ASSERT_TRUE(porter_.wait_for(2));
  porter_.answer(0, Outcome::delivered, "250 2.0.0 taken");
  porter_.answer(1, Outcome::deferred, "450 4.2.1 not now");
  ASSERT_TRUE(eventually([this] { return posting().state == store::PostingState::done; }));
  EXPECT_EQ(posting().delivered, 2);
  EXPECT_EQ(posting().failed, 2);
}

// A clock that was set is followed when nothing is in hand; a slow connection must not have all others called
// back time and again.
TEST_F(DispatcherTest, AClockThatIsSetCallsBackOnce) {
  post(4);
  ASSERT_TRUE(porter_.wait_for(2));
  const Duration offset = clock_offset;
  EXPECT_EQ(follow_clock(*store_, *dispatcher_, 50ms, 10s).error().fault, Fault::busy);
  EXPECT_TRUE(porter_.called_back(0) && porter_.called_back(1));
  porter_.give_back(1);
  ASSERT_TRUE(eventually([this] { return porter_.given() == 3; })) << "mail goes on";
  EXPECT_EQ(follow_clock(*store_, *dispatcher_, 50ms, 10s).error().fault, Fault::busy);
  EXPECT_FALSE(porter_.called_back(1)) << "while slice 0 stays in hand, that is in vain";
  porter_.answer(0, Outcome::delivered, "250 2.0.0 taken");
  ASSERT_TRUE(eventually([this] { return dispatcher_->stayed() == 0; }));
  auto followed =
      std::async(std::launch::async, [this] { return follow_clock(*store_, *dispatcher_, kPatience, 10s); });
  ASSERT_TRUE(eventually([this] { return porter_.called_back(1); }));
  porter_.give_back(1);
  EXPECT_TRUE(followed.get());
  EXPECT_EQ(clock_offset.load(), offset + 10s);
  clock_offset = offset;
}

TEST_F(DispatcherTest, HoldCallsBackAndReleaseHandsOverAnew) {
  post(4);
  ASSERT_TRUE(porter_.wait_for(2));
  EXPECT_FALSE(dispatcher_->hold(50ms)) << "the courier has not given back";
  EXPECT_TRUE(porter_.called_back(0) && porter_.called_back(1));
  porter_.answer(0, Outcome::delivered, "250 2.0.0 taken");  // it was too late to stop this one
  porter_.give_back(1);
  EXPECT_TRUE(dispatcher_->hold(kPatience));
  EXPECT_EQ(posting().delivered, 2);
  EXPECT_EQ(porter_.given(), 2);
  dispatcher_->release();
  ASSERT_TRUE(porter_.wait_for(1));
  EXPECT_FALSE(porter_.called_back(1));
  EXPECT_THAT(porter_.recipients(1), testing::ElementsAre("m2@example.org", "m3@example.org"));
  porter_.answer(1, Outcome::delivered, "250 2.0.0 taken");
  EXPECT_TRUE(eventually([this] { return posting().state == store::PostingState::done; }));
}

TEST_F(DispatcherTest, WhatWasDroppedInHandIsCalledBackAndStaysDropped) {
  post(4);
  ASSERT_TRUE(porter_.wait_for(2));
  drop();
  EXPECT_TRUE(eventually([this] { return porter_.called_back(0) && porter_.called_back(1); }));
  porter_.answer(0, Outcome::delivered, "250 2.0.0 taken");
  porter_.give_back(1);
  EXPECT_TRUE(settled());
  EXPECT_EQ(posting().state, store::PostingState::dropped);
  EXPECT_EQ(posting().delivered, 2) << "who got it is recorded";
  dispatcher_->look_again();
  EXPECT_EQ(porter_.given(), 2);
}

TEST_F(DispatcherTest, AStopRecordsWhatIsInHandAndTheNextStartGoesOn) {
  post(4);
  ASSERT_TRUE(porter_.wait_for(2));
  dispatcher_->stop();
  porter_.answer(0, Outcome::delivered, "250 2.0.0 taken");
  porter_.give_back(1);
  EXPECT_TRUE(settled());
  dispatcher_.reset();
  start();
  ASSERT_TRUE(porter_.wait_for(1)) << "what was cut short is due at once";
  porter_.answer(1, Outcome::delivered, "250 2.0.0 taken");
  EXPECT_TRUE(eventually([this] { return posting().state == store::PostingState::done; }));
  EXPECT_EQ(porter_.given(), 3);
}

// The store answers on its own thread, and tells who asked.
TEST_F(DispatcherTest, IsThereUntilTheStoreHasAnsweredWhatItRecords) {
  post(2);
  ASSERT_TRUE(porter_.wait_for(1));
  std::promise<void> go_on;
  store_->write(
      [&](store::Connection&) {
        go_on.get_future().wait();
        return Result<void>();
      },
      [](const Result<void>&) {});
  porter_.answer(0, Outcome::delivered, "250 2.0.0 taken");
  ASSERT_TRUE(eventually([this] { return dispatcher_->in_hand() == 0; }));  // it is being recorded
  auto gone = std::async(std::launch::async, [this] { dispatcher_.reset(); });
  EXPECT_EQ(gone.wait_for(100ms), std::future_status::timeout);
  go_on.set_value();
  EXPECT_EQ(gone.wait_for(kPatience), std::future_status::ready);
  EXPECT_EQ(posting().delivered, 2);
}

// What cannot be recorded is kept and written again, and nothing new goes out meanwhile.
TEST_F(DispatcherTest, ACommitThatFailsIsDoneAgain) {
  post(2);
  ASSERT_TRUE(porter_.wait_for(1));
  auto other =
      store::Connection::open(folder_ + "/data/breakwater.db", store::Connection::Access::read_write);
  ASSERT_TRUE(other);
  ASSERT_TRUE((*other)->execute("BEGIN IMMEDIATE"));  // as a backup that holds the lock too long
  porter_.answer(0, Outcome::delivered, "250 2.0.0 taken");
  std::this_thread::sleep_for(5500ms);  // longer than the store waits for a lock: the commit fails
  EXPECT_GT(dispatcher_->unsettled(), 0U);
  EXPECT_EQ(posting().delivered, 0);
  ASSERT_TRUE((*other)->execute("ROLLBACK"));
  EXPECT_TRUE(eventually([this] { return posting().state == store::PostingState::done; }));
  EXPECT_EQ(posting().delivered, 2);
  EXPECT_EQ(porter_.given(), 1) << "it was not sent again";
}

}  // namespace
}  // namespace breakwater::daemon
