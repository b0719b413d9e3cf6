#include "pipeline/gate.h"

#include <gtest/gtest.h>

#include "pipeline/bounce_address.h"

namespace breakwater::pipeline {
namespace {

class GateTest : public testing::Test {
 protected:
  GateTest() {
    lists::List list;
    list.name = "tech";
    list.domain = "lists.example";
    lists_.emplace(list.address(), list);
    envelope_.reverse_path = smtp::Mailbox{"ann", "example.org"};
  }
  std::string check(const std::string& local, const std::string& domain) {
    const auto reply = gate_.check_recipient({}, envelope_, {local, domain});
    return reply ? std::to_string(reply->code) + " " + reply->enhanced : "ok";
  }
  lists::ListsByAddress lists_;
  smtp::Envelope envelope_;
  Gate gate_{lists_, "mail.example"};
};

TEST_F(GateTest, RecipientsAreListsTheirSubAddressesAndPostmaster) {
  for (const char* local :
       {"tech", "TECH", "tech-owner", "tech-request", "tech-bounces", "tech-bounces+abc", "postmaster"}) {
    EXPECT_EQ(check(local, "Lists.Example"), "ok") << local;
  }
  EXPECT_EQ(check("postmaster", "mail.example"), "ok");
  EXPECT_EQ(check("postmaster", ""), "ok");
  EXPECT_EQ(check("postmaster", "other.example"), "550 5.7.1");
  EXPECT_EQ(check("nolist", "lists.example"), "550 5.1.1");
  EXPECT_EQ(check("../../etc/passwd", "lists.example"), "550 5.1.1");
}

TEST_F(GateTest, NothingIsRelayed) {
  EXPECT_EQ(check("u", "other.example"), "550 5.7.1");
  EXPECT_EQ(check("u%other.example", "lists.example"), "550 5.7.1");
  EXPECT_EQ(check("other.example!u", "lists.example"), "550 5.7.1");
  EXPECT_EQ(check("u@other.example", "lists.example"), "550 5.7.1");
  EXPECT_EQ(check("u", "[192.0.2.1]"), "550 5.7.1");
}

TEST_F(GateTest, ABounceToAListIsRefusedAndOneToItsBounceAddressTaken) {
  envelope_.reverse_path.reset();
  EXPECT_EQ(check("tech", "lists.example"), "550 5.7.1");
  EXPECT_EQ(check("tech-bounces+x", "lists.example"), "ok");
}

TEST_F(GateTest, WhoIsLoggedInSendsUnderTheirOwnAddressOnly) {
  smtp::Peer peer;
  EXPECT_FALSE(gate_.check_sender(peer, envelope_));
  peer.login = "ann@example.org";
  EXPECT_FALSE(gate_.check_sender(peer, envelope_));
  peer.login = "bob@example.org";
  ASSERT_TRUE(gate_.check_sender(peer, envelope_));
  EXPECT_EQ(gate_.check_sender(peer, envelope_)->code, 550);
  envelope_.reverse_path.reset();
  EXPECT_TRUE(gate_.check_sender(peer, envelope_));
}

const Mac kMac = [](std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
};

TEST(BounceAddress, ATokenComesBackAndATamperedOneDoesNot) {
  lists::List list;
  list.name = "tech";
  list.domain = "lists.example";
  const PostingId posting{make_id(from_ms(1'700'000'000'000), 12345)};
  for (const auto& who :
       {make_address_id(DomainId{1}, 1), make_address_id(DomainId{90'000}, 4'000'000'000U)}) {
    std::string address;
    append_verp(list, posting, who, kMac, address);
    const std::string token = address.substr(13, address.find('@') - 13);
    const auto read = read_bounce_token(token, kMac);
    ASSERT_TRUE(read) << address;
    EXPECT_EQ(read->posting, posting);
    EXPECT_EQ(read->recipient, who);
    for (std::size_t at = 0; at < token.size(); ++at) {
      std::string tampered = token;
      tampered[at] = tampered[at] == '7' ? '8' : '7';
      if (tampered != token) EXPECT_FALSE(read_bounce_token(tampered, kMac)) << at;
    }
  }
  EXPECT_EQ(read_bounce_token(bounce_address(list, posting).substr(13, 13), kMac)->posting, posting);
  for (const char* bad : {"", "x", "0123456789ab", "!!!!!!!!!!!!!", "01hb3v9zk4q8t12345678"}) {
    EXPECT_FALSE(read_bounce_token(bad, kMac)) << bad;
  }
}

TEST(BounceAddress, ALongListNameFallsBackToTheAddressOfThePosting) {
  lists::List list;
  list.name = std::string(40, 'n');
  list.domain = "lists.example";
  std::string address;
  append_verp(list, PostingId{5}, make_address_id(DomainId{1}, 1), kMac, address);
  EXPECT_EQ(address, bounce_address(list, PostingId{5}));
  EXPECT_LE(address.find('@'), 64U);
}

}  // namespace
}  // namespace breakwater::pipeline
