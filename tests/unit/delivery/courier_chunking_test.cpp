// The courier with several transactions in flight (RFC 3030), against peers that go wrong in the middle of
// them: only those who were in flight are in doubt, and nobody has a copy twice.
#include <gtest/gtest.h>

#include <set>

#include "delivery/courier.h"
#include "house.h"
#include "scripted_peer.h"

namespace breakwater::delivery::testing {
namespace {

using namespace std::chrono_literals;
constexpr const char* kExtensions = "PIPELINING\nSIZE 50000000\n8BITMIME\nCHUNKING";
constexpr std::size_t kInFlight = 16;

PeerScript chunking() {
  PeerScript script;
  script.extensions = kExtensions;
  return script;
}

queue::Consignment individual(std::size_t recipients, std::uint16_t port) {
  auto mail = to_smarthost(recipients, port);
  mail.individual = true;
  mail.verp = [](const queue::Addressee& who, std::string& out) {
    out += "b+" + std::to_string(who.id.value) + "@l.example";
  };
  return mail;
}

TEST(CourierChunking, EachHasTheMessageAsItIsFromAReversePathOfItsOwn) {
  PeerScript script = chunking();
  script.rcpt = [](const std::string& mailbox) -> std::string {
    return std::stoi(mailbox.substr(1)) % 5 == 3 ? "550 5.1.1 unknown" : "";
  };
  ScriptedPeer peer(script);
  House house(patient_options());
  const auto account = house.send_and_wait(individual(2500, peer.port()));
  EXPECT_EQ(account->delivered(), 2000U);
  EXPECT_EQ(account->failed(), 500U);
  EXPECT_EQ(account->transactions, 2500U);
  EXPECT_EQ(peer.connections(), 1);
  const auto taken = peer.taken();
  ASSERT_EQ(taken.size(), 2000U);
  for (const TakenMail& one : taken) {
    EXPECT_EQ(one.content, "Subject: hello\r\nFrom: a@example.org\r\n\r\nfirst\r\n.second\r\n..\r\n");
    ASSERT_EQ(one.to.size(), 1U);
    const int who = std::stoi(one.to[0].substr(1));
    EXPECT_EQ(one.from, "b+" + std::to_string(who + 1) + "@l.example");
  }
}

// RFC 8058: by DATA and by BDAT, through a peer that refuses some and breaks off in between.
TEST(CourierChunking, EachHasItsOwnHeadInFrontOfTheSharedMessage) {
  for (const char* extensions : {kExtensions, "PIPELINING\nSIZE 50000000\n8BITMIME", "8BITMIME"}) {
    SCOPED_TRACE(extensions);
    PeerScript script;
    script.extensions = extensions;
    script.rcpt = [](const std::string& mailbox) -> std::string {
      return std::stoi(mailbox.substr(1)) % 5 == 3 ? "550 5.1.1 unknown" : "";
    };
    ScriptedPeer peer(script);
    House house(patient_options());
    auto mail = individual(500, peer.port());
    mail.own_head = [](const queue::Addressee& who, std::string& out) {
      out += "Own: " + std::to_string(10'000 + who.id.value) + "\r\n";
    };
    mail.own_head_size = 12;
    const auto account = house.send_and_wait(std::move(mail));
    EXPECT_EQ(account->delivered(), 400U);
    const auto taken = peer.taken();
    ASSERT_EQ(taken.size(), 400U);
    for (const TakenMail& one : taken) {
      const int who = std::stoi(one.to.at(0).substr(1));
      EXPECT_TRUE(one.content.starts_with("Own: " + std::to_string(10'001 + who) +
                                          "\r\nSubject: hello\r\nFrom: a@example.org\r\n\r\nfirst\r\n."))
          << one.content;
    }
  }
}

TEST(CourierChunking, UnderTls) {
  PeerScript script = chunking();
  const Identity identity = make_identity("localhost");
  script.certificate = identity.certificate;
  script.key = identity.key;
  ScriptedPeer peer(script);
  House house(patient_options());
  const auto account = house.send_and_wait(individual(500, peer.port()));
  EXPECT_EQ(account->delivered(), 500U);
  EXPECT_EQ(peer.copies().size(), 500U);
  EXPECT_TRUE(peer.taken().front().tls);
}

TEST(CourierChunking, TurnedOffItIsData) {
  ScriptedPeer peer(chunking());
  House house(patient_options());
  auto mail = individual(3, peer.port());
  mail.route.chunking = false;
  const auto account = house.send_and_wait(std::move(mail));
  EXPECT_EQ(account->delivered(), 3U);
  EXPECT_EQ(peer.taken().front().content,
            "Subject: hello\r\nFrom: a@example.org\r\n\r\nfirst\r\n..second\r\n...\r\n");
}

struct Step {
  const char* at;
  Mischief mischief;
};
std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << step.at << " " << static_cast<int>(step.mischief);
}

class InTheMiddle : public ::testing::TestWithParam<Step> {};

TEST_P(InTheMiddle, OnlyThoseInFlightAreInDoubt) {
  PeerScript script = chunking();
  script.at = GetParam().at;
  script.mischief = GetParam().mischief;
  script.messages_before_mischief = 40;
  script.connections_with_mischief = 1;
  ScriptedPeer peer(script);
  House house(quick_options());
  const auto account = house.send_and_wait(individual(300, peer.port()));
  const auto copies = peer.copies();
  for (const auto& [mailbox, count] : copies) EXPECT_EQ(count, 1) << mailbox;
  EXPECT_EQ(account->delivered() + account->deferred() + account->failed(), 300U);
  // Refusals are of one transaction each, and go on to the end of the connection; nothing else bounces.
  EXPECT_EQ(account->failed() > 0, script.mischief == Mischief::refuse_for_good);
  const bool refusing =
      script.mischief == Mischief::refuse_for_good || script.mischief == Mischief::refuse_later;
  if (refusing) {
    EXPECT_EQ(account->delivered(), copies.size());
    return;
  }
  // A connection that hangs is not followed by another one at once: what was not begun waits, untried.
  const bool timed_out = script.mischief == Mischief::hang;
  if (!timed_out) EXPECT_LE(account->deferred(), kInFlight);
  if (script.mischief == Mischief::closing) EXPECT_LE(account->deferred(), 1U);
  // Copies whose answers were lost are the only ones that will come twice.
  EXPECT_GE(copies.size(), account->delivered());
  EXPECT_LE(copies.size(), account->delivered() + kInFlight);
}

std::vector<Step> steps() {
  std::vector<Step> all;
  for (const char* at : {"MAIL", "RCPT", "content", "dot"}) {
    for (const Mischief one : {Mischief::hang, Mischief::drop, Mischief::garbage, Mischief::refuse_later,
                               Mischief::refuse_for_good, Mischief::closing}) {
      const bool refusing = one == Mischief::refuse_later || one == Mischief::refuse_for_good;
      if (std::string(at) != "content" || !refusing) all.push_back(Step{at, one});
    }
  }
  return all;
}
INSTANTIATE_TEST_SUITE_P(Verbs, InTheMiddle, ::testing::ValuesIn(steps()));

TEST(CourierChunking, A421AfterSomeMessagesIsNoDeferral) {
  PeerScript script = chunking();
  script.messages_per_connection = 50;
  ScriptedPeer peer(script);
  House house(patient_options());
  const auto account = house.send_and_wait(individual(300, peer.port()));
  EXPECT_EQ(account->delivered(), 300U);
  EXPECT_EQ(peer.connections(), 6);
  for (const auto& [mailbox, count] : peer.copies()) EXPECT_EQ(count, 1) << mailbox;
}

TEST(CourierChunking, AConnectionThatDiedWhileItWasIdleDefersNobody) {
  PeerScript script = chunking();
  script.close_silently_after_message = true;
  ScriptedPeer peer(script);
  House house(patient_options(), 1);
  for (int turn = 0; turn < 4; ++turn) {
    const auto account = house.send_and_wait(to_smarthost(2, peer.port()));
    EXPECT_EQ(account->delivered(), 2U);
  }
}

// After two accidents of the same kind it is known how many it takes, and nothing is sent in vain any more.
TEST(CourierChunking, APeerThatTakesOneMessageAConnectionDefersNobody) {
  PeerScript script = chunking();
  script.close_silently_after_message = true;
  ScriptedPeer peer(script);
  House house(patient_options(), 1);
  const auto account = house.send_and_wait(individual(30, peer.port()));
  EXPECT_EQ(account->delivered(), 30U);
  EXPECT_EQ(peer.connections(), 30);
  for (const auto& [mailbox, count] : peer.copies()) EXPECT_EQ(count, 1) << mailbox;
}

TEST(CourierChunking, WhereBdatIsNotKnownItIsDataAtOnceAndForAnHour) {
  PeerScript script = chunking();
  script.chunk_reply = "502 5.5.1 what";
  ScriptedPeer peer(script);
  House house(patient_options(), 1);
  for (int turn = 1; turn <= 2; ++turn) {
    const auto account = house.send_and_wait(individual(20, peer.port()));
    EXPECT_EQ(account->delivered(), 20U);
    EXPECT_EQ(account->deferred(), 0U);
    EXPECT_EQ(peer.connections(), 2) << "one that refused BDAT, one that went on with DATA";
  }
  EXPECT_EQ(peer.taken().size(), 40U);
}

// A 421 to a message says that the peer is busy: those behind it wait a little and are not deferred.
TEST(CourierChunking, ABusyPeerIsGivenARest) {
  PeerScript script = chunking();
  script.at = "dot";
  script.mischief = Mischief::closing;
  script.messages_before_mischief = 10;
  script.connections_with_mischief = 1;
  ScriptedPeer peer(script);
  House house(patient_options(), 1);
  const auto began = std::chrono::steady_clock::now();
  const auto account = house.send_and_wait(individual(40, peer.port()));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 1s);
  EXPECT_EQ(account->delivered(), 39U);
  EXPECT_EQ(account->deferred(), 1U);
  EXPECT_EQ(peer.connections(), 2);
}

TEST(CourierChunking, ManyRecipientsInBatches) {
  ScriptedPeer peer(chunking());
  House house(patient_options());
  auto mail = to_smarthost(2000, peer.port());
  mail.route.recipients = 100;
  const auto account = house.send_and_wait(std::move(mail));
  EXPECT_EQ(account->delivered(), 2000U);
  EXPECT_EQ(peer.taken().size(), 20U);
}

}  // namespace
}  // namespace breakwater::delivery::testing
