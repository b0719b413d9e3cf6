#include "identity/guess_limiter.h"

#include <algorithm>
#include <utility>

namespace breakwater::identity {
namespace {

// The kinds cannot run into one another: the address has no blank in it.
std::string address_key(std::string_view address) { return "address " + std::string(address); }
std::string account_key(std::string_view account) { return "account " + std::string(account); }
std::string pair_key(std::string_view address, std::string_view account) {
  return "pair " + std::string(address) + " " + std::string(account);
}

}  // namespace

GuessLimiter::Entry* GuessLimiter::find(const std::string& key) {
  const auto known = index_.find(key);
  if (known == index_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, known->second);
  return &entries_.front();
}

GuessLimiter::Entry& GuessLimiter::entry(std::string key) {
  if (Entry* known = find(key)) return *known;
  if (!entries_.empty() && entries_.size() >= options_.entries) {
    index_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front(Entry{std::move(key), Instant{}});
  index_.emplace(entries_.front().key, entries_.begin());
  return entries_.front();
}

// A leaky bucket in one number: each charge moves `until` on by `forgive`; it is full when `until` is further
// away than all charges but one together.
bool GuessLimiter::charge(std::string key, std::uint32_t limit, Instant now) {
  if (const Entry* known = find(key); known && known->until - now > (limit - 1) * options_.forgive)
    return false;
  Entry& charged = entry(std::move(key));
  charged.until = std::max(charged.until, now) + options_.forgive;
  return true;
}

void GuessLimiter::give_back(const std::string& key) {
  if (Entry* known = find(key)) known->until -= options_.forgive;
}

bool GuessLimiter::try_address(std::string_view address, Instant now) {
  return charge(address_key(address), options_.per_address, now);
}

bool GuessLimiter::try_account(std::string_view address, std::string_view account, Instant now) {
  const Entry* pair = find(pair_key(address, account));
  if (pair && pair->until > now) return true;
  return charge(account_key(account), options_.per_account, now);
}

void GuessLimiter::succeeded(std::string_view address, std::string_view account, Instant now) {
  give_back_address(address);
  Entry& pair = entry(pair_key(address, account));
  if (pair.until <= now) give_back(account_key(account));
  entry(pair_key(address, account)).until = now + options_.trust;
}

void GuessLimiter::give_back_address(std::string_view address) { give_back(address_key(address)); }

}  // namespace breakwater::identity
