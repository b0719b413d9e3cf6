// Postfix's experiment with a server that admits five connections and answers 421 to the others
// (SCHEDULER_README, "Impact of active server concurrency limiter"), in virtual time: its three rules as that
// document gives them, and ours beside them.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <queue>
#include <random>
#include <vector>

#include "queue/pace.h"

namespace breakwater::queue {
namespace {

constexpr std::uint32_t kMost = 20, kFirst = 5;
const Instant kStart = from_ms(1'700'000'000'000);

class Rule {
 public:
  virtual ~Rule() = default;
  virtual std::uint32_t allowed() const = 0;
  virtual void opened(std::uint32_t) {}
  virtual void taken(std::uint32_t in_use, Instant now) = 0;
  virtual bool refused(std::uint32_t others, Instant now) = 0;  // true: its mail is deferred
};

// The pseudocode of the document, hysteresis 1.
class Postfix : public Rule {
 public:
  explicit Postfix(std::function<double(double)> feedback) : feedback_(std::move(feedback)) {}
  std::uint32_t allowed() const override { return static_cast<std::uint32_t>(concurrency_); }
  void taken(std::uint32_t in_use, Instant) override {
    if (allowed() >= in_use + kFirst) return;
    success_ += feedback_(concurrency_);
    while (success_ >= 1) {
      ++concurrency_;
      failure_ = 0;
      success_ -= 1;
    }
    concurrency_ = std::min(concurrency_, int{kMost});
  }
  bool refused(std::uint32_t, Instant) override {
    failure_ -= feedback_(concurrency_);
    while (failure_ < 0) {
      --concurrency_;
      failure_ += 1;
      success_ = 0;
    }
    concurrency_ = std::max(concurrency_, 1);
    return true;
  }

 private:
  std::function<double(double)> feedback_;
  int concurrency_ = kFirst;
  double success_ = 0, failure_ = 0;
};

class Ours : public Rule {
 public:
  std::uint32_t allowed() const override { return pace_.allowed(); }
  void opened(std::uint32_t in_use) override { pace_.opened(in_use); }
  void taken(std::uint32_t in_use, Instant now) override { pace_.taken(1, in_use >= allowed(), now); }
  bool refused(std::uint32_t others, Instant now) override { return pace_.refused(others, now).dead; }

