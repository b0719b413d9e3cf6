// One SASL exchange, server's side: SCRAM-SHA-256 (RFC 7677), PLAIN (RFC 4616), LOGIN. Pure: says what it
// needs to know next, who drives it asks off the loop. One exchange belongs to one session; its calls never
// overlap.
//
//   Action action = exchange.step(message);
//   by action.next:
//     answer          send it; the exchange goes on when it has a challenge
//     check_password  look action.login up, compare: exchange.on_checked(its own spelling, or nullopt)
//     look_up         look action.login up: exchange.on_found(the account, or nullopt)
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "identity/credentials.h"
#include "identity/scram.h"
#include "smtp/session.h"

namespace breakwater::identity {

struct Action {
  enum class Next { answer, check_password, look_up };
  Next next = Next::answer;
  smtp::AuthAnswer answer;
  std::string login;     // as the client gave it: UTF-8 without control characters, at most 255 bytes
  std::string password;  // check_password: a valid one; wipe it after use
};

class Exchange {
 public:
  // `secret` makes up the salts of unknown users (see unknown_user_keys); `nonce` is fresh for each exchange,
  // printable without a comma.
  Exchange(std::string secret, std::string nonce);

  Action step(smtp::AuthMessage message);
  smtp::AuthAnswer on_checked(std::optional<std::string> login);
  smtp::AuthAnswer on_found(std::optional<Account> account);
  // Has failed or succeeded; a step() then fails.
  bool ended() const { return awaits_ == Awaits::nothing; }

 private:
  enum class Awaits {
    mechanism,
    plain,
    login_name,
    login_password,
    check,
    account,
    scram_final,
    scram_end,
    nothing
  };

  Action begin(const smtp::AuthMessage& message);
  Action take_plain(std::string_view response);
  Action take_login_name(std::string_view response);
  Action take_login_password(std::string_view response);
  Action take_scram_first(std::string_view response);
  Action take_scram_final(std::string_view response);
  Action challenge(std::string text, Awaits awaits);
  Action fail();
  Action check(std::string_view login, std::string_view password);

  Awaits awaits_ = Awaits::mechanism;
  std::string mechanism_;
  std::string secret_, nonce_;
  std::string login_;   // LOGIN: as given; SCRAM: the account's own spelling
  bool known_ = false;  // SCRAM: there is such an account
  std::optional<ClientFirst> first_;
  std::optional<Scram> scram_;
};

}  // namespace breakwater::identity
