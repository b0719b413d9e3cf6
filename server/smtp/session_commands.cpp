// The commands that are not about a message: hello, TLS, and the small ones.
#include <algorithm>
#include <string>
#include <string_view>

#include "smtp/ascii.h"
#include "smtp/path.h"
#include "smtp/reply.h"
#include "smtp/session.h"
#include "smtp/session_state.h"

namespace breakwater::smtp {
namespace {

const Reply no_arguments{501, "5.5.4", "no parameters allowed"};

// RFC 5321 4.1.1.1 wants a domain or an address literal. Real machines also give names with underscores and
// bare addresses; those are harmless. What could pass for something else in a Received line or a log is not.
bool is_hello_name(std::string_view text) {
  if (text.empty() || text.size() > 255) return false;
  if (text.front() == '[') return is_address_literal(text);
  const auto fits = [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_' || c == ':'; };
  return std::all_of(text.begin(), text.end(), fits);
}

}  // namespace

// False: refused, and nothing has changed (RFC 5321 4.1.4).
bool Session::State::greet(std::string_view argument) {
  if (!is_hello_name(argument)) {
    error_reply({501, "5.5.4", "a domain name or an address literal must follow"});
    return false;
  }
  forget_transaction();
  peer.helo = argument;
  phase = Phase::ready;
  return true;
}

void Session::State::helo(std::string_view argument) {
  // RFC 2033 4.1: neither HELO nor EHLO in LMTP, so that nobody takes one protocol for the other.
  if (options.protocol == Protocol::lmtp) return error_reply({500, "5.5.1", "this is LMTP: LHLO, not HELO"});
  if (!greet(argument)) return;
  peer.esmtp = false;
  reply({250, "", options.hostname});
}

void Session::State::ehlo(std::string_view argument) {
  if (options.protocol == Protocol::lmtp) return error_reply({500, "5.5.1", "this is LMTP: LHLO, not EHLO"});
  extended_hello(argument);
}

void Session::State::lhlo(std::string_view argument) {
  if (options.protocol != Protocol::lmtp) return unknown(argument);
  extended_hello(argument);
}

void Session::State::extended_hello(std::string_view argument) {
  if (!greet(argument)) return;
  peer.esmtp = true;
  reply({250, "", options.hostname + extensions()});
}

std::string Session::State::extensions() const {
  std::string lines = "\nPIPELINING\nSIZE " + std::to_string(options.max_message_bytes);
  if (options.tls_available && !peer.tls) lines += "\nSTARTTLS";
  if (auth_offered()) {
    lines += "\nAUTH";
    for (const std::string& mechanism : options.mechanisms) lines += ' ' + mechanism;
  }
  lines += "\nENHANCEDSTATUSCODES\n8BITMIME\nDSN\nSMTPUTF8";
  lines += "\nLIMITS RCPTMAX=" + std::to_string(options.max_recipients);  // RFC 9422
  return lines;
}

void Session::State::starttls(std::string_view argument) {
  if (peer.tls) return error_reply({503, "5.5.1", "TLS is already active"});
  if (!options.tls_available) return error_reply({502, "5.5.1", "STARTTLS is not offered"});
  if (!argument.empty()) return error_reply(no_arguments);
  next = Step::Next::start_tls;  // the 220 is said by answer_starttls(), once it is known that nothing came
                                 // behind
}

// RFC 3207 4, CVE-2011-0411: what comes in clear behind STARTTLS was not said by who will hold the other end
// of TLS. Whoever sends it is broken or attacked; dropping it silently would leave both to go on unaware.
void Session::State::answer_starttls(bool more_came) {
  if (more_came) return close({554, "5.5.0", "data after STARTTLS before the handshake"});
  reply({220, "2.0.0", "Ready to start TLS"});
}

void Session::State::rset(std::string_view argument) {
  if (!argument.empty()) return error_reply(no_arguments);
  forget_transaction();
  if (phase != Phase::fresh) phase = Phase::ready;
  reply({250, "2.0.0", "OK"});
  count_junk();
}

void Session::State::noop(std::string_view) {
  reply({250, "2.0.0", "OK"});
  count_junk();
}

void Session::State::quit(std::string_view argument) {
  if (!argument.empty()) return error_reply(no_arguments);
  close({221, "2.0.0", options.hostname + " Service closing transmission channel"});
}

// RFC 5321 7.3: says nothing about who is there, yet 252 as 3.5.3 wants.
void Session::State::vrfy(std::string_view argument) {
  if (argument.empty()) return error_reply({501, "5.5.4", "a user name or mailbox must follow"});
  reply({252, "2.5.0", "Cannot VRFY user, but will accept message and attempt delivery"});
  count_junk();
}

void Session::State::help(std::string_view) {
  const bool lmtp = options.protocol == Protocol::lmtp;
  reply({214, "2.0.0",
         std::string(lmtp ? "LHLO" : "HELO EHLO") +
             " MAIL RCPT DATA RSET NOOP QUIT VRFY HELP\n"
             "See RFC " +
             (lmtp ? "2033" : "5321")});
  count_junk();
}

// CHUNKING is not offered, and what follows BDAT is a message: read as commands, it would speak for the
// client.
void Session::State::bdat(std::string_view) { close({502, "5.5.1", "BDAT is not offered, closing"}); }

void Session::State::unknown(std::string_view) {
  error_reply({500, "5.5.2", "Syntax error, command unrecognized"});
}

void Session::State::unimplemented(std::string_view) {
  error_reply({502, "5.5.1", "Command not implemented"});
}

void Session::State::hello_first(std::string_view) {
  const bool lmtp = options.protocol == Protocol::lmtp;
  error_reply(
      {503, "5.5.1", std::string("Bad sequence of commands: ") + (lmtp ? "LHLO" : "EHLO") + " first"});
}

void Session::State::mail_first(std::string_view) {
  reply({503, "5.5.1", "Bad sequence of commands: MAIL first"});
  // RFC 2920 3.1: RCPT and DATA that were pipelined behind a refused MAIL are the same one mistake.
  transaction_refused ? count_junk() : count_error();
}

void Session::State::rcpt_first(std::string_view argument) {
  if (!argument.empty()) return error_reply(no_arguments);
  const bool refused = transaction_refused;
  // RFC 5321 3.3 lets 554 say it better than 503; RFC 2033 4.2 does not.
  if (refused && options.protocol != Protocol::lmtp) {
    reply({554, "5.5.1", "no valid recipients"});
  } else {
    reply({503, "5.5.1", "Bad sequence of commands: RCPT first"});
  }
  refused ? count_junk() : count_error();
}

void Session::State::mail_under_way(std::string_view) {
  error_reply({503, "5.5.1", "Bad sequence of commands: a mail transaction is under way"});
}

}  // namespace breakwater::smtp
