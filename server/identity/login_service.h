// Logging in, put together: the SASL exchange, the look-up and the hash off the loop, the limiter of guesses.
//
//   LoginService logins(options, look_up, report, now);
//   auto attempt = logins.begin(peer);             one for each AUTH command
//   attempt->step(session.auth_message(), done);   for each line of the client; done() gets what on_auth()
//   takes
//
// begin() and step() from any thread and without blocking; steps of one attempt never overlap. `done` is
// called once, at once or on a thread of the pool, also when the attempt has been destroyed since. The
// service outlives its attempts; its destructor waits for the checks that run and drops those that wait,
// their `done` uncalled.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "identity/credentials.h"
#include "identity/guess_limiter.h"
#include "smtp/session.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::identity {

// How an exchange ended, for the log.
struct LoginOutcome {
  enum class What { succeeded, refused, locked_address, locked_account, busy, look_up_failed };
  What what = What::refused;
  std::string peer;  // address
  std::string mechanism;
  std::string login;  // the account's own spelling when it succeeded, else as given; may be empty
  std::string error;  // of the look-up
};

class LoginService {
 public:
  struct Options {
    GuessLimiter::Options guesses;
    std::size_t threads = 2;  // a hash takes 16 MiB on each
    std::size_t waiting = 64;
    // Random bytes kept as long as the accounts are, for what unknown users are shown (scram.h); empty: made
    // now, and a restart would tell them from known ones.
    std::string secret;
  };
  // On a thread of the pool; several at once. Not found: nullopt. An error is heard by the peer as 454.
  using LookUp = std::function<Result<std::optional<Account>>(const std::string& login)>;
  using Report = std::function<void(const LoginOutcome&)>;  // any thread
  using Now = std::function<Instant()>;                     // any thread

  // One AUTH exchange.
  class Attempt {
   public:
    using Done = std::function<void(smtp::AuthAnswer)>;
    ~Attempt();
    void step(smtp::AuthMessage message, Done done);

   private:
    friend class LoginService;
    struct State;
    explicit Attempt(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
  };

  // `report` may be empty.
  LoginService(Options options, LookUp look_up, Report report, Now now);
  ~LoginService();
  LoginService(const LoginService&) = delete;
  LoginService& operator=(const LoginService&) = delete;

  std::unique_ptr<Attempt> begin(const smtp::Peer& peer);

 private:
  struct Desk;
  std::shared_ptr<Desk> desk_;
};

}  // namespace breakwater::identity
