// user.add, user.passwd, user.rm, user.ls. Passwords come in the request and go no further than their hashes.
#include <boost/json/object.hpp>

#include "admin/answers.h"
#include "admin/request.h"
#include "identity/credentials.h"
#include "store/directory.h"
#include "store/store.h"

namespace breakwater::admin {
namespace {

// Adds the account, or changes it, as `must_exist` says. Hashing takes long: it is done before the write job.
Answer put(const Question& question, bool must_exist) {
  const auto login = required_address(question.request, "login");
  if (!login) return login.error();
  const auto password = required_text(question.request, "password");
  if (!password) return password.error();
  const auto credentials = identity::make_credentials(*password);
  if (!credentials) return credentials.error();
  const store::User user{login->key, credentials->password_hash, credentials->scram, question.desk.now()};
  const auto done = question.desk.store->write_and_wait([&](store::Connection& db) -> Result<void> {
    const auto known = store::find_user(db, user.login);
    if (!known) return known.error();
    if (*known && !must_exist) {
      return error(Fault::exists,
                   user.login + " exists already; 'breakwater user passwd' changes its password");
    }
    if (!*known && must_exist) {
      return error(Fault::not_found, "there is no user " + user.login + "; 'breakwater user add' makes one");
    }
    return store::put_user(db, user);
  });
  if (!done) return done.error();
  return boost::json::object{{"login", user.login}, {must_exist ? "changed" : "added", true}};
}

}  // namespace

Answer user_add(const Question& question) { return put(question, false); }
Answer user_passwd(const Question& question) { return put(question, true); }

Answer user_rm(const Question& question) {
  const auto login = required_address(question.request, "login");
  if (!login) return login.error();
  bool removed = false;
  const auto done = question.desk.store->write_and_wait([&](store::Connection& db) -> Result<void> {
    const auto gone = store::remove_user(db, login->key);
    if (!gone) return gone.error();
    removed = *gone;
    return {};
  });
  if (!done) return done.error();
  if (!removed) return error(Fault::not_found, "there is no user " + login->key);
  return boost::json::object{{"login", login->key}, {"removed", true}};
}

Answer user_ls(const Question& question) {
  auto reading = question.desk.store->read();
  const auto all = store::users(reading.connection());
  if (!all) return all.error();
  for (const store::User& user : *all) {
    if (!question.row({{"login", user.login}, {"changed", iso_time(user.changed)}})) break;
  }
  return boost::json::object{{"users", all->size()}};
}

}  // namespace breakwater::admin
