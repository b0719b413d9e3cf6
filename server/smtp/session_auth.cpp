// AUTH (RFC 4954): the frames of the exchange. What is in them, SASL knows.
#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "smtp/ascii.h"
#include "smtp/base64.h"
#include "smtp/reply.h"
#include "smtp/session.h"
#include "smtp/session_state.h"

namespace breakwater::smtp {

bool Session::State::auth_offered() const {
  return options.submission && peer.tls && !options.mechanisms.empty();
}

void Session::State::auth(std::string_view argument) {
  if (!options.submission || options.mechanisms.empty()) {
    return error_reply({502, "5.5.1", "AUTH is not offered here"});
  }
  if (!peer.login.empty()) return error_reply({503, "5.5.1", "already authenticated"});
  // RFC 4954 4: the password would already have crossed the wire; not looking at it teaches the client.
  if (!peer.tls) return error_reply({538, "5.7.11", "Encryption required: STARTTLS first"});

  const std::size_t space = argument.find(' ');
  const std::string mechanism = to_upper(argument.substr(0, space));
  if (mechanism.empty()) return error_reply({501, "5.5.4", "a mechanism must follow"});
  const auto& offered = options.mechanisms;
  if (std::find(offered.begin(), offered.end(), mechanism) == offered.end()) {
    return error_reply({504, "5.5.4", "unrecognized authentication mechanism"});
  }
  auth_message = AuthMessage{mechanism, true, std::nullopt};
  if (space != std::string_view::npos) {
    const std::string_view initial = argument.substr(argument.find_first_not_of(' ', space));
    // RFC 4954 4: "=" is a response of no bytes, nothing is none at all.
    auth_message.response = initial == "=" ? std::string() : decode_base64(initial);
    if (!auth_message.response) return error_reply({501, "5.5.2", "cannot decode the initial response"});
  }
  next = Step::Next::authenticate;
}

void Session::State::auth_line(std::string_view line) {
  phase = Phase::ready;
  if (line == "*") return error_reply({501, "5.7.0", "authentication cancelled"});
  auto response = decode_base64(line);
  if (!response) return error_reply({501, "5.5.2", "cannot decode the response"});
  auth_message = AuthMessage{auth_message.mechanism, false, std::move(response)};
  next = Step::Next::authenticate;
}

void Session::State::auth_answer(AuthAnswer answer) {
  if (answer.challenge) {
    phase = Phase::auth;
    return reply({334, "", encode_base64(*answer.challenge)});
  }
  phase = Phase::ready;
  if (!answer.login.empty()) {
    peer.login = std::move(answer.login);
    return reply({235, "2.7.0", "Authentication successful"});
  }
  if (answer.temporary) {
    reply({454, "4.7.0", "Temporary authentication failure"});
  } else {
    reply({535, "5.7.8", "Authentication credentials invalid"});
  }
  if (++auth_failures >= options.max_auth_failures) {
    return close(
        {421, "4.7.0", options.hostname + " too many authentication failures, closing transmission channel"});
  }
  count_error();
}

}  // namespace breakwater::smtp
