// The surroundings of a courier in a test: loops with threads, consignments, and an account of what was
// reported.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "delivery/courier.h"

namespace breakwater::delivery::testing {

// What the reports of one consignment add up to. Any thread.
struct Account {
  explicit Account(std::size_t size) : count(size) {}
  mutable std::mutex mutex;
  std::condition_variable changed;
  const std::size_t count;
  std::map<std::uint32_t, std::pair<queue::Outcome, std::string>> named;
  int reports = 0, finished = 0;
  std::uint32_t transactions = 0, taken = 0, put_off = 0;
  bool refused = false;
  queue::Outcome rest = queue::Outcome::deferred;
  std::string trouble, peer;

  void take(const queue::Report& report) {
    const std::lock_guard lock(mutex);
    EXPECT_EQ(finished, 0) << "a report behind the last one";
    ++reports;
    transactions += report.transactions;
    taken += report.taken;
    put_off += report.put_off;
    refused = refused || report.refused;
    const auto read = queue::read_handovers(report.base, report.log, [&](const queue::Handover& record) {
      for (const auto& [first, size] : record.runs) {
        for (std::uint32_t at = first; at < first + size; ++at) {
          EXPECT_TRUE(named.emplace(at, std::make_pair(record.outcome, std::string(record.reply))).second)
              << at << " was reported twice";
          EXPECT_LT(at, count);
        }
      }
    });
    EXPECT_TRUE(read.has_value());
    if (!report.log.empty()) EXPECT_FALSE(report.peer.empty());
    if (report.finished) {
      ++finished;
      rest = report.rest;
      trouble = report.trouble;
      peer = report.peer;
      EXPECT_TRUE(named.size() == count || !trouble.empty()) << "a rest without a reason";
    }
    changed.notify_all();
  }
  // Who is `how`, the rest included.
  std::size_t total(queue::Outcome how) const {
    const std::lock_guard lock(mutex);
    std::size_t sum = rest == how ? count - named.size() : 0;
    for (const auto& one : named) sum += one.second.first == how;
    return sum;
  }
  std::size_t delivered() const { return total(queue::Outcome::delivered); }
  std::size_t deferred() const { return total(queue::Outcome::deferred); }
  std::size_t failed() const { return total(queue::Outcome::failed); }
  bool wait(std::chrono::milliseconds limit = std::chrono::seconds{30}) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, limit, [&] { return finished > 0; });
  }
};

class House {
 public:
  explicit House(Options options, std::size_t threads = 2) {
    if (options.hostname.empty()) options.hostname = "us.example";
    for (std::size_t at = 0; at < threads; ++at) {
      contexts_.push_back(std::make_unique<boost::asio::io_context>(1));
      guards_.emplace_back(contexts_.back()->get_executor());
    }
    std::vector<boost::asio::io_context*> loops;
    for (const auto& one : contexts_) loops.push_back(one.get());
    auto made = Courier::create(std::move(options), loops);
    if (!made) throw std::runtime_error(made.error().what);
    courier = std::move(*made);
    for (const auto& one : contexts_) threads_.emplace_back([context = one.get()] { context->run(); });
  }
  ~House() {
    courier.reset();
    for (auto& guard : guards_) guard.reset();
    for (const auto& one : contexts_) one->stop();
    for (std::thread& thread : threads_) thread.join();
  }

  std::shared_ptr<Account> send(queue::Consignment consignment) {
    auto account = std::make_shared<Account>(consignment.to.size());
    courier->deliver(std::move(consignment), [account](queue::Report report) { account->take(report); });
    return account;
  }
  std::shared_ptr<Account> send_and_wait(queue::Consignment consignment) {
    auto account = send(std::move(consignment));
    EXPECT_TRUE(account->wait()) << "no finished report";
    return account;
  }
  bool settle_down(std::chrono::milliseconds limit = std::chrono::seconds{10}) {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    courier->shutdown(limit, [&] {
      const std::lock_guard lock(mutex);
      done = true;
      changed.notify_all();
    });
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, limit + std::chrono::seconds{10}, [&] { return done; });
  }

  std::unique_ptr<Courier> courier;

 private:
  using Guard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;
  std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
  std::vector<Guard> guards_;
  std::vector<std::thread> threads_;
};

inline queue::Consignment consignment(std::size_t recipients, const std::string& domain = "example.org") {
  static std::atomic<std::uint32_t> number{0};
  queue::Consignment one;
  one.key.posting = PostingId{1};
  one.key.number = number++;
  one.copy.head = std::make_shared<const std::string>("Subject: hello\r\nFrom: a@example.org\r\n\r\n");
  one.copy.body = std::make_shared<const std::string>("first\r\n.second\r\n..\r\n");
  one.reverse_path = "list-bounces@lists.example";
  for (std::size_t at = 0; at < recipients; ++at) {
    queue::Addressee who;
    who.index = static_cast<std::uint32_t>(at);
    who.id = AddressId{static_cast<std::int64_t>(at) + 1};
    who.mailbox = "u" + std::to_string(at) + "@" + domain;
    one.to.push_back(std::move(who));
  }
  return one;
}

inline queue::Route smarthost(std::uint16_t port) {
  queue::Route route;
  route.name = "office";
  route.kind = queue::RouteKind::smarthost;
  route.host = "127.0.0.1";
  route.port = port;
  return route;
}

inline queue::Consignment to_smarthost(std::size_t recipients, std::uint16_t port) {
  queue::Consignment one = consignment(recipients);
  one.route = smarthost(port);
  return one;
}

inline queue::Consignment to_mx(std::size_t recipients, const std::string& domain) {
  queue::Consignment one = consignment(recipients, domain);
  one.route.name = "mx";
  one.route.kind = queue::RouteKind::mx;
  one.domain = domain;
  return one;
}

// No wait of a test is longer than this.
inline Options quick_options() {
  Options options;
  const Duration wait = std::chrono::milliseconds{400};
  options.timeouts = Timeouts{std::chrono::seconds{10}, wait, wait, wait, wait, wait, wait, wait, wait};
  options.allow_loopback_mx = true;
  options.idle = std::chrono::seconds{2};
  return options;
}

inline Options patient_options() {
  Options options = quick_options();
  const Duration wait = std::chrono::seconds{20};
  options.timeouts = Timeouts{wait, wait, wait, wait, wait, wait, wait, wait, std::chrono::seconds{1}};
  return options;
}

}  // namespace breakwater::delivery::testing
