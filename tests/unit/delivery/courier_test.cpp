// The courier against peers that behave and that do not; every addressee is accounted for exactly once in
// each.
#include "delivery/courier.h"

#include <gtest/gtest.h>

#include <set>

#include "house.h"
#include "scripted_peer.h"

namespace breakwater::delivery::testing {
namespace {

using namespace std::chrono_literals;

TEST(Courier, HandsOverInOneTransaction) {
  ScriptedPeer peer({});
  House house(patient_options());
  const auto account = house.send_and_wait(to_smarthost(100, peer.port()));
  EXPECT_EQ(account->delivered(), 100U);
  EXPECT_EQ(account->transactions, 1U);
  EXPECT_EQ(account->named.at(0).second, "250 2.0.0 taken");
  EXPECT_EQ(account->peer, "127.0.0.1[127.0.0.1]:" + std::to_string(peer.port()));
  const auto taken = peer.taken();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].from, "list-bounces@lists.example");
  EXPECT_EQ(taken[0].content, "Subject: hello\r\nFrom: a@example.org\r\n\r\nfirst\r\n..second\r\n...\r\n");
}

// On two loops, each with connections of its own: a second one might be one too many for the server.
TEST(Courier, AnIdleConnectionIsUsedOnWhicheverLoopItIs) {
  ScriptedPeer peer({});
  House house(patient_options(), 2);
  for (int turn = 0; turn < 6; ++turn) {
    EXPECT_EQ(house.send_and_wait(to_smarthost(2, peer.port()))->delivered(), 2U);
  }
  EXPECT_EQ(peer.connections(), 1);
}

TEST(Courier, ARefusedConnectionIsToldFromARefusedMessage) {
  for (const char* at : {"greeting", "EHLO", "MAIL"}) {
    PeerScript script;
    script.at = at;
    script.mischief = Mischief::closing;
    ScriptedPeer peer(script);
    House house(patient_options());
    const auto account = house.send_and_wait(to_smarthost(5, peer.port()));
    EXPECT_TRUE(account->refused) << at;
    EXPECT_TRUE(account->named.empty()) << at;
  }
  PeerScript script;
  script.at = "MAIL";
  script.mischief = Mischief::refuse_later;
  ScriptedPeer peer(script);
  House house(patient_options());
  const auto account = house.send_and_wait(to_smarthost(5, peer.port()));
  EXPECT_FALSE(account->refused);
  EXPECT_EQ(account->put_off, 1U);
  EXPECT_EQ(account->taken, 0U);
}

TEST(Courier, TakesAnswersPerRecipient) {
  PeerScript script;
  script.rcpt = [](const std::string& mailbox) -> std::string {
    const int who = std::stoi(mailbox.substr(1));
    return who % 10 == 3   ? "550-5.1.1 no\r\n550 5.1.1 such user"
           : who % 10 == 7 ? "451 4.2.0 later \xC3\xB6"
                           : "";
  };
  for (const char* extensions : {"PIPELINING\n8BITMIME", "8BITMIME"}) {
    script.extensions = extensions;
    ScriptedPeer peer(script);
    House house(patient_options());
    auto mail = to_smarthost(250, peer.port());
    mail.route.recipients = 40;
    const auto account = house.send_and_wait(std::move(mail));
    EXPECT_EQ(account->delivered(), 200U);
    EXPECT_EQ(account->failed(), 25U);
    EXPECT_EQ(account->deferred(), 25U);
    EXPECT_EQ(account->transactions, 7U);
    EXPECT_EQ(account->named.at(13).second, "550 5.1.1 no; such user");
    EXPECT_EQ(account->named.at(17).second, "451 4.2.0 later ??");
    EXPECT_EQ(peer.copies().size(), 200U);
  }
}

TEST(Courier, OnlyWhoIsNotSettledIsTriedAndIndicesAreTheSlices) {
  ScriptedPeer peer({});
  House house(patient_options());
  auto mail = to_smarthost(5, peer.port());
  for (auto& who : mail.to) who.index = who.index * 100 + 7;
  std::map<std::uint32_t, queue::Outcome> seen;
  std::mutex mutex;
  std::condition_variable changed;
  bool finished = false;
  house.courier->deliver(std::move(mail), [&](const queue::Report& report) {
    const std::lock_guard lock(mutex);
    EXPECT_TRUE(queue::read_handovers(report.base, report.log, [&](const queue::Handover& record) {
                  for (const auto& [first, count] : record.runs) {
                    for (std::uint32_t at = first; at < first + count; ++at) seen.emplace(at, record.outcome);
                  }
                }).has_value());
    finished = finished || report.finished;
    changed.notify_all();
  });
  std::unique_lock lock(mutex);
  ASSERT_TRUE(changed.wait_for(lock, 10s, [&] { return finished; }));
  const std::map<std::uint32_t, queue::Outcome> expected = {{7, queue::Outcome::delivered},
                                                            {107, queue::Outcome::delivered},
                                                            {207, queue::Outcome::delivered},
                                                            {307, queue::Outcome::delivered},
                                                            {407, queue::Outcome::delivered}};
  EXPECT_EQ(seen, expected);
}

