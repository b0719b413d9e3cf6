// The hands where no server runs: the command line's own process on the store that it opened. What it
// releases goes out when the server starts, and a sync that it breaks off is finished then.
#pragma once

#include <cstdint>
#include <string>

#include "admin/hands.h"
#include "admin/sync.h"
#include "config/config.h"
#include "daemon/running.h"
#include "daemon/write_job.h"
#include "store/store.h"

namespace breakwater::daemon {

class OwnHands : public admin::Hands, public admin::Syncs {
 public:
  // `store` must outlive the hands.
  OwnHands(store::Store& store, config::Snapshot config);
  Result<admin::Outcome> carry_out(const admin::Order& order) override;
  Result<std::string> change_membership(const admin::MemberOrder& order) override;
  Result<void> put_members(const std::string& list_address, const PutMembers& put) override;
  Result<admin::SyncOutcome> sync(const admin::SyncOrder& order) override;

 private:
  Result<void> begin();

  store::Store& store_;
  config::Snapshot config_;
  InForce in_force_;
  AudienceSizes sizes_;
  std::uint64_t entropy_;
};

}  // namespace breakwater::daemon
