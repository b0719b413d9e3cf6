#include "identity/sasl.h"

#include <algorithm>
#include <utility>

#include "identity/digest.h"
#include "smtp/utf8.h"
#include "terms/invariant.h"

namespace breakwater::identity {
namespace {

constexpr std::size_t kLoginBytes = 255;  // RFC 4616 2

bool valid_login(std::string_view login) {
  return !login.empty() && login.size() <= kLoginBytes && smtp::is_utf8(login) &&
         std::none_of(login.begin(), login.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

Exchange::Exchange(std::string secret, std::string nonce)
    : secret_(std::move(secret)), nonce_(std::move(nonce)) {}

Action Exchange::step(smtp::AuthMessage message) {
  if (message.first != (awaits_ == Awaits::mechanism)) return fail();
  if (message.first) {
    mechanism_ = message.mechanism;
    Action opening = begin(message);
    if (message.response) wipe(*message.response);
    return opening;
  }
  std::string response = std::move(message.response).value_or("");
  Action action;
  switch (awaits_) {
    case Awaits::plain:
      action = mechanism_ == "PLAIN" ? take_plain(response) : take_scram_first(response);
      break;
    case Awaits::login_name: action = take_login_name(response); break;
    case Awaits::login_password: action = take_login_password(response); break;
    case Awaits::scram_final: action = take_scram_final(response); break;
    case Awaits::scram_end:
      // RFC 5802 5: the client has checked our signature and has nothing more to say.
      if (!response.empty()) return fail();
      awaits_ = Awaits::nothing;
      action.answer.login = login_;
      break;
    default: action = fail();
  }
  wipe(response);
  return action;
}

Action Exchange::begin(const smtp::AuthMessage& message) {
  const bool plain = message.mechanism == "PLAIN", scram = message.mechanism == "SCRAM-SHA-256";
  if (plain || scram) {
    if (!message.response) return challenge("", Awaits::plain);
    return plain ? take_plain(*message.response) : take_scram_first(*message.response);
  }
  if (message.mechanism != "LOGIN") return fail();
  if (!message.response) return challenge("Username:", Awaits::login_name);
  return take_login_name(*message.response);
}

// RFC 4616 2: [authzid] NUL authcid NUL passwd
Action Exchange::take_plain(std::string_view response) {
  const auto first = response.find('\0');
  if (first == std::string_view::npos) return fail();
  const auto second = response.find('\0', first + 1);
  if (second == std::string_view::npos) return fail();
  const auto authzid = response.substr(0, first);
  const auto authcid = response.substr(first + 1, second - first - 1);
  // Nobody acts for somebody else here.
  if (!authzid.empty() && authzid != authcid) return fail();
  return check(authcid, response.substr(second + 1));
}

Action Exchange::take_login_name(std::string_view response) {
  if (!valid_login(response)) return fail();
  login_ = response;
  return challenge("Password:", Awaits::login_password);
}

Action Exchange::take_login_password(std::string_view response) { return check(login_, response); }

Action Exchange::check(std::string_view login, std::string_view password) {
  if (!valid_login(login) || !check_password(password)) return fail();
  awaits_ = Awaits::check;
  Action action;
  action.next = Action::Next::check_password;
  action.login = login;
  action.password = password;
  return action;
}

smtp::AuthAnswer Exchange::on_checked(std::optional<std::string> login) {
  BREAKWATER_ASSERT(awaits_ == Awaits::check);
  awaits_ = Awaits::nothing;
  smtp::AuthAnswer answer;
  if (login) answer.login = std::move(*login);
  return answer;
}

Action Exchange::take_scram_first(std::string_view response) {
  auto first = parse_client_first(response);
  if (!first) return fail();
  if (!first->authzid.empty() && first->authzid != first->username) return fail();
  first_ = std::move(first);
  awaits_ = Awaits::account;
  Action action;
  action.next = Action::Next::look_up;
  action.login = first_->username;
  return action;
}

// An unknown user gets the same dialogue, and fails at its end.
smtp::AuthAnswer Exchange::on_found(std::optional<Account> account) {
  BREAKWATER_ASSERT(awaits_ == Awaits::account);
  auto keys = account ? parse_scram(account->scram) : std::nullopt;
  known_ = keys.has_value();
  if (known_) login_ = account->login;
  if (!keys) keys = unknown_user_keys(secret_, first_->username);
  scram_.emplace(std::move(*first_), std::move(*keys), nonce_);
  first_.reset();
  awaits_ = Awaits::scram_final;
  smtp::AuthAnswer answer;
  answer.challenge = scram_->server_first();
  return answer;
}

Action Exchange::take_scram_final(std::string_view response) {
  auto proven = scram_->on_client_final(response);
  if (!proven || !known_) return fail();
  return challenge(std::move(*proven), Awaits::scram_end);
}

Action Exchange::challenge(std::string text, Awaits awaits) {
  awaits_ = awaits;
  Action action;
  action.answer.challenge = std::move(text);
  return action;
}

Action Exchange::fail() {
  awaits_ = Awaits::nothing;
  return Action{};
}

}  // namespace breakwater::identity