TEST(Courier, IndividualEnvelopes) {
  ScriptedPeer peer({});
  House house(patient_options());
  auto mail = to_smarthost(2500, peer.port());
  mail.individual = true;
  mail.verp = [](const queue::Addressee& who, std::string& out) {
    out += "b+" + std::to_string(who.id.value) + "@l.example";
  };
  const auto account = house.send_and_wait(std::move(mail));
  EXPECT_EQ(account->delivered(), 2500U);
  EXPECT_EQ(account->transactions, 2500U);
  EXPECT_GE(account->reports, 3);  // at least every 1000 recipients
  std::set<std::string> senders;
  for (const TakenMail& one : peer.taken()) senders.insert(one.from);
  EXPECT_EQ(senders.size(), 2500U);
}

struct Step {
  const char* verb;
  Mischief mischief;
};
std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << step.verb << " " << static_cast<int>(step.mischief);
}

class EveryVerb : public ::testing::TestWithParam<Step> {};

TEST_P(EveryVerb, LosesAndDoublesNobody) {
  for (const bool lmtp : {false, true}) {
    PeerScript script;
    script.lmtp = lmtp;
    script.at = GetParam().verb;
    script.mischief = GetParam().mischief;
    ScriptedPeer peer(script);
    House house(quick_options());
    auto mail = to_smarthost(9, peer.port());
    if (lmtp) mail.route.kind = queue::RouteKind::lmtp;
    mail.route.recipients = 4;
    const auto account = house.send_and_wait(std::move(mail));
    EXPECT_EQ(account->delivered() + account->deferred() + account->failed(), 9U);
    EXPECT_EQ(account->delivered(), 0U);
    const bool on_mail =
        script.at == "MAIL" || script.at == "RCPT" || script.at == "DATA" || script.at == "dot";
    EXPECT_EQ(account->failed(), script.mischief == Mischief::refuse_for_good && on_mail ? 9U : 0U);
    EXPECT_TRUE(peer.taken().empty());
    EXPECT_TRUE(house.settle_down());
    EXPECT_EQ(house.courier->open_connections(), 0U);
    EXPECT_EQ(house.courier->running(), 0U);
  }
}

std::vector<Step> steps() {
  std::vector<Step> all;
  for (const char* verb : {"greeting", "EHLO", "MAIL", "RCPT", "DATA", "content", "dot"}) {
    for (const Mischief one : {Mischief::hang, Mischief::drop, Mischief::garbage, Mischief::refuse_later,
                               Mischief::refuse_for_good, Mischief::closing}) {
      if (std::string(verb) == "content" &&
          (one == Mischief::refuse_later || one == Mischief::refuse_for_good))
        continue;
      all.push_back(Step{verb, one});
    }
  }
  return all;
}
INSTANTIATE_TEST_SUITE_P(Verbs, EveryVerb, ::testing::ValuesIn(steps()));

TEST(Courier, ABrokenConnectionIsFollowedByAnotherOne) {
  PeerScript script;
  script.messages_per_connection = 3;  // then 421 to MAIL
  ScriptedPeer peer(script);
  House house(patient_options());
  auto mail = to_smarthost(10, peer.port());
  mail.route.recipients = 1;
  const auto account = house.send_and_wait(std::move(mail));
  EXPECT_EQ(account->delivered(), 10U);
  EXPECT_EQ(peer.connections(), 4);
  for (const auto& [mailbox, copies] : peer.copies()) EXPECT_EQ(copies, 1) << mailbox;
}

TEST(Courier, ConnectionsHaveTheirShareOfTransactions) {
  ScriptedPeer peer({});
  Options options = patient_options();
  options.transactions_per_connection = 4;
  House house(options);
  auto mail = to_smarthost(10, peer.port());
  mail.route.recipients = 1;
  const auto account = house.send_and_wait(std::move(mail));
  EXPECT_EQ(account->delivered(), 10U);
  EXPECT_EQ(peer.connections(), 3);
  EXPECT_TRUE(house.settle_down());
  EXPECT_EQ(peer.quits(), 3);
}

