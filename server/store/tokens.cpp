// The tokens that mails carry.
#include <chrono>
#include <utility>

#include "store/hold.h"

namespace breakwater::store {
namespace {

constexpr Duration kRemembered = std::chrono::days(30);

}  // namespace

Result<void> add_token(Connection& db, const Token& token) {
  return db
      .prepare(
          "INSERT INTO token (digest, person, posting, list_id, thread, moderator, expires)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
      .bind_all(Blob{token.digest}, token.person, token.posting, token.list, token.thread,
                std::int64_t{token.moderator}, token.expires)
      .run();
}

Result<std::optional<Token>> find_token(Connection& db, std::string_view digest) {
  auto find = db.prepare(
      "SELECT person, posting, list_id, thread, moderator, expires, used IS NOT NULL FROM token"
      " WHERE digest = ?1");
  find.bind_all(Blob{digest});
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return std::optional<Token>();
  return std::optional(Token{std::string(digest), std::string(find.text(0)), PostingId{find.int64(1)},
                             ListId{find.int64(2)}, std::string(find.text(3)), find.int64(4) != 0,
                             from_ms(find.int64(5)), find.int64(6) != 0});
}

Result<bool> use_token(Connection& db, std::string_view digest, Instant now) {
  auto used = db.prepare("UPDATE token SET used = ?2 WHERE digest = ?1 AND used IS NULL AND expires > ?2")
                  .bind_all(Blob{digest}, now)
                  .run();
  if (!used) return used.error();
  return db.changes() > 0;
}

Result<std::int64_t> prune_tokens(Connection& db, Instant now) {
  auto gone = db.prepare("DELETE FROM token WHERE expires <= ?1").bind_all(now - kRemembered).run();
  if (!gone) return gone.error();
  return db.changes();
}

}  // namespace breakwater::store
