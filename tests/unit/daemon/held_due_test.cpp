// What is held until a time, on a real store, where one of it cannot be acted on.
#include "daemon/held_due.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "daemon/running.h"
#include "store/hold.h"
#include "store/spool.h"
#include "store/store.h"

namespace breakwater::daemon {
namespace {

const Instant kNow = from_ms(1'790'000'000'000);

class HeldDue : public testing::Test {
 protected:
  HeldDue() {
    char name[] = "/tmp/breakwater-held-XXXXXX";
    folder_ = mkdtemp(name);
    store_ = *store::Store::open({.directory = folder_ + "/data"}, kNow);
    auto config = std::make_shared<config::Config>();
    config->hostname = "lists.example";
    lists::List list;
    list.name = "tech";
    list.domain = "lists.example";
    config->lists[list.address()] = list;
    running_ = make_running(config, *store_, kNow).value();
  }
  ~HeldDue() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void write(const store::Store::Job& job) {
    const auto written = store_->write_and_wait(job);
    ASSERT_TRUE(written) << written.error().what;
  }
  void hold(std::int64_t id, Instant until) {
    write([&](store::Connection& db) -> Result<void> {
      store::Posting row;
      row.id = PostingId{id};
      row.message = MessageId{id};
      row.list = running_->lists.at("tech@lists.example").id;
      row.list_address = "tech@lists.example";
      row.verdict = "confirm";
      row.received = kNow;
      row.until = until;
      if (auto added = store::add_message(db, {row.message, "x", kNow}); !added) return added;
      return store::add_held(db, row, nullptr);
    });
  }
  bool act(Instant now) {
    bool acted = false;
    write([&](store::Connection& db) -> Result<void> {
      WriteJob job{db, *running_, sizes_, now, entropy_, effects_};
      auto one = act_on_due(job);
      if (!one) return one.error();
      acted = *one;
      return {};
    });
    return acted;
  }
  store::Posting posting(std::int64_t id) {
    auto reading = store_->read();
    return **store::posting(reading.connection(), PostingId{id});
  }

  std::string folder_;
  std::unique_ptr<store::Store> store_;
  std::shared_ptr<const Running> running_;
  AudienceSizes sizes_;
  std::uint64_t entropy_ = 1;
  Effects effects_;
};

TEST_F(HeldDue, OneThatCannotBeActedOnHoldsUpNobody) {
  hold(1, kNow - Duration{2});
  hold(2, kNow - Duration{1});
  write([](store::Connection& db) {
    return db.execute(
        "CREATE TRIGGER broken BEFORE UPDATE OF state ON posting WHEN NEW.id = 1"
        " BEGIN SELECT RAISE(ABORT, 'this row is broken'); END");
  });
  EXPECT_TRUE(act(kNow));
  EXPECT_TRUE(act(kNow));
  EXPECT_FALSE(act(kNow));
  EXPECT_EQ(posting(1).state, store::PostingState::held);
  EXPECT_EQ(posting(1).verdict, "confirm");
  EXPECT_EQ(posting(1).until, kNow + std::chrono::minutes{1});
  EXPECT_EQ(posting(2).state, store::PostingState::dropped);
}

}  // namespace
}  // namespace breakwater::daemon