TEST(Courier, ConnectionsAreUsedAgain) {
  ScriptedPeer peer({});
  House house(patient_options(), 1);
  for (int turn = 0; turn < 5; ++turn) {
    const auto account = house.send_and_wait(to_smarthost(3, peer.port()));
    EXPECT_EQ(account->delivered(), 3U);
  }
  EXPECT_EQ(peer.connections(), 1);
  EXPECT_EQ(house.courier->open_connections(), 1U);
}

TEST(Courier, AnotherRouteHasItsOwnConnections) {
  ScriptedPeer peer({});
  House house(patient_options(), 1);
  house.send_and_wait(to_smarthost(1, peer.port()));
  auto other = to_smarthost(1, peer.port());
  other.route.tls = queue::TlsPolicy::none;
  house.send_and_wait(std::move(other));
  EXPECT_EQ(peer.connections(), 2);
}

TEST(Courier, IdleConnectionsAreClosedWithQuit) {
  ScriptedPeer peer({});
  Options options = patient_options();
  options.idle = 100ms;
  House house(options, 1);
  house.send_and_wait(to_smarthost(1, peer.port()));
  for (int turn = 0; turn < 100 && house.courier->open_connections() > 0; ++turn)
    std::this_thread::sleep_for(50ms);
  EXPECT_EQ(house.courier->open_connections(), 0U);
  EXPECT_EQ(peer.quits(), 1);
}

TEST(Courier, APooledConnectionThatDiedIsNoFailure) {
  PeerScript script;
  script.close_silently_after_message = true;
  ScriptedPeer peer(script);
  House house(patient_options(), 1);
  for (int turn = 0; turn < 4; ++turn) {
    const auto account = house.send_and_wait(to_smarthost(2, peer.port()));
    EXPECT_EQ(account->delivered(), 2U);
  }
  EXPECT_EQ(peer.connections(), 4);
}

TEST(Courier, A421OnAPooledConnectionIsNoFailure) {
  PeerScript script;
  script.messages_per_connection = 1;
  ScriptedPeer peer(script);
  House house(patient_options(), 1);
  for (int turn = 0; turn < 4; ++turn) {
    const auto account = house.send_and_wait(to_smarthost(2, peer.port()));
    EXPECT_EQ(account->delivered(), 2U);
  }
  EXPECT_EQ(peer.connections(), 4);
}

TEST(Courier, NobodyThere) {
  House house(patient_options());
  const DeafPort deaf;
  const std::uint16_t port = deaf.number;
  const auto account = house.send_and_wait(to_smarthost(3, port));
  EXPECT_EQ(account->deferred(), 3U);
  EXPECT_NE(account->trouble.find("451 4.4.1 127.0.0.1[127.0.0.1]:" + std::to_string(port) +
                                  ": connect: Connection refused"),
            std::string::npos)
      << account->trouble;
}

TEST(Courier, LmtpOverAUnixSocket) {
  PeerScript script;
  script.lmtp = true;
  script.unix_path = ::testing::TempDir() + "breakwater-lmtp-" + std::to_string(::getpid());
  script.rcpt = [](const std::string& mailbox) -> std::string {
    return mailbox[1] == '2' ? "550 5.1.1 unknown" : "";
  };
  ScriptedPeer peer(script);
  House house(patient_options());
  auto mail = consignment(10);
  mail.route.name = "dovecot";
  mail.route.kind = queue::RouteKind::lmtp;
  mail.route.host = script.unix_path;
  const auto account = house.send_and_wait(std::move(mail));
  EXPECT_EQ(account->delivered(), 9U);
  EXPECT_EQ(account->failed(), 1U);
  EXPECT_EQ(account->peer, script.unix_path);
  EXPECT_EQ(peer.taken().size(), 9U);
}

