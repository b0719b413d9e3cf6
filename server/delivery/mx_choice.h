// Which hosts take a domain's mail, and in which order (RFC 5321 5.1, RFC 7505). Pure: answers and entropy go
// in, a decision with its reason comes out; the opener (opener.h) walks it.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "queue/handover_log.h"

namespace breakwater::delivery {

enum class LookupStatus {
  found,
  no_data,  // the name exists, this type does not
  no_name,  // NXDOMAIN
  bogus,    // DNSSEC validation failed
  failed,   // SERVFAIL, timeout, a CNAME loop
};

struct MxRecord {
  std::uint16_t preference = 0;
  std::string host;  // A-labels, lower case, without the last dot; empty: the null MX
};

struct MxAnswer {
  LookupStatus status = LookupStatus::failed;
  std::vector<MxRecord> records;
  std::string why;  // of a failure
};

struct Host {
  std::string name;
  std::uint16_t preference = 0;
};

// Either hosts to try in this order, or what becomes of the recipients and why.
struct HostChoice {
  std::vector<Host> hosts;
  queue::Outcome rest = queue::Outcome::deferred;
  std::string trouble;  // a reply line; empty where there are hosts
};

inline constexpr std::size_t kMaxHosts = 10;  // of one domain; one with a thousand MX gets no thousand tries
inline constexpr std::size_t kMaxAddresses = 20;  // in one try

// `own_names`: lower case. Equal preferences are shuffled by `entropy` (RFC 5321 5.1: to spread the load).
HostChoice choose_hosts(const MxAnswer& answer, std::string_view domain,
                        const std::vector<std::string>& own_names, std::uint64_t entropy);

enum class AddressUse {
  usable,
  own,      // this server: a loop
  nowhere,  // loopback, unspecified, multicast, broadcast: no mail exchanger is there
};
AddressUse judge_address(const boost::asio::ip::address& address,
                         const std::vector<boost::asio::ip::address>& own_addresses, bool allow_loopback);

// The rdata of an MX record in wire form (RFC 1035 3.3.9). False: malformed, or a host that is no host name.
bool parse_mx(std::string_view rdata, MxRecord& record);

}  // namespace breakwater::delivery
