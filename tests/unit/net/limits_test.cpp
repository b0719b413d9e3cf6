#include "net/limits.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <string>
#include <thread>
#include <vector>

#include "net/endpoint.h"

namespace breakwater::net {
namespace {

using Verdict = ConnectionLimits::Verdict;

TEST(ConnectionLimits, CountInAllAndByAddress) {
  ConnectionLimits limits;
  EXPECT_EQ(limits.enter("a", 3, 2), Verdict::admitted);
  EXPECT_EQ(limits.enter("a", 3, 2), Verdict::admitted);
  EXPECT_EQ(limits.enter("a", 3, 2), Verdict::address_full);
  EXPECT_EQ(limits.enter("b", 3, 2), Verdict::admitted);
  EXPECT_EQ(limits.enter("c", 3, 2), Verdict::server_full);
  limits.leave("a");
  EXPECT_EQ(limits.enter("a", 3, 2), Verdict::admitted);
  EXPECT_EQ(limits.open(), 3u);
  EXPECT_EQ(limits.enter("d", 9, 0), Verdict::address_full);
}

TEST(ConnectionLimits, DoNotCountLocalOnesByAddress) {
  ConnectionLimits limits;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(limits.enter("", 5, 1), Verdict::admitted);
  EXPECT_EQ(limits.enter("", 5, 1), Verdict::server_full);
}

TEST(ConnectionLimits, AreExactOverThreads) {
  ConnectionLimits limits;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&limits] {
      for (int round = 0; round < 5'000; ++round) {
        if (limits.enter("a", 3, 2) == Verdict::admitted) limits.leave("a");
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(limits.open(), 0u);
}

TEST(MemoryBudget, SharesComeBack) {
  MemoryBudget budget;
  {
    MemoryShare one(budget), two(budget);
    EXPECT_EQ(one.set(100), 100u);
    EXPECT_EQ(two.set(50), 150u);
    EXPECT_EQ(one.set(10), 60u);
    EXPECT_EQ(one.set(10), 60u);
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(MemoryBudget, WhoIsTurnedAwayTakesNoRoomFromTheOthers) {
  MemoryBudget budget;
  MemoryShare one(budget), two(budget);
  EXPECT_TRUE(one.grow(60, 100));
  EXPECT_FALSE(two.grow(41, 100));
  EXPECT_EQ(budget.used(), 60u);
  EXPECT_TRUE(two.grow(40, 100));
  EXPECT_FALSE(one.grow(61, 100));
  EXPECT_TRUE(one.grow(50, 100));
  EXPECT_EQ(budget.used(), 90u);
  EXPECT_FALSE(one.grow(51, 80));  // a reload has made the room smaller
  EXPECT_EQ(budget.used(), 90u);
  EXPECT_TRUE(one.grow(50, 80)) << "it is to hold no more than it held";
  EXPECT_TRUE(one.grow(45, 80)) << "who gives some back is not turned away";
  EXPECT_EQ(budget.used(), 85u);
}

struct Written {
  std::string peer, counted;
};

Written ipv6(const char* text) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  inet_pton(AF_INET6, text, &address.sin6_addr);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  return {peer_address(generic), counted_address(generic)};
}

TEST(Endpoint, PeersAreNamedAndCounted) {
  EXPECT_EQ(ipv6("::ffff:192.0.2.7").peer, "192.0.2.7");
  EXPECT_EQ(ipv6("::ffff:192.0.2.7").counted, "192.0.2.7");
  EXPECT_EQ(ipv6("2001:db8:1:2:3:4:5:6").peer, "2001:db8:1:2:3:4:5:6");
  EXPECT_EQ(ipv6("2001:db8:1:2:3:4:5:6").counted, "2001:db8:1:2::");
}

TEST(Endpoint, MalformedAddressesAreSaidSo) {
  for (const char* bad :
       {"", "25", ":25", "localhost:25", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
        "127.0.0.1:-1", "::1:25", "[::1]", "[]:25", "[127.0.0.1]:25", "1.2.3.4.5:25", "relative/path"}) {
    const auto opened = open_listener(bad, 0600);
    ASSERT_FALSE(opened) << bad;
    EXPECT_EQ(opened.error().fault, Fault::invalid) << bad;
    EXPECT_NE(opened.error().what.find(bad), std::string::npos) << "the error names what is wrong";
  }
  const auto foreign = open_listener("192.0.2.1:2525", 0600);
  ASSERT_FALSE(foreign);
  EXPECT_NE(foreign.error().what.find("this machine does not have that address"), std::string::npos);
  EXPECT_FALSE(open_listener("/" + std::string(200, 'x'), 0600));
  EXPECT_FALSE(open_listener("/nonexistent/folder/socket", 0600));
}

}  // namespace
}  // namespace breakwater::net
