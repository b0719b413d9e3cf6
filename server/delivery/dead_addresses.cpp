#include "delivery/dead_addresses.h"

namespace breakwater::delivery {

bool DeadAddresses::contains(const std::string& peer, Time now) const {
  const auto known = until_.find(peer);
  return known != until_.end() && now < known->second;
}

void DeadAddresses::note(const std::string& peer, Time now) {
  if (until_.size() >= kMost) std::erase_if(until_, [&](const auto& one) { return one.second <= now; });
  if (until_.size() < kMost || until_.contains(peer)) until_[peer] = now + kWhile;
}

}  // namespace breakwater::delivery
