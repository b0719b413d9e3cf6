// TLS by policy, against self-signed certificates, broken handshakes and none at all.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "house.h"
#include "scripted_peer.h"

namespace breakwater::delivery::testing {
namespace {

using queue::TlsPolicy;

enum class Offer { nothing, self_signed, broken, wrapped };

struct Case {
  Offer offer;
  TlsPolicy policy;
  bool delivered, encrypted;
};

class CourierTls : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { identity_ = std::make_unique<Identity>(make_identity("mail.test")); }
  static void TearDownTestSuite() { identity_.reset(); }

  static Options options() {
    Options made = patient_options();
    made.resolver.local_data = {"zone test. static", "mail.test. 300 IN A 127.0.0.1",
                                "other.test. 300 IN A 127.0.0.1"};
    return made;
  }
  static PeerScript script() {
    PeerScript made;
    made.certificate = identity_->certificate;
    made.key = identity_->key;
    return made;
  }
  static std::unique_ptr<Identity> identity_;
};
std::unique_ptr<Identity> CourierTls::identity_;

TEST_F(CourierTls, Policies) {
  const Case cases[] = {
      {Offer::nothing, TlsPolicy::none, true, false},
      {Offer::nothing, TlsPolicy::may, true, false},
      {Offer::nothing, TlsPolicy::require, false, false},
      {Offer::nothing, TlsPolicy::verify, false, false},
      {Offer::self_signed, TlsPolicy::none, true, false},
      {Offer::self_signed, TlsPolicy::may, true, true},
      {Offer::self_signed, TlsPolicy::require, true, true},
      {Offer::self_signed, TlsPolicy::verify, false, false},
      {Offer::broken, TlsPolicy::may, true, false},
      {Offer::broken, TlsPolicy::require, false, false},
      {Offer::broken, TlsPolicy::verify, false, false},
      {Offer::wrapped, TlsPolicy::require, true, true},
      {Offer::wrapped, TlsPolicy::verify, false, false},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(::testing::Message() << static_cast<int>(one.offer) << " " << static_cast<int>(one.policy));
    PeerScript made = one.offer == Offer::nothing ? PeerScript{} : script();
    made.broken_tls = one.offer == Offer::broken;
    made.tls_wrapped = one.offer == Offer::wrapped;
    ScriptedPeer peer(made);
    House house(options());
    auto mail = to_smarthost(3, peer.port());
    mail.route.host = "mail.test";
    mail.route.tls = one.policy;
    mail.route.tls_wrapped = one.offer == Offer::wrapped;
    const auto account = house.send_and_wait(std::move(mail));
    EXPECT_EQ(account->delivered(), one.delivered ? 3U : 0U) << account->trouble;
    EXPECT_EQ(account->deferred(), one.delivered ? 0U : 3U);
    for (const TakenMail& taken : peer.taken()) EXPECT_EQ(taken.tls, one.encrypted);
  }
}

TEST_F(CourierTls, TheCertificateMustNameTheHost) {
  const std::string ca = ::testing::TempDir() + "breakwater-ca-" + std::to_string(::getpid()) + ".pem";
  std::ofstream(ca) << identity_->certificate;
  for (const char* host : {"mail.test", "other.test"}) {
    for (const bool wrapped : {false, true}) {
      PeerScript made = script();
      made.tls_wrapped = wrapped;
      ScriptedPeer peer(made);
      Options with_ca = options();
      with_ca.ca_file = ca;
      House house(with_ca);
      auto mail = to_smarthost(3, peer.port());
      mail.route.host = host;
      mail.route.tls = TlsPolicy::verify;
      mail.route.tls_wrapped = wrapped;
      const auto account = house.send_and_wait(std::move(mail));
      const bool right = std::string(host) == "mail.test";
      EXPECT_EQ(account->delivered(), right ? 3U : 0U) << account->trouble;
      if (!right) EXPECT_EQ(account->trouble.substr(0, 9), "451 4.7.5") << account->trouble;
    }
  }
  ::unlink(ca.c_str());
}

TEST_F(CourierTls, ManyTransactionsAndBigBodies) {
  ScriptedPeer peer(script());
  House house(options());
  auto mail = to_smarthost(50, peer.port());
  std::string body;
  while (body.size() < 300'000) body += ".a line of text\r\n";
  mail.copy.body = std::make_shared<const std::string>(body);
  mail.individual = true;
  mail.route.tls = TlsPolicy::require;
  const auto account = house.send_and_wait(std::move(mail));
  EXPECT_EQ(account->delivered(), 50U) << account->trouble;
  const auto again = house.send_and_wait(to_smarthost(1, peer.port()));
  EXPECT_EQ(again->delivered(), 1U);
}

TEST_F(CourierTls, AMissingCaFileIsAnError) {
  boost::asio::io_context context;
  Options options;
  options.hostname = "us.example";
  options.ca_file = "/nowhere/ca.pem";
  const auto made = Courier::create(options, {&context});
  ASSERT_FALSE(made.has_value());
  EXPECT_NE(made.error().what.find("/nowhere/ca.pem"), std::string::npos);
}

}  // namespace
}  // namespace breakwater::delivery::testing
