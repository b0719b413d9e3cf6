// What intake asks of lists and people, answered from the store and the configuration in force. Lives for one
// write job, on the writer's thread.
#pragma once

#include <span>

#include "daemon/running.h"
#include "pipeline/intake.h"
#include "store/connection.h"

namespace breakwater::daemon {

class StoreDirectory : public pipeline::Directory {
 public:
  StoreDirectory(store::Connection& db, const Running& running) : db_(db), running_(running) {}

  Result<lists::Standing> standing(const lists::List& list, const mail::Address& who) override;
  Result<lists::Audience> audience(const lists::List& list) override;
  Result<lists::Audience> owners(const lists::List& list) override;
  Result<lists::Audience> postmasters() override;
  Result<bool> distributed_before(const lists::List& list, std::string_view message_id) override;
  Result<std::optional<AddressId>> find(std::string_view key) override;
  Result<std::optional<std::string>> list_of(PostingId posting) override;

  // An audience of just these people, each once; their addresses get rows where they have none.
  Result<lists::Audience> people(std::span<const mail::Address> people);

 private:
  store::Connection& db_;
  const Running& running_;
};

// The destination of a domain by the routes in force (lists/expansion.h).
lists::RouteOf route_of(const Running& running);

// How many recipients a slice of an audience of `recipients` should have: enough slices that the connections
// of a route share the work, and none longer than the configuration says.
std::uint32_t slice_size(const config::Config& config, std::int64_t recipients, lists::FanOut fan_out);

}  // namespace breakwater::daemon
