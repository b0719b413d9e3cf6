#include "store/subscriptions.h"

#include <algorithm>
#include <chrono>

#include "store/directory.h"

namespace breakwater::store {
namespace {

using lists::Subscription;

// A token is answered for so long after its end: "expired, ask anew".
constexpr Duration kRemembered = std::chrono::days(30);

bool is_pending(Subscription state) { return state != Subscription::absent && state != Subscription::member; }

}  // namespace

Result<Subscription> subscription(Connection& db, ListId list, AddressId address, Instant now) {
  auto roles = roles_of(db, list, address);
  if (!roles) return roles.error();
  const bool member = std::find(roles->begin(), roles->end(), lists::Role::member) != roles->end();
  const Subscription settled = member ? Subscription::member : Subscription::absent;
  auto find =
      db.prepare("SELECT state FROM subscription WHERE list_id = ?1 AND address_id = ?2 AND due > ?3");
  find.bind_all(list, address, now);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return settled;
  const auto state = static_cast<Subscription>(find.int64(0));
  return lists::is_member(state) == member ? state : settled;
}

Result<void> put_subscription(Connection& db, ListId list, AddressId address, Subscription state, Instant now,
                              Instant due) {
  auto used = db.prepare(
                    "UPDATE subscription_token SET used = 1 WHERE list_id = ?1 AND address_id = ?2"
                    " AND used = 0")
                  .bind_all(list, address)
                  .run();
  if (!used) return used;
  if (!is_pending(state)) {
    return db.prepare("DELETE FROM subscription WHERE list_id = ?1 AND address_id = ?2")
        .bind_all(list, address)
        .run();
  }
  return db
      .prepare(
          "INSERT OR REPLACE INTO subscription (list_id, address_id, state, since, due)"
          " VALUES (?1, ?2, ?3, ?4, ?5)")
      .bind_all(list, address, static_cast<std::int64_t>(state), now, due)
      .run();
}

// A member's own wish to leave stays; of who is none any more it is fulfilled.
Result<void> end_overtaken(Connection& db, ListId list) {
  auto find = db.prepare(
      "SELECT s.address_id FROM subscription s WHERE s.list_id = ?1 AND (s.state <> 5) = EXISTS"
      " (SELECT 1 FROM member m WHERE m.list_id = ?1 AND m.role = 0 AND m.address_id = s.address_id)");
  find.bind(1, list);
  std::vector<AddressId> over;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) break;
    over.push_back(AddressId{find.int64(0)});
  }
  for (const AddressId address : over) {
    auto ended = put_subscription(db, list, address, Subscription::member, Instant{}, Instant{});
    if (!ended) return ended;
  }
  return {};
}

Result<std::int64_t> count_approving(Connection& db, ListId list, Instant now) {
  auto count = db.prepare("SELECT count(*) FROM subscription WHERE list_id = ?1 AND state = ?2 AND due > ?3");
  count.bind_all(list, static_cast<std::int64_t>(Subscription::approving), now);
  auto row = count.step();
  if (!row) return row.error();
  return count.int64(0);
}

Result<std::vector<PendingSubscription>> pending_subscriptions(Connection& db, ListId list, Instant now,
                                                               std::size_t limit) {
  auto find = db.prepare(
      "SELECT s.address_id, a.mailbox, l.mailbox, s.state, s.since, s.due FROM subscription s"
      " JOIN address a ON a.id = s.address_id JOIN list ON list.id = s.list_id"
      " JOIN address l ON l.id = list.address_id"
      " WHERE (?1 = 0 OR s.list_id = ?1) AND s.due > ?2 ORDER BY s.since, s.address_id LIMIT ?3");
  find.bind_all(list, now, static_cast<std::int64_t>(limit));
  std::vector<PendingSubscription> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({AddressId{find.int64(0)}, std::string(find.text(1)), std::string(find.text(2)),
                     static_cast<Subscription>(find.int64(3)), from_ms(find.int64(4)),
                     from_ms(find.int64(5))});
  }
}

Result<void> add_subscription_token(Connection& db, const SubscriptionToken& given) {
  const lists::PendingToken& token = given.token;
  return db
      .prepare(
          "INSERT INTO subscription_token (digest, list_id, address_id, action, moderator, expires, used)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)")
      .bind_all(Blob{token.digest}, token.list, token.address, static_cast<std::int64_t>(token.action),
                given.moderator, token.expires)
      .run();
}