 private:
  Pace pace_{kMost};
};

struct Server {
  std::uint32_t admits = 5;
  bool kept = false;                // its connections are used again, as the courier does
  std::uint32_t one_in_is_bad = 0;  // behind a load balancer: one of so many refuses whatever comes
};
struct Race {
  int deliveries = 0, deferred = 0, refused = 0;
  double seconds = 0, in_use = 0;  // in use: average
  double percent_deferred() const { return 100.0 * deferred / deliveries; }
  double percent_refused() const { return 100.0 * refused / deliveries; }
};

// `deliveries` of two recipients and a second each; every one opens a connection of its own (the document
// found no difference with connections that are kept).
Race race(Rule& rule, const Server& server, int deliveries) {
  Race race;
  race.deliveries = deliveries;
  std::mt19937_64 entropy(1);
  std::priority_queue<Instant, std::vector<Instant>, std::greater<>> under_way;
  Instant now = kStart;
  double area = 0;
  std::size_t open = 0;
  for (int left = deliveries; left > 0 || !under_way.empty();) {
    while (left > 0 && under_way.size() < rule.allowed()) {
      const bool idle = server.kept && under_way.size() < open;
      const bool bad = !idle && server.one_in_is_bad != 0 && entropy() % server.one_in_is_bad == 0;
      if (under_way.size() < server.admits && !bad) {
        under_way.push(now + Duration(1900 + static_cast<int>(entropy() % 200)));
        if (!idle) rule.opened(static_cast<std::uint32_t>(under_way.size()));
        open = std::max(open, under_way.size());
        --left;
        continue;
      }
      ++race.refused;
      if (rule.refused(static_cast<std::uint32_t>(under_way.size()), now)) {
        ++race.deferred;
        --left;
      }
      if (race.refused > 100 * deliveries) return race;  // it spins
    }
    if (under_way.empty()) continue;
    area += static_cast<double>(under_way.size()) * static_cast<double>((under_way.top() - now).count());
    now = under_way.top();
    rule.taken(static_cast<std::uint32_t>(under_way.size()), now);
    under_way.pop();
  }
  race.seconds = static_cast<double>((now - kStart).count()) / 1000;
  race.in_use = area / static_cast<double>((now - kStart).count());
  return race;
}

void show(const char* name, const Race& race) {
  std::printf("%-10s deferred %5.1f %%  refused connections %5.1f %%  in use %.2f  %.0f s\n", name,
              race.percent_deferred(), race.percent_refused(), race.in_use, race.seconds);
}

// 2,000 recipients, two a delivery; the numbers in the document: 16.5, 24.5, 49.7.
TEST(PaceRace, AServerThatAdmitsFive) {
  Postfix gentle([](double n) { return 1 / n; });
  Postfix middle([](double n) { return 1 / std::sqrt(n); });
  Postfix fixed([](double) { return 1.0; });
  Ours ours;
  const Race of_gentle = race(gentle, {}, 1000), of_middle = race(middle, {}, 1000),
             of_fixed = race(fixed, {}, 1000), of_ours = race(ours, {}, 1000);
  show("1/N", of_gentle);
  show("1/sqrt(N)", of_middle);
  show("1", of_fixed);
  show("ours", of_ours);
  EXPECT_NEAR(of_gentle.percent_deferred(), 16.5, 1.5);
  EXPECT_NEAR(of_middle.percent_deferred(), 24.5, 1.5);
  EXPECT_NEAR(of_fixed.percent_deferred(), 49.7, 1.5);
  EXPECT_EQ(of_ours.deferred, 0);
  EXPECT_LT(of_ours.percent_refused(), 3);
  EXPECT_GT(of_ours.in_use, 4.9);
}

// Its section "Limitations of less-than-1 per delivery feedback": one of four servers behind an address
// refuses. Postfix defers what it hands to that one.
TEST(PaceRace, OneBadServerOfFourBehindALoadBalancer) {
  const Server server{.admits = 1000, .one_in_is_bad = 4};
  const Server kept{.admits = 1000, .kept = true, .one_in_is_bad = 4};
  Postfix gentle([](double n) { return 1 / n; });
  Ours ours;
  const Race of_gentle = race(gentle, server, 5000), of_ours = race(ours, kept, 5000);
  show("1/N", of_gentle);
  show("ours", of_ours);
  EXPECT_GT(of_gentle.percent_deferred(), 20);
  EXPECT_LE(of_ours.deferred, 1);  // the first of all, which finds nobody
  EXPECT_GT(of_ours.in_use, 18);
}

TEST(PaceRace, AServerThatAdmitsAllIsUsedByAll) {
  Ours ours;
  const Race of_ours = race(ours, {.admits = 1000}, 5000);
  EXPECT_EQ(of_ours.refused, 0);
  EXPECT_GT(of_ours.in_use, 19);
}

TEST(PaceRace, WhateverItAdmitsNobodyIsDeferredWhileOneConnectionWorks) {
  for (std::uint32_t admits = 1; admits <= kMost; ++admits) {
    Ours ours;
    const Race of_ours = race(ours, {.admits = admits}, 1000);
    EXPECT_EQ(of_ours.deferred, 0) << admits;
    EXPECT_GT(of_ours.in_use, 0.87 * admits) << admits;  // it begins with 5
    EXPECT_LT(of_ours.refused, 20 + 2.1 * of_ours.seconds / 60) << admits;
  }
}

}  // namespace
}  // namespace breakwater::queue
