#include "net/limits.h"

#include "terms/invariant.h"

namespace breakwater::net {

ConnectionLimits::Verdict ConnectionLimits::enter(const std::string& address, std::uint32_t in_all,
                                                  std::uint32_t by_address) {
  std::lock_guard guard(lock_);
  if (open_.load() >= in_all) return Verdict::server_full;
  if (!address.empty()) {
    auto [entry, fresh] = by_address_.try_emplace(address, 0u);
    if (entry->second >= by_address) {
      if (fresh) by_address_.erase(entry);
      return Verdict::address_full;
    }
    ++entry->second;
  }
  open_.fetch_add(1);
  return Verdict::admitted;
}

void ConnectionLimits::leave(const std::string& address) {
  std::lock_guard guard(lock_);
  if (!address.empty()) {
    auto entry = by_address_.find(address);
    BREAKWATER_ASSERT(entry != by_address_.end());
    if (--entry->second == 0) by_address_.erase(entry);
  }
  BREAKWATER_ASSERT(open_.fetch_sub(1) > 0);
}

}  // namespace breakwater::net
