// How addresses get their numbers. Inside store/ only; write jobs on the writing connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "mail/address.h"
#include "store/connection.h"
#include "terms/ids.h"
#include "terms/result.h"

namespace breakwater::store {

// Numbers new addresses of a batch: a domain is read once and its counter is written once, by commit(),
// without which nothing that was numbered may be kept. It must not outlive the savepoint of its job.
class AddressNumbers {
 public:
  explicit AddressNumbers(Connection& db);
  // The address, found or made. `made`: it was not there.
  Result<AddressId> ensure(const mail::Address& address, bool& made);
  Result<void> commit();

 private:
  struct Domain {
    DomainId id;
    std::int64_t next_serial = 1;
    bool changed = false;
  };
  Result<std::optional<AddressId>> find(const mail::Address& address);
  Result<std::optional<AddressId>> make(const mail::Address& address);
  Result<Domain*> domain(const std::string& name);

  Connection& db_;
  Statement find_, insert_;  // kept for the batch: an import runs them a million times
  // Whether the last one was new: imports are runs of new addresses or of known ones, and trying the likely
  // way first spares a look-up each.
  bool last_was_new_ = false;
  std::unordered_map<std::string, Domain> domains_;
};

}  // namespace breakwater::store
