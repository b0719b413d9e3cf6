#include "pipeline/gate.h"

#include <gtest/gtest.h>

#include "pipeline/bounce_address.h"

namespace breakwater::pipeline {
namespace {

class GateTest : public testing::Test {
 protected:
  GateTest() {
    add(lists_, "tech", "lists.example");
    add(closed_, "old", "gone.example");
    add(purged_, "again", "back.example");
    envelope_.reverse_path = smtp::Mailbox{"ann", "example.org"};
  }
  static void add(lists::ListsByAddress& to, const std::string& name, const std::string& domain) {
    lists::List list;
    list.name = name;
    list.domain = domain;
    to.emplace(list.address(), list);
  }
  std::string check(const std::string& local, const std::string& domain) {
    const auto reply = gate_.check_recipient({}, envelope_, {local, domain});
    return reply ? std::to_string(reply->code) + " " + reply->enhanced : "ok";
  }
  lists::ListsByAddress lists_, closed_, purged_;
  smtp::Envelope envelope_;
  Gate gate_{lists_, closed_, purged_, "mail.example"};
};

TEST_F(GateTest, RecipientsAreListsTheirSubAddressesAndPostmaster) {
  for (const char* local :
       {"tech", "TECH", "tech-owner", "tech-request", "tech-bounces", "tech-bounces+abc", "postmaster",
        "tech-join", "tech-subscribe", "Tech-Leave", "tech-unsubscribe", "tech-confirm+abc"}) {
    EXPECT_EQ(check(local, "Lists.Example"), "ok") << local;
  }
  for (const char* local : {"tech-confirm", "tech-", "-join", "tech-joins"})
    EXPECT_EQ(check(local, "lists.example"), "550 5.1.1") << local;
  EXPECT_EQ(check("postmaster", "mail.example"), "ok");
  EXPECT_EQ(check("postmaster", ""), "ok");
  EXPECT_EQ(check("postmaster", "other.example"), "550 5.7.1");
  EXPECT_EQ(check("nolist", "lists.example"), "550 5.1.1");
  EXPECT_EQ(check("../../etc/passwd", "lists.example"), "550 5.1.1");
}

// A list that has lost its file says so: its domain may have no other list, and "relaying denied" would send
// its sender to the wrong person.
TEST_F(GateTest, AListWithoutAFileIsClosed) {
  for (const char* local : {"old", "OLD", "old-owner", "old-bounces+abc", "old-join"})
    EXPECT_EQ(check(local, "Gone.Example"), "550 5.2.1") << local;
  for (const char* local : {"new", "postmaster", "old-x"})
    EXPECT_EQ(check(local, "gone.example"), "550 5.7.1");
}

// It is there in some minutes: its mail is not to be sent back.
TEST_F(GateTest, AListThatIsBeingPurgedAndHasItsFileBackTakesMailLater) {
  for (const char* local : {"again", "Again-Owner", "again-bounces+abc", "again-join", "postmaster"})
    EXPECT_EQ(check(local, "back.example"), "451 4.2.1") << local;
  EXPECT_EQ(check("other", "back.example"), "550 5.7.1");
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

const Instant kSent = from_ms(1'700'100'000'000);
const Instant kDayOfIt = std::chrono::floor<std::chrono::days>(kSent);

lists::List list_called(std::string name) {
  lists::List list;
  list.name = std::move(name);
  list.domain = "lists.example";
  return list;
}

std::string token_of(const std::string& address) {
  const std::size_t plus = address.find('+');
  return address.substr(plus + 1, address.find('@') - plus - 1);
}

TEST(BounceAddress, ATokenComesBackWithItsDayAndATamperedOneDoesNot) {
  const lists::List list = list_called("tech");
  const PostingId posting{make_id(from_ms(1'700'000'000'000), 12345)};
  for (const auto& who :
       {AddressId{}, make_address_id(DomainId{1}, 1), make_address_id(DomainId{90'000}, 4'000'000'000U)}) {
    std::string address;
    if (who)
      append_verp(list, posting, who, kMac, kSent, address);
    else
      address = bounce_address(list, posting, kMac, kSent);
    EXPECT_LE(address.find('@'), 64U);
    const std::string token = token_of(address);
    const auto read = read_bounce_token(token, kMac);
    ASSERT_TRUE(read) << address;
    EXPECT_EQ(read->posting, posting);
    EXPECT_EQ(read->recipient, who);
    EXPECT_EQ(read->sent, kDayOfIt);
    EXPECT_TRUE(read->is_signed);
    for (std::size_t at = 0; at < token.size(); ++at) {
      std::string tampered = token;
      tampered[at] = tampered[at] == '7' ? '8' : '7';
      if (tampered != token) EXPECT_FALSE(read_bounce_token(tampered, kMac)) << at;
    }
    std::string upper = token;
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    EXPECT_TRUE(read_bounce_token(upper, kMac)) << "some servers fold local parts";
  }
  for (const char* bad : {"", "x", "0123456789ab", "!!!!!!!!!!!!!", "01hb3v9zk4q8t12345678"}) {
    EXPECT_FALSE(read_bounce_token(bad, kMac)) << bad;
  }
}

// As the server wrote them before there was a day in them: they may be under way, and are as old as their
// posting.
TEST(BounceAddress, TheFormWithoutADayIsRead) {
  const Instant made = from_ms(1'700'000'000'000);
  const PostingId posting{make_id(made, 12345)};
  std::string token = format_id(posting);
  for (char& c : token) c = static_cast<char>(std::tolower(c));
  auto read = read_bounce_token(token, kMac);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->posting, posting);
  EXPECT_FALSE(read->recipient);
  EXPECT_FALSE(read->is_signed);
  EXPECT_EQ(read->sent, made);
  token += "1000001";  // domain 1, serial 1
  std::string mac = format_id(static_cast<std::int64_t>(kMac(token) & 0xFF'FFFF'FFFF)).substr(5);
  for (char& c : mac) c = static_cast<char>(std::tolower(c));
  read = read_bounce_token(token + mac, kMac);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->recipient, AddressId{(std::int64_t{1} << 30) + 1});
  EXPECT_EQ(read->sent, made);
}

TEST(BounceAddress, ALongListNameLeavesOutWhatDoesNotFit) {
  for (const auto& [length, named, is_signed] :
       {std::tuple(20U, true, true), std::tuple(31U, false, true), std::tuple(32U, false, false),
        std::tuple(42U, false, false)}) {
    std::string address;
    append_verp(list_called(std::string(length, 'n')), PostingId{5}, make_address_id(DomainId{1}, 1), kMac,
                kSent, address);
    EXPECT_LE(address.find('@'), 64U);
    const auto read = read_bounce_token(token_of(address), kMac);
    ASSERT_TRUE(read) << address;
    EXPECT_EQ(read->posting, PostingId{5});
    EXPECT_EQ(static_cast<bool>(read->recipient), named) << address;
    EXPECT_EQ(read->is_signed, is_signed) << address;
  }
  std::string longest;
  append_verp(list_called(std::string(50, 'n')), PostingId{5}, make_address_id(DomainId{1}, 1), kMac, kSent,
              longest);
  EXPECT_EQ(longest, std::string(50, 'n') + "-bounces@lists.example");
}

}  // namespace
}  // namespace breakwater::pipeline