TEST(Courier, StopsWhenToldTo) {
  ScriptedPeer peer({});
  House house(patient_options());
  auto mail = to_smarthost(100'000, peer.port());
  mail.individual = true;
  const auto stop = std::make_shared<std::atomic<bool>>(false);
  mail.stop = stop;
  const auto account = house.send(std::move(mail));
  while (peer.taken().empty()) std::this_thread::sleep_for(1ms);
  stop->store(true);
  ASSERT_TRUE(account->wait());
  EXPECT_LT(account->delivered(), 100'000U);
  EXPECT_EQ(account->failed(), 0U);
  EXPECT_EQ(account->delivered(), peer.copies().size());
  EXPECT_NE(account->trouble.find("stopped"), std::string::npos);
}

TEST(Courier, ReportsOnTheWay) {
  PeerScript script;
  script.at = "content";
  script.mischief = Mischief::hang;
  script.connections_with_mischief = 0;
  std::atomic<int> answered{0};
  std::atomic<bool> go_on{false};
  script.rcpt = [&](const std::string&) -> std::string {
    if (++answered > 10) {
      while (!go_on) std::this_thread::sleep_for(5ms);
    }
    return "";
  };
  ScriptedPeer peer(script);
  House house(patient_options());
  auto mail = to_smarthost(20, peer.port());
  mail.route.recipients = 10;
  const auto account = house.send(std::move(mail));
  {
    std::unique_lock lock(account->mutex);
    EXPECT_TRUE(account->changed.wait_for(lock, 30s, [&] { return account->named.size() == 10; }));
    EXPECT_EQ(account->finished, 0);
  }
  go_on = true;
  ASSERT_TRUE(account->wait());
  EXPECT_EQ(account->delivered(), 20U);
}

TEST(Courier, ManyAtOnce) {
  ScriptedPeer peer({});
  Options options = patient_options();
  options.connections = 8;
  House house(options);
  std::vector<std::shared_ptr<Account>> accounts;
  for (int turn = 0; turn < 40; ++turn) {
    auto mail = to_smarthost(100, peer.port());
    mail.individual = turn % 2 == 0;
    mail.route.recipients = 7;
    accounts.push_back(house.send(std::move(mail)));
  }
  for (const auto& account : accounts) {
    ASSERT_TRUE(account->wait());
    EXPECT_EQ(account->delivered(), 100U);
    EXPECT_EQ(account->finished, 1);
  }
  EXPECT_LE(peer.connections(), 8);
  for (const auto& [mailbox, copies] : peer.copies()) EXPECT_EQ(copies, 40) << mailbox;
  EXPECT_TRUE(house.settle_down());
  EXPECT_EQ(house.courier->open_connections(), 0U);
}

TEST(Courier, BigBodies) {
  ScriptedPeer peer({});
  House house(patient_options());
  auto mail = to_smarthost(3, peer.port());
  std::string body;
  while (body.size() < 5'000'000) body += "..a line that begins with a dot\r\nand one that does not\r\n";
  mail.copy.body = std::make_shared<const std::string>(body);
  mail.route.recipients = 1;
  const auto account = house.send_and_wait(std::move(mail));
  EXPECT_EQ(account->delivered(), 3U);
  for (const TakenMail& one : peer.taken()) EXPECT_GT(one.content.size(), 5'000'000U);
}

TEST(Courier, ShutDownFinishesWhatIsUnderWay) {
  ScriptedPeer peer({});
  Options options = patient_options();
  options.connections = 2;
  House house(options);
  std::vector<std::shared_ptr<Account>> accounts;
  for (int turn = 0; turn < 6; ++turn) {
    auto mail = to_smarthost(20'000, peer.port());
    mail.individual = true;
    accounts.push_back(house.send(std::move(mail)));
  }
  while (peer.taken().size() < 10) std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(house.settle_down());
  std::size_t delivered = 0;
  for (const auto& account : accounts) {
    ASSERT_TRUE(account->wait(0ms));
    EXPECT_EQ(account->delivered() + account->deferred(), 20'000U);
    delivered += account->delivered();
  }
  EXPECT_EQ(delivered, peer.taken().size());
  EXPECT_LT(delivered, 120'000U);
  const auto late = house.send_and_wait(to_smarthost(1, peer.port()));
  EXPECT_EQ(late->deferred(), 1U);
}

TEST(Courier, ShutDownDoesNotWaitForEverForThePeer) {
  for (const char* verb : {"greeting", "RCPT", "dot"}) {
    PeerScript script;
    script.at = verb;
    script.mischief = Mischief::hang;
    ScriptedPeer peer(script);
    House house(patient_options());
    const auto account = house.send(to_smarthost(5, peer.port()));
    while (peer.connections() == 0) std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(50ms);
    EXPECT_TRUE(house.settle_down(200ms));  // its peer's patience is 20 s, ours ends before
    ASSERT_TRUE(account->wait(0ms));
    EXPECT_EQ(account->deferred(), 5U);
  }
}

TEST(Courier, Authenticates) {
  PeerScript script;
  script.login = "AGFubgBzZWNyZXQ=";  // \0ann\0secret
  ScriptedPeer peer(script);
  for (const char* password : {"secret", "wrong"}) {
    House house(patient_options());
    auto mail = to_smarthost(2, peer.port());
    mail.route.username = "ann";
    mail.route.password = password;
    const auto account = house.send_and_wait(std::move(mail));
    const bool right = std::string(password) == "secret";
    EXPECT_EQ(account->delivered(), right ? 2U : 0U);
    EXPECT_EQ(account->deferred(), right ? 0U : 2U);
    if (!right) EXPECT_NE(account->trouble.find("535 5.7.8 wrong"), std::string::npos) << account->trouble;
  }
}

}  // namespace
}  // namespace breakwater::delivery::testing
