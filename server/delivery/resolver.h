// DNS by libunbound: look-ups that do not block, on one io_context. lookup() may be called from any thread;
// `done` is called on the resolver's loop, once, or never when the resolver is destroyed before: whoever
// waits keeps a deadline. Held by shared_ptr; the io_context must outlive it. CNAMEs are followed by
// libunbound, loops end there as a failure.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "delivery/mx_choice.h"
#include "delivery/resolver_options.h"
#include "terms/result.h"

namespace breakwater::delivery {

enum class RecordType { a = 1, mx = 15, aaaa = 28 };

struct DnsAnswer {
  LookupStatus status = LookupStatus::failed;
  std::vector<std::string> records;  // rdata in wire form; at most 1000
  bool secure = false;               // DNSSEC validated
  std::string why;                   // of a failure
};

class Resolver : public std::enable_shared_from_this<Resolver> {
 public:
  using Done = std::function<void(DnsAnswer)>;

  // Errors: a forwarder that is no address, a file that cannot be read, a malformed line of local data (which
  // one).
  static Result<std::shared_ptr<Resolver>> create(const ResolverOptions& options,
                                                  boost::asio::io_context& loop);
  virtual ~Resolver() = default;
  virtual void lookup(std::string name, RecordType type, Done done) = 0;
};

MxAnswer mx_answer(const DnsAnswer& answer);
std::vector<boost::asio::ip::address> addresses(const DnsAnswer& answer, RecordType type);

}  // namespace breakwater::delivery
