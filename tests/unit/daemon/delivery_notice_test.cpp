// How many delivery reports one client brings about, whatever addresses it forges.
#include "daemon/delivery_notice.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "store/directory.h"
#include "store/ledger.h"
#include "store/store.h"

namespace breakwater::daemon {
namespace {

const Instant kNow = from_ms(1'790'000'000'000);

class DeliveryNotice : public testing::Test {
 protected:
  DeliveryNotice() {
    char name[] = "/tmp/breakwater-notice-XXXXXX";
    folder_ = mkdtemp(name);
    store_ = *store::Store::open({.directory = folder_ + "/data"}, kNow);
    auto config = std::make_shared<config::Config>();
    config->hostname = "lists.example";
    config->language = "en";
    running_ = make_running(config, *store_, kNow).value();
  }
  ~DeliveryNotice() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  // Mail of another sender each time.
  store::Posting owners_mail(const std::string& peer) {
    store::Posting row;
    row.id = PostingId{++number_};
    row.message = MessageId{number_};
    row.kind = store::PostingKind::owner;
    row.list_address = "tech-owner@lists.example";
    row.reverse_path = "p" + std::to_string(number_) + "@example.org";
    row.peer = peer;
    row.received = kNow;
    return row;
  }
  bool tells_of_success(const std::string& client, Instant now) {
    bool told = false;
    const auto written = store_->write_and_wait([&](store::Connection& db) -> Result<void> {
      const store::Posting row = owners_mail("x[" + client + "]");
      auto notice = write_success_notice(db, row, row.reverse_path, client, "", "Subject: x\r\n\r\n",
                                         *running_, now, entropy_ += 4);
      if (!notice) return notice.error();
      told = notice->has_value();
      return {};
    });
    EXPECT_TRUE(written);
    return told;
  }
  bool tells_of_failure(const std::string& peer) {
    bool told = false;
    const auto written = store_->write_and_wait([&](store::Connection& db) -> Result<void> {
      const store::Posting row = owners_mail(peer);
      if (auto added = store::add_message(db, {row.message, "Subject: x\r\n\r\n", kNow}); !added)
        return added;
      if (auto added = store::add_posting(db, row, {}, kNow); !added) return added;
      auto gone = store::ensure_address(db, *mail::parse_address("gone@example.org"));
      if (!gone) return gone.error();
      auto booked = store::add_bounce(db, {{}, row.id, *gone, kNow, "5.1.1", "550 gone"});
      if (!booked) return booked.error();
      auto notice = write_failure_notice(db, row.id, *running_, kNow, entropy_ += 4);
      if (!notice) return notice.error();
      told = notice->has_value();
      return {};
    });
    EXPECT_TRUE(written);
    return told;
  }

  std::string folder_;
  std::unique_ptr<store::Store> store_;
  std::shared_ptr<const Running> running_;
  std::int64_t number_ = 0;
  std::uint64_t entropy_ = 1;
};

TEST_F(DeliveryNotice, OneClientBringsAboutTwoHundredReportsAnHourOfBothSorts) {
  int told = 0;
  for (int turn = 0; turn < 150; ++turn) told += tells_of_success("192.0.2.7", kNow);
  EXPECT_EQ(told, 150);
  // What it says its name is may be any text.
  for (int turn = 0; turn < 100; ++turn) told += tells_of_failure("[198.51.100.1][192.0.2.7]");
  EXPECT_EQ(told, 200);
  EXPECT_TRUE(tells_of_failure("mx.example.org[198.51.100.1]")) << "another client's count is its own";
  EXPECT_TRUE(tells_of_success("", kNow)) << "who logged in";
  EXPECT_TRUE(tells_of_failure("localhost[unix]"));
  EXPECT_FALSE(tells_of_success("192.0.2.7", kNow + std::chrono::minutes(59)));
  EXPECT_TRUE(tells_of_success("192.0.2.7", kNow + std::chrono::minutes(61)));
}

}  // namespace
}  // namespace breakwater::daemon
