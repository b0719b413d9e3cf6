// Routes by MX: names from injected zones, peers on 127.0.0.x.
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <utility>

#include "house.h"
#include "scripted_peer.h"

namespace breakwater::delivery::testing {
namespace {

struct Expected {
  const char* domain;
  std::size_t delivered, failed;  // of 3; the others are deferred
  const char* trouble;
};

std::vector<std::string> zone() {
  std::vector<std::string> lines = {
      "zone test. static",
      "plain.test. 300 IN MX 10 mx1.test.",
      "mx1.test. 300 IN A 127.0.0.1",
      "dead.test. 300 IN A 127.0.0.9",  // nobody listens there
      "second.test. 300 IN MX 10 dead.test.",
      "second.test. 300 IN MX 20 mx1.test.",
      "implicit.test. 300 IN A 127.0.0.1",
      "null.test. 300 IN MX 0 .",
      "empty.test. 300 IN TXT \"nothing here\"",
      "lost.test. 300 IN MX 10 nowhere.test.",
      "us.test. 300 IN MX 10 us.example.",
      "backup.test. 300 IN MX 10 mx1.test.",
      "backup.test. 300 IN MX 20 us.example.",
      "backup.test. 300 IN MX 30 dead.test.",
      "own.test. 300 IN MX 10 ownaddress.test.",
      "ownaddress.test. 300 IN A 127.0.0.77",
      "zero.test. 300 IN MX 10 zeroaddress.test.",
      "zeroaddress.test. 300 IN A 0.0.0.0",
      "alldead.test. 300 IN MX 10 dead.test.",
      "six.test. 300 IN AAAA ::1",  // the peer listens on IPv4 only
      "alias.test. 300 IN CNAME plain.test.",
  };
  for (int at = 0; at < 1000; ++at) {
    lines.push_back("thousand.test. 300 IN MX 10 h" + std::to_string(at) + ".test.");
  }
  return lines;
}

Options mx_options(std::uint16_t port) {
  Options options = patient_options();
  options.hostname = "us.example";
  options.own_addresses = {"127.0.0.77"};
  options.mx_port = port;
  options.resolver.local_data = zone();
  return options;
}

// Two peers on different addresses; the port that one was given may be taken on the address of the other.
std::pair<std::unique_ptr<ScriptedPeer>, std::unique_ptr<ScriptedPeer>> on_one_port(const PeerScript& one,
                                                                                    PeerScript two) {
  for (;;) {
    auto first = std::make_unique<ScriptedPeer>(one);
    two.port = first->port();
    try {
      return {std::move(first), std::make_unique<ScriptedPeer>(two)};
    } catch (const std::runtime_error&) {
      continue;
    }
  }
}

TEST(CourierMx, Destinations) {
  ScriptedPeer peer({});
  House house(mx_options(peer.port()));
  const Expected all[] = {
      {"plain.test", 3, 0, ""},
      {"second.test", 3, 0, ""},
      {"implicit.test", 3, 0, ""},
      {"backup.test", 3, 0, ""},
      {"null.test", 0, 3, "556 5.1.10 "},
      {"missing.test", 0, 3, "550 5.1.2 "},
      {"empty.test", 0, 3, "550 5.4.4 "},
      {"lost.test", 0, 3, "550 5.4.4 "},
      {"thousand.test", 0, 3, "550 5.4.4 "},
      {"us.test", 0, 3, "554 5.4.6 "},
      {"own.test", 0, 3, "554 5.4.6 "},
      {"zero.test", 0, 3, "550 5.4.4 "},
      {"alldead.test", 0, 0, "451 4.4.1 "},
      {"six.test", 0, 0, "451 4.4.1 "},
  };
  for (const Expected& one : all) {
    SCOPED_TRACE(one.domain);
    const auto account = house.send_and_wait(to_mx(3, one.domain));
    EXPECT_EQ(account->delivered(), one.delivered) << account->trouble;
    EXPECT_EQ(account->failed(), one.failed) << account->trouble;
    EXPECT_EQ(account->trouble.substr(0, std::string(one.trouble).size()), one.trouble);
  }
}

TEST(CourierMx, NoLoopbackUnlessAllowed) {
  ScriptedPeer peer({});
  Options options = mx_options(peer.port());
  options.allow_loopback_mx = false;
  House house(options);
  const auto account = house.send_and_wait(to_mx(3, "plain.test"));
  EXPECT_EQ(account->failed(), 3U);
  EXPECT_EQ(account->trouble.substr(0, 10), "550 5.4.4 ");
  EXPECT_EQ(peer.connections(), 0);
}

TEST(CourierMx, TheNextHostAfterAGreetingOf4xx) {
  for (const Mischief mischief :
       {Mischief::refuse_later, Mischief::refuse_for_good, Mischief::drop, Mischief::closing}) {
    PeerScript bad;
    bad.at = "greeting";
    bad.mischief = mischief;
    bad.address = "127.0.0.2";
    PeerScript good;
    good.address = "127.0.0.3";
    const auto [first, second] = on_one_port(bad, good);
    Options options = mx_options(first->port());
    options.resolver.local_data.insert(
        options.resolver.local_data.end(),
        {"two.test. 300 IN MX 10 bad.test.", "two.test. 300 IN MX 20 good.test.",
         "bad.test. 300 IN A 127.0.0.2", "good.test. 300 IN A 127.0.0.3"});
    House house(options);
    const auto account = house.send_and_wait(to_mx(3, "two.test"));
    EXPECT_EQ(account->delivered(), 3U) << account->trouble;
    EXPECT_EQ(first->connections(), 1);
  }
}

TEST(CourierMx, ADeadExchangerCostsItsTimeoutOnce) {
  ScriptedPeer peer({});
  Options options = mx_options(peer.port());
  // TEST-NET-3 (RFC 5737): no route, or nobody who answers.
  options.resolver.local_data.insert(options.resolver.local_data.end(), {"half.test. 300 IN MX 10 gone.test.",
                                                                         "half.test. 300 IN MX 20 mx1.test.",
                                                                         "gone.test. 300 IN A 203.0.113.9"});
  options.timeouts.connect = std::chrono::seconds{2};
  options.idle = Duration{0};  // each consignment needs its own connection
  House house(options, 1);
  const auto begun = std::chrono::steady_clock::now();
  for (int turn = 0; turn < 20; ++turn)
    EXPECT_EQ(house.send_and_wait(to_mx(1, "half.test"))->delivered(), 1U);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds{30}) << "it cost 2 s every time";
  EXPECT_EQ(peer.connections(), 20);
}

TEST(CourierMx, ADomainHasItsOwnConnections) {
  ScriptedPeer peer({});
  House house(mx_options(peer.port()), 1);
  for (const char* domain : {"plain.test", "implicit.test", "plain.test", "implicit.test"}) {
    EXPECT_EQ(house.send_and_wait(to_mx(2, domain))->delivered(), 2U);
  }
  EXPECT_EQ(peer.connections(), 2);
}

TEST(CourierMx, AnswersThatDoNotComeAreNoVerdict) {
  Options options = mx_options(25);
  options.resolver.local_data = {};
  options.resolver.forwarder = "127.0.0.1@1";  // nobody answers there
  options.timeouts.lookup = std::chrono::milliseconds{700};
  House house(options);
  const auto account =
      house.send_and_wait(to_mx(3, "example.org"));  // .test would not be asked for (RFC 6761)
  EXPECT_EQ(account->deferred(), 3U);
  EXPECT_EQ(account->trouble.substr(0, 10), "451 4.4.3 ");
}

}  // namespace
}  // namespace breakwater::delivery::testing
