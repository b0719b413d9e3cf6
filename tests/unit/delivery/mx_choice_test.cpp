#include "delivery/mx_choice.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

namespace breakwater::delivery {
namespace {

using queue::Outcome;

MxAnswer found(std::vector<MxRecord> records) {
  MxAnswer answer;
  answer.status = LookupStatus::found;
  answer.records = std::move(records);
  return answer;
}

std::string names(const HostChoice& choice) {
  std::string all;
  for (const Host& host : choice.hosts) all += host.name + " ";
  return all;
}

TEST(MxChoice, ByPreference) {
  const auto choice = choose_hosts(found({{30, "c"}, {10, "a"}, {20, "b"}}), "example.org", {}, 1);
  EXPECT_EQ(names(choice), "a b c ");
  EXPECT_TRUE(choice.trouble.empty());
}

TEST(MxChoice, EqualOnesAreShuffledByEntropyAlone) {
  std::map<std::string, int> orders;
  for (std::uint64_t entropy = 0; entropy < 600; ++entropy) {
    const auto one =
        names(choose_hosts(found({{10, "a"}, {10, "b"}, {10, "c"}, {5, "first"}}), "d", {}, entropy));
    const auto other =
        names(choose_hosts(found({{10, "c"}, {5, "first"}, {10, "a"}, {10, "b"}}), "d", {}, entropy));
    EXPECT_EQ(one, other);
    EXPECT_TRUE(one.starts_with("first "));
    ++orders[one];
  }
  EXPECT_EQ(orders.size(), 6U);
  for (const auto& one : orders) EXPECT_GT(one.second, 60) << one.first;
}

TEST(MxChoice, Verdicts) {
  struct Case {
    MxAnswer answer;
    Outcome rest;
    const char* trouble;
  };
  MxAnswer missing, bogus, failed;
  missing.status = LookupStatus::no_name;
  bogus.status = LookupStatus::bogus;
  failed.status = LookupStatus::failed;
  failed.why = "SERVFAIL";
  const Case cases[] = {
      {missing, Outcome::failed, "550 5.1.2 d does not exist (NXDOMAIN)"},
      {bogus, Outcome::deferred, "451 4.4.3 d MX look-up: DNSSEC validation failed: "},
      {failed, Outcome::deferred, "451 4.4.3 d MX look-up: SERVFAIL"},
      {found({{0, ""}}), Outcome::failed, "556 5.1.10 d does not accept mail (null MX)"},
      {found({}), Outcome::failed, "550 5.4.4 d has no usable MX record"},
      {found({{0, ""}, {10, ""}}), Outcome::failed, "550 5.4.4 d has no usable MX record"},
      {found({{10, "us"}, {20, "other"}}), Outcome::failed, "554 5.4.6 d is routed back to this server"},
  };
  for (const Case& one : cases) {
    const auto choice = choose_hosts(one.answer, "d", {"us"}, 7);
    EXPECT_TRUE(choice.hosts.empty());
    EXPECT_EQ(choice.rest, one.rest);
    EXPECT_EQ(choice.trouble, one.trouble);
  }
}

TEST(MxChoice, TheDomainItselfWithoutMx) {
  MxAnswer none;
  none.status = LookupStatus::no_data;
  EXPECT_EQ(names(choose_hosts(none, "example.org", {}, 1)), "example.org ");
}

TEST(MxChoice, OnlyBetterOnesThanThisServer) {
  const auto answer = found({{10, "a"}, {20, "us"}, {20, "b"}, {30, "c"}});
  EXPECT_EQ(names(choose_hosts(answer, "d", {"us"}, 3)), "a ");
}

TEST(MxChoice, AThousandRecordsAreTenTries) {
  std::vector<MxRecord> many;
  for (int at = 0; at < 1000; ++at) many.push_back({10, "h" + std::to_string(at)});
  EXPECT_EQ(choose_hosts(found(many), "d", {}, 1).hosts.size(), kMaxHosts);
}

RC_GTEST_PROP(MxChoice, KeepsOrderAndInventsNobody, (std::uint64_t entropy)) {
  const auto preferences =
      *rc::gen::container<std::vector<std::uint16_t>>(rc::gen::inRange<std::uint16_t>(0, 4));
  std::vector<MxRecord> records;
  for (std::size_t at = 0; at < preferences.size(); ++at) {
    records.push_back({preferences[at], "h" + std::to_string(at % 7)});
  }
  const auto choice = choose_hosts(found(records), "d", {"h3"}, entropy);
  for (std::size_t at = 0; at < choice.hosts.size(); ++at) {
    if (at > 0) RC_ASSERT(choice.hosts[at - 1].preference <= choice.hosts[at].preference);
    RC_ASSERT(choice.hosts[at].name != "h3");
  }
  RC_ASSERT(choice.hosts.empty() != choice.trouble.empty());
}

TEST(MxChoice, Addresses) {
  const auto own = std::vector<boost::asio::ip::address>{boost::asio::ip::make_address("192.0.2.1"),
                                                         boost::asio::ip::make_address("2001:db8::1")};
  const std::map<std::string, AddressUse> expected = {
      {"192.0.2.1", AddressUse::own},
      {"2001:db8::1", AddressUse::own},
      {"::ffff:192.0.2.1", AddressUse::own},
      {"192.0.2.2", AddressUse::usable},
      {"127.0.0.1", AddressUse::nowhere},
      {"127.8.9.1", AddressUse::nowhere},
      {"::1", AddressUse::nowhere},
      {"::ffff:127.0.0.1", AddressUse::nowhere},
      {"0.0.0.0", AddressUse::nowhere},
      {"0.1.2.3", AddressUse::nowhere},
      {"::", AddressUse::nowhere},
      {"224.0.0.1", AddressUse::nowhere},
      {"255.255.255.255", AddressUse::nowhere},
      {"ff02::1", AddressUse::nowhere},
      {"10.0.0.1", AddressUse::usable},
  };
  for (const auto& [text, use] : expected) {
    EXPECT_EQ(judge_address(boost::asio::ip::make_address(text), own, false), use) << text;
  }
  EXPECT_EQ(judge_address(boost::asio::ip::make_address("127.0.0.1"), own, true), AddressUse::usable);
  EXPECT_EQ(judge_address(boost::asio::ip::make_address("0.0.0.0"), own, true), AddressUse::nowhere);
}

TEST(MxChoice, RdataOfMx) {
  MxRecord record;
  EXPECT_TRUE(parse_mx(std::string_view("\0\x0A\2MX\7exAmple\0", 14), record));
  EXPECT_EQ(record.preference, 10);
  EXPECT_EQ(record.host, "mx.example");
  EXPECT_TRUE(parse_mx(std::string_view("\0\0\0", 3), record));
  EXPECT_EQ(record.host, "");
  for (const std::string& bad :
       {std::string(""), std::string("\0\1", 2), std::string("\0\1\2mx", 5), std::string("\0\1\2mx\0x", 7),
        std::string("\0\1\3m x\0", 7), std::string("\0\1\3m\n\0\0", 7), std::string("\0\1\xC0\x0C", 4),
        std::string("\0\1\2m.\0", 6)}) {
    EXPECT_FALSE(parse_mx(bad, record));
  }
  std::string long_name("\0\1", 2);
  for (int at = 0; at < 9; ++at) long_name += '\x1F' + std::string(31, 'a');
  EXPECT_FALSE(parse_mx(long_name + std::string(1, '\0'), record));
}

RC_GTEST_PROP(MxChoice, AnyRdataIsSafe, (const std::string& rdata)) {
  MxRecord record;
  if (parse_mx(rdata, record)) RC_ASSERT(record.host.size() <= 253U);
}

}  // namespace
}  // namespace breakwater::delivery
