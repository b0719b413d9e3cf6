// What is pending between lists and people, as rows (lists/subscription.h decides): who has been asked what,
// the tokens of the letters, who is banned, and the tallies that bound the letters. Functions on a
// connection; what changes something is for write jobs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lists/subscription.h"
#include "store/connection.h"
#include "terms/ids.h"
#include "terms/instant.h"

namespace breakwater::store {

// Where somebody is now. What has waited too long is over without anybody having to end it; a member row that
// came another way (an import) or went counts, not what was pending.
Result<lists::Subscription> subscription(Connection& db, ListId list, AddressId address, Instant now);

// A state that waits for somebody is kept until `due`, member and absent are the member row's to say. The
// tokens of what was pending are used up.
Result<void> put_subscription(Connection& db, ListId list, AddressId address, lists::Subscription state,
                              Instant now, Instant due);

// What was pending of those who have become members another way (an import, a sync), or whom a sync has
// removed before they left, is over, tokens and all.
Result<void> end_overtaken(Connection& db, ListId list);

struct PendingSubscription {
  AddressId address;
  std::string mailbox, list_address;
  lists::Subscription state = lists::Subscription::absent;
  Instant since{}, due{};
};
// Oldest first; list 0: of all.
Result<std::vector<PendingSubscription>> pending_subscriptions(Connection& db, ListId list, Instant now,
                                                               std::size_t limit);

// How many wait for a moderator of the list.
Result<std::int64_t> count_approving(Connection& db, ListId list, Instant now);

struct SubscriptionToken {
  lists::PendingToken token;
  std::string moderator;  // key of who was sent it; empty: the address itself
};
Result<void> add_subscription_token(Connection& db, const SubscriptionToken& token);
// nullopt: none such, or too old to say anything of.
Result<std::optional<SubscriptionToken>> subscription_token(Connection& db, std::string_view digest);

struct Ban {
  ListId list;
  std::string key;  // lists/ban.h
  Instant since{};
  std::string actor, reason;
};
Result<bool> add_ban(Connection& db,
                     const Ban& ban);  // false: it was there; actor and reason are the new ones
Result<bool> remove_ban(Connection& db, ListId list, std::string_view key);
Result<bool> is_banned(Connection& db, ListId list, const std::vector<std::string>& keys);
Result<bool> has_bans(Connection& db, ListId list);
Result<std::vector<Ban>> bans(Connection& db, ListId list, std::size_t limit);

// lists::Tally, encoded; empty: none.
Result<std::string> request_tally(Connection& db, std::string_view key);
Result<void> put_request_tally(Connection& db, std::string_view key, std::string_view times, Instant until);

// Takes away what is over; at most `limit` rows of each sort a call.
Result<void> prune_subscriptions(Connection& db, Instant now, std::size_t limit);

}  // namespace breakwater::store
