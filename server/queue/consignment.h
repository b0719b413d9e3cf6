// A consignment: a slice whose turn has come, with all that is needed to hand its copies over. Made by
// dispatch, carried by delivery, answered by reports. Owned by one connection at a time; the copy is shared
// and immutable.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "queue/handover_log.h"
#include "queue/route.h"
#include "queue/slice.h"

namespace breakwater::queue {

// What every recipient gets: a header block (its empty line included) and the body, CRLF line ends
// throughout, not dot-stuffed. Shared by all slices of a posting.
struct Copy {
  std::shared_ptr<const std::string> head;
  std::shared_ptr<const std::string> body;
  bool eight_bit = false;  // the body has bytes above 127: BODY=8BITMIME (RFC 6152)
  bool utf8 = false;       // the header block has: SMTPUTF8 (RFC 6531)
  // Fields that each recipient's copy has for itself, in front of the head: `before`, what is the
  // recipient's, `behind`. nullptr: none. Such copies go out one by one.
  struct OwnFields {
    std::string before, behind;
  };
  std::shared_ptr<const OwnFields> own;
};

struct Addressee {
  std::uint32_t index = 0;  // in the slice
  AddressId id;
  std::string mailbox;  // local@domain, as it goes into RCPT TO
};

struct Consignment {
  SliceKey key;
  Route route;
  std::string domain;  // mx: whose MX; else empty
  Copy copy;
  std::vector<Addressee> to;  // ascending index; only who is not settled yet
  bool individual = false;    // one recipient a transaction
  std::string reverse_path;   // without <>; empty is the null reverse-path; batch mode
  // Individual mode: the reverse-path of one recipient, appended to `out`.
  std::function<void(const Addressee&, std::string& out)> verp;
  // Individual mode: the header fields of one recipient's copy alone, appended to `out`, so many bytes for
  // everybody; 0: there are none.
  std::function<void(const Addressee&, std::string& out)> own_head;
  std::size_t own_head_size = 0;
  std::shared_ptr<const std::atomic<bool>>
      stop;  // when true: finish the transaction under way, hand over no more
};

// Progress of a consignment. Several come, the last with finished = true; recipients that no report names by
// then were not tried (the connection never came up: `trouble` says why) and count as deferred with that
// reply.
struct Report {
  SliceKey key;
  std::string peer;  // "mx1.example.org[192.0.2.1]:25"; where no connection was made: the host that was tried
  Instant base{};    // of the log
  std::string log;   // HandoverLog bytes
  std::uint32_t transactions = 0;
  // For the pace (queue/pace.h): answers 2xx and 4xx to transactions; new connections.
  std::uint32_t taken = 0, put_off = 0, opened = 0;
  bool refused = false;  // with `finished`: the last connection was, before anybody was answered on it
  bool finished = false;
  Outcome rest =
      Outcome::deferred;  // with `finished`: what becomes of who was not named (failed: NXDOMAIN, null MX)
  std::string trouble;    // why there is a rest, as a reply line: "451 4.4.1 connection refused"
};

}  // namespace breakwater::queue