Result<std::optional<SubscriptionToken>> subscription_token(Connection& db, std::string_view digest) {
  auto find = db.prepare(
      "SELECT list_id, address_id, action, moderator, expires, used FROM subscription_token"
      " WHERE digest = ?1");
  find.bind_all(Blob{digest});
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return std::optional<SubscriptionToken>();
  return std::optional(SubscriptionToken{
      {std::string(digest), ListId{find.int64(0)}, AddressId{find.int64(1)},
       static_cast<lists::TokenAction>(find.int64(2)), from_ms(find.int64(4)), find.int64(5) != 0},
      std::string(find.text(3))});
}

Result<bool> add_ban(Connection& db, const Ban& ban) {
  auto known = is_banned(db, ban.list, {ban.key});
  if (!known) return known;
  auto put = db.prepare(
                   "INSERT OR REPLACE INTO ban (list_id, key, since, actor, reason)"
                   " VALUES (?1, ?2, ?3, ?4, ?5)")
                 .bind_all(ban.list, ban.key, ban.since, ban.actor, ban.reason)
                 .run();
  if (!put) return put.error();
  return !*known;
}

Result<bool> remove_ban(Connection& db, ListId list, std::string_view key) {
  auto gone = db.prepare("DELETE FROM ban WHERE list_id = ?1 AND key = ?2").bind_all(list, key).run();
  if (!gone) return gone.error();
  return db.changes() > 0;
}

Result<bool> is_banned(Connection& db, ListId list, const std::vector<std::string>& keys) {
  auto find = db.prepare("SELECT 1 FROM ban WHERE list_id = ?1 AND key = ?2");
  for (const std::string& key : keys) {
    find.reset();
    find.bind_all(list, key);
    auto row = find.step();
    if (!row || *row) return row;
  }
  return false;
}

Result<bool> has_bans(Connection& db, ListId list) {
  auto find = db.prepare("SELECT 1 FROM ban WHERE list_id = ?1 LIMIT 1");
  find.bind(1, list);
  return find.step();
}

Result<std::vector<Ban>> bans(Connection& db, ListId list, std::size_t limit) {
  auto find =
      db.prepare("SELECT key, since, actor, reason FROM ban WHERE list_id = ?1 ORDER BY key LIMIT ?2");
  find.bind_all(list, static_cast<std::int64_t>(limit));
  std::vector<Ban> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({list, std::string(find.text(0)), from_ms(find.int64(1)), std::string(find.text(2)),
                     std::string(find.text(3))});
  }
}

Result<std::string> request_tally(Connection& db, std::string_view key) {
  auto find = db.prepare("SELECT times FROM request_tally WHERE key = ?1");
  find.bind_all(key);
  auto row = find.step();
  if (!row) return row.error();
  return *row ? std::string(find.text(0)) : std::string();
}

Result<void> put_request_tally(Connection& db, std::string_view key, std::string_view times, Instant until) {
  if (times.empty()) return db.prepare("DELETE FROM request_tally WHERE key = ?1").bind_all(key).run();
  return db.prepare("INSERT OR REPLACE INTO request_tally (key, times, until) VALUES (?1, ?2, ?3)")
      .bind_all(key, times, until)
      .run();
}

Result<void> prune_subscriptions(Connection& db, Instant now, std::size_t limit) {
  const auto most = static_cast<std::int64_t>(limit);
  auto done = db.prepare(
                    "DELETE FROM subscription WHERE (list_id, address_id) IN"
                    " (SELECT list_id, address_id FROM subscription WHERE due <= ?1 LIMIT ?2)")
                  .bind_all(now, most)
                  .run();
  if (!done) return done;
  done = db.prepare(
               "DELETE FROM subscription_token WHERE digest IN"
               " (SELECT digest FROM subscription_token WHERE expires <= ?1 LIMIT ?2)")
             .bind_all(now - kRemembered, most)
             .run();
  if (!done) return done;
  return db
      .prepare(
          "DELETE FROM request_tally WHERE key IN"
          " (SELECT key FROM request_tally WHERE until <= ?1 LIMIT ?2)")
      .bind_all(now, most)
      .run();
}

}  // namespace breakwater::store
