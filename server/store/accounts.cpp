// Accounts and secrets.
#include <sys/random.h>

#include <cerrno>
#include <cstring>

#include "store/directory.h"

namespace breakwater::store {
namespace {

User read_user(const Statement& row) {
  return {std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)),
          from_ms(row.int64(3))};
}

}  // namespace

Result<std::optional<User>> find_user(Connection& db, std::string_view login) {
  auto find = db.prepare("SELECT login, password_hash, scram, changed FROM user WHERE login = ?1");
  find.bind(1, login);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return std::optional<User>();
  return std::optional(read_user(find));
}

Result<void> put_user(Connection& db, const User& user) {
  return db
      .prepare("INSERT OR REPLACE INTO user (login, password_hash, scram, changed) VALUES (?1, ?2, ?3, ?4)")
      .bind_all(user.login, user.password_hash, user.scram, user.changed)
      .run();
}

Result<bool> remove_user(Connection& db, std::string_view login) {
  auto removed = db.prepare("DELETE FROM user WHERE login = ?1").bind_all(login).run();
  if (!removed) return removed.error();
  return db.changes() > 0;
}

Result<std::vector<User>> users(Connection& db) {
  auto find = db.prepare("SELECT login, password_hash, scram, changed FROM user ORDER BY login");
  std::vector<User> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back(read_user(find));
  }
}

Result<std::string> secret(Connection& db, std::string_view name) {
  {
    auto find = db.prepare("SELECT value FROM secret WHERE name = ?1");
    find.bind(1, name);
    auto row = find.step();
    if (!row) return row.error();
    if (*row) return std::string(find.blob(0));
  }
  if (db.read_only()) {
    return error(Fault::not_found,
                 "the secret " + std::string(name) + " is not made yet; ask in a write job first");
  }
  std::string value(32, '\0');
  if (::getentropy(value.data(), value.size()) != 0) {
    return error(Fault::unavailable, std::string("no randomness from the kernel: ") + std::strerror(errno));
  }
  auto kept =
      db.prepare("INSERT INTO secret (name, value) VALUES (?1, ?2)").bind_all(name, Blob{value}).run();
  if (!kept) return kept.error();
  return value;
}

}  // namespace breakwater::store
