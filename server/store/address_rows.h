// How addresses get their numbers. Inside store/ only; write jobs on the writing connection.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "mail/address.h"
#include "store/connection.h"
#include "terms/ids.h"
#include "terms/result.h"

namespace breakwater::store {

// Numbers new addresses of a batch: a domain is read once and its counter is written once, by commit(), without
// which nothing that was numbered may be kept. It must not outlive the savepoint of its job.
class AddressNumbers {
 public:
  explicit AddressNumbers(Connection& db) : db_(db) {}
  // The address, found or made. `made`: it was not there.
  Result<AddressId> ensure(const mail::Address& address, bool& made);
  Result<void> commit();

 private:
  struct Domain {
    DomainId id;
    std::int64_t next_serial = 1;
    bool changed = false;
  };
  Result<Domain*> domain(std::string_view name);

  Connection& db_;
  std::map<std::string, Domain, std::less<>> domains_;
};

}  // namespace breakwater::store
