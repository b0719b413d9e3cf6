#include "identity/login_service.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>
#include <mutex>
#include <utility>

#include "identity/digest.h"
#include "identity/password_pool.h"
#include "identity/sasl.h"
#include "smtp/base64.h"

namespace breakwater::identity {
namespace {

using What = LoginOutcome::What;
constexpr std::size_t kNonceBytes = 18;

// Guesses from one IPv6 /64 come from one customer.
std::string limited_address(const std::string& address) {
  in6_addr bytes{};
  if (address.find(':') == std::string::npos || inet_pton(AF_INET6, address.c_str(), &bytes) != 1)
    return address;
  std::memset(bytes.s6_addr + 8, 0, 8);
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(AF_INET6, &bytes, text, sizeof text);
  return text;
}

smtp::AuthAnswer temporary() {
  smtp::AuthAnswer answer;
  answer.temporary = true;
  return answer;
}

}  // namespace

// What all attempts share.
struct LoginService::Desk {
  Desk(Options options, LookUp l, Report r, Now n)
      : look_up(std::move(l)),
        report(std::move(r)),
        now(std::move(n)),
        secret(options.secret.empty() ? random_bytes(32) : options.secret),
        guesses(options.guesses),
        pool(options.threads, options.waiting) {}

  bool try_address(const std::string& address) {
    std::lock_guard guard(lock);
    return guesses.try_address(address, now());
  }
  bool try_account(const std::string& address, const std::string& account) {
    std::lock_guard guard(lock);
    return guesses.try_account(address, account, now());
  }
  void succeeded(const std::string& address, const std::string& account) {
    std::lock_guard guard(lock);
    guesses.succeeded(address, account, now());
  }
  void give_back(const std::string& address) {
    std::lock_guard guard(lock);
    guesses.give_back_address(address);
  }

  const LookUp look_up;
  const Report report;
  const Now now;
  const std::string secret;
  std::mutex lock;
  GuessLimiter guesses;
  PasswordPool pool;  // last: its threads use the rest
};

// Used by the session's thread in step() and by the pool's in between, never by both at once.
struct LoginService::Attempt::State : std::enable_shared_from_this<State> {
  State(Desk& d, const smtp::Peer& p)
      : desk(d),
        peer(p.address),
        address(limited_address(p.address)),
        exchange(d.secret, smtp::encode_base64(random_bytes(kNonceBytes))) {}

  void step(smtp::AuthMessage message, const Done& done);
  void look(Action& action, const Done& done);
  smtp::AuthAnswer decide(Action& action, std::optional<Account> account);
  void conclude(smtp::AuthAnswer answer, const Done& done);
  void end(What what, const Done& done, std::string error = {});
  void tell(What what, std::string error = {}) const;

  Desk& desk;
  const std::string peer, address;
  Exchange exchange;
  std::string mechanism, login;
  std::string account;  // what the account's charge is under
};

void LoginService::Attempt::State::step(smtp::AuthMessage message, const Done& done) {
  mechanism = message.mechanism;
  auto action = std::make_shared<Action>(exchange.step(std::move(message)));
  if (action->next == Action::Next::answer) return conclude(std::move(action->answer), done);
  login = action->login;
  if (!desk.try_address(address)) return end(What::locked_address, done);
  const bool taken =
      desk.pool.submit([self = shared_from_this(), action, done] { self->look(*action, done); });
  if (taken) return;
  desk.give_back(address);
  end(What::busy, done);
}

// On a thread of the pool.
void LoginService::Attempt::State::look(Action& action, const Done& done) {
  auto found = desk.look_up(action.login);
  if (!found) {
    desk.give_back(address);
    return end(What::look_up_failed, done, found.error().what);
  }
  account = *found ? (*found)->login : action.login;
  if (!desk.try_account(address, account)) return end(What::locked_account, done);
  conclude(decide(action, std::move(*found)), done);
}

smtp::AuthAnswer LoginService::Attempt::State::decide(Action& action, std::optional<Account> found) {
  if (action.next == Action::Next::look_up) return exchange.on_found(std::move(found));
  const bool right = verify_password(found ? found->password_hash : std::string(), action.password) && found;
  wipe(action.password);
  return exchange.on_checked(right ? std::optional(found->login) : std::nullopt);
}

void LoginService::Attempt::State::conclude(smtp::AuthAnswer answer, const Done& done) {
  if (!answer.challenge) {
    const bool right = !answer.login.empty();
    if (right) {
      login = answer.login;
      desk.succeeded(address, account);
    }
    tell(right ? What::succeeded : What::refused);
  }
  done(std::move(answer));
}

void LoginService::Attempt::State::end(What what, const Done& done, std::string error) {
  tell(what, std::move(error));
  done(temporary());
}

void LoginService::Attempt::State::tell(What what, std::string error) const {
  if (desk.report) desk.report(LoginOutcome{what, peer, mechanism, login, std::move(error)});
}

LoginService::Attempt::Attempt(std::shared_ptr<State> state) : state_(std::move(state)) {}
LoginService::Attempt::~Attempt() = default;

void LoginService::Attempt::step(smtp::AuthMessage message, Done done) {
  state_->step(std::move(message), done);
}

LoginService::LoginService(Options options, LookUp look_up, Report report, Now now)
    : desk_(std::make_shared<Desk>(options, std::move(look_up), std::move(report), std::move(now))) {}
LoginService::~LoginService() = default;

std::unique_ptr<LoginService::Attempt> LoginService::begin(const smtp::Peer& peer) {
  return std::unique_ptr<Attempt>(new Attempt(std::make_shared<Attempt::State>(*desk_, peer)));
}

}  // namespace breakwater::identity
