#include "daemon/logins.h"

#include <utility>

#include "daemon/clock.h"
#include "log/log.h"
#include "mail/address.h"
#include "store/directory.h"

namespace breakwater::daemon {
namespace {

using identity::LoginOutcome;

struct Exchange : net::AuthExchange {
  explicit Exchange(std::unique_ptr<identity::LoginService::Attempt> begun) : attempt(std::move(begun)) {}
  void step(smtp::AuthMessage message, Done done) override {
    attempt->step(std::move(message), std::move(done));
  }
  std::unique_ptr<identity::LoginService::Attempt> attempt;
};

identity::LoginService::LookUp accounts_of(store::Store& store) {
  return [&store](const std::string& login) -> Result<std::optional<identity::Account>> {
    const auto address = mail::parse_address(login);
    if (!address) return std::optional<identity::Account>();
    auto reading = store.read();
    auto user = store::find_user(reading.connection(), address->key);
    if (!user) return user.error();
    if (!*user) return std::optional<identity::Account>();
    return std::optional(identity::Account{(*user)->login, (*user)->password_hash, (*user)->scram});
  };
}

const char* word_for(LoginOutcome::What what) {
  switch (what) {
    case LoginOutcome::What::succeeded: return "succeeded";
    case LoginOutcome::What::refused: return "refused";
    case LoginOutcome::What::locked_address: return "address is locked after too many guesses";
    case LoginOutcome::What::locked_account: return "account is locked after too many guesses";
    case LoginOutcome::What::busy: return "busy";
    case LoginOutcome::What::look_up_failed: return "the account could not be looked up";
  }
  return "";
}

void log_outcome(const LoginOutcome& outcome) {
  const bool well = outcome.what == LoginOutcome::What::succeeded;
  log::event(well ? log::Level::info : log::Level::warning, "login",
             {{"result", word_for(outcome.what)},
              {"login", outcome.login},
              {"peer", outcome.peer},
              {"mechanism", outcome.mechanism},
              {"error", outcome.error}});
}

identity::LoginService::Options options_with(const std::string& secret) {
  identity::LoginService::Options options;
  options.secret = secret;
  return options;
}

}  // namespace

Logins::Logins(store::Store& store, const std::string& secret)
    : service_(options_with(secret), accounts_of(store), log_outcome, [] { return clock_now(); }) {}

std::unique_ptr<net::AuthExchange> Logins::begin(const smtp::Peer& peer) {
  return std::make_unique<Exchange>(service_.begin(peer));
}

}  // namespace breakwater::daemon
