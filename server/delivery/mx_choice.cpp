#include "delivery/mx_choice.h"

#include <algorithm>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

namespace breakwater::delivery {
namespace {

// splitmix64: a small generator whose whole state is the entropy that was passed in.
std::uint64_t draw(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9E3779B97F4A7C15U);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

HostChoice refuse(queue::Outcome rest, std::string_view code, std::string_view domain, std::string_view why) {
  HostChoice choice;
  choice.rest = rest;
  choice.trouble.append(code).append(" ").append(domain).append(" ").append(why);
  return choice;
}

std::vector<Host> in_order(const std::vector<MxRecord>& records, std::uint64_t entropy) {
  std::vector<Host> hosts;
  for (const MxRecord& record : records) {
    if (record.host.empty()) continue;  // RFC 7505 3: beside others it is no null MX, and no host either
    hosts.push_back(Host{record.host, record.preference});
  }
  // By name first, so that the order depends on the entropy alone and not on that of the answer.
  std::sort(hosts.begin(), hosts.end(), [](const Host& a, const Host& b) {
    return a.preference != b.preference ? a.preference < b.preference : a.name < b.name;
  });
  hosts.erase(std::unique(hosts.begin(), hosts.end(),
                          [](const Host& a, const Host& b) {
                            return a.preference == b.preference && a.name == b.name;
                          }),
              hosts.end());
  for (std::size_t first = 0; first < hosts.size();) {
    std::size_t end = first;
    while (end < hosts.size() && hosts[end].preference == hosts[first].preference) ++end;
    for (std::size_t at = end - 1; at > first; --at) {
      std::swap(hosts[at], hosts[first + draw(entropy) % (at - first + 1)]);
    }
    first = end;
  }
  return hosts;
}

}  // namespace

HostChoice choose_hosts(const MxAnswer& answer, std::string_view domain,
                        const std::vector<std::string>& own_names, std::uint64_t entropy) {
  using queue::Outcome;
  switch (answer.status) {
    case LookupStatus::no_name:
      return refuse(Outcome::failed, "550 5.1.2", domain, "does not exist (NXDOMAIN)");
    case LookupStatus::bogus:
      return refuse(Outcome::deferred, "451 4.4.3", domain,
                    "MX look-up: DNSSEC validation failed: " + answer.why);
    case LookupStatus::failed:
      return refuse(Outcome::deferred, "451 4.4.3", domain, "MX look-up: " + answer.why);
    case LookupStatus::no_data: {
      HostChoice implicit;  // RFC 5321 5.1: the domain itself, by its addresses
      implicit.hosts.push_back(Host{std::string(domain), 0});
      return implicit;
    }
    case LookupStatus::found: break;
  }
  if (answer.records.size() == 1 && answer.records.front().host.empty()) {
    return refuse(Outcome::failed, "556 5.1.10", domain, "does not accept mail (null MX)");  // RFC 7505 4.1
  }
  HostChoice choice;
  choice.hosts = in_order(answer.records, entropy);
  if (choice.hosts.empty()) return refuse(Outcome::failed, "550 5.4.4", domain, "has no usable MX record");
  // RFC 5321 5.1: where this server is one of them, only better ones may be tried, else mail runs in a
  // circle.
  const auto own = std::find_if(choice.hosts.begin(), choice.hosts.end(), [&](const Host& host) {
    return std::find(own_names.begin(), own_names.end(), host.name) != own_names.end();
  });
  if (own != choice.hosts.end()) {
    const std::uint16_t limit = own->preference;
    std::erase_if(choice.hosts, [&](const Host& host) { return host.preference >= limit; });
    if (choice.hosts.empty())
      return refuse(Outcome::failed, "554 5.4.6", domain, "is routed back to this server");
  }
  if (choice.hosts.size() > kMaxHosts) choice.hosts.resize(kMaxHosts);
  return choice;
}

AddressUse judge_address(const boost::asio::ip::address& address,
                         const std::vector<boost::asio::ip::address>& own_addresses, bool allow_loopback) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    const auto inner = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
    return judge_address(inner, own_addresses, allow_loopback);
  }
  if (std::find(own_addresses.begin(), own_addresses.end(), address) != own_addresses.end())
    return AddressUse::own;
  const bool nobody =
      address.is_unspecified() || address.is_multicast() ||
      (address.is_v4() && (address.to_v4().to_uint() >> 28 == 0xF || address.to_v4().to_uint() >> 24 == 0));
  if (nobody) return AddressUse::nowhere;
  return address.is_loopback() && !allow_loopback ? AddressUse::nowhere : AddressUse::usable;
}

bool parse_mx(std::string_view rdata, MxRecord& record) {
  if (rdata.size() < 3) return false;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(rdata[at]); };
  record.preference = static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
  record.host.clear();
  std::size_t at = 2;
  while (at < rdata.size() && byte(at) != 0) {
    const std::size_t length = byte(at++);
    if (length > 63 || at + length >= rdata.size()) return false;  // libunbound has undone compression
    if (!record.host.empty()) record.host.push_back('.');
    for (const std::size_t end = at + length; at < end; ++at) {
      char c = rdata[at];
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      if (!fits) return false;
      record.host.push_back(c);
    }
  }
  return at + 1 == rdata.size() && record.host.size() <= 253;
}

}  // namespace breakwater::delivery
