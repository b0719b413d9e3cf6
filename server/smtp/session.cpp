#include "smtp/session.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "smtp/command.h"
#include "smtp/reply.h"
#include "smtp/session_state.h"
#include "smtp/utf8.h"
#include "terms/invariant.h"

namespace breakwater::smtp {
namespace {

constexpr std::uint32_t max_junk = 100;  // NOOP, RSET, VRFY, ... without a message; then they are errors
constexpr std::size_t keep_input_capacity = 16384;  // of an empty buffer

std::size_t memory_of(const std::string& text) { return text.empty() ? 0 : text.capacity(); }

// What no command has; nullptr when there is nothing. UTF-8 may come where an address may (RFC 6531 3.1).
const char* find_odd_character(Verb verb, std::string_view line) {
  line = line.substr(0, line.find_last_not_of(" \t") + 1);  // RFC 5321 4.1.1: tolerated before the CRLF
  const bool may_hold_address = verb == Verb::mail || verb == Verb::rcpt || verb == Verb::vrfy;
  if (!may_hold_address && !is_ascii(line)) return "non-ASCII character in a command";
  for (std::size_t at = 0; at < line.size();) {
    char32_t character = 0;
    const std::size_t length = decode_utf8(line, at, character);
    if (length == 0) return "malformed UTF-8 in a command";
    if (is_hidden(character)) return "control character in a command";
    at += length;
  }
  return nullptr;
}

}  // namespace

Session::State::State(SessionOptions given, std::string peer_address, Gatekeeper& keeper)
    : options(std::move(given)), gatekeeper(keeper) {
  peer.address = std::move(peer_address);
  peer.tls = options.tls_wrapped;
}

Step Session::State::take_step() { return {std::exchange(output, std::string()), next}; }

void Session::State::on_bytes(std::string_view bytes) {
  if (phase == Phase::closed) return;
  // The usual case takes no copy: the message's bytes go from the driver's buffer straight into the reader.
  if (input.empty()) {
    input = bytes.substr(consume(bytes));
    return;
  }
  input += bytes;
  read_on();
}

void Session::State::read_on() {
  const std::size_t taken = consume(input);
  input.erase(0, taken);
  if (input.empty() && input.capacity() > keep_input_capacity) std::string().swap(input);
}

// Takes bytes until they are used up, are no whole line, or the driver has something to do first.
std::size_t Session::State::consume(std::string_view bytes) {
  std::size_t taken = 0;
  while (next == Step::Next::read && taken < bytes.size()) {
    if (phase == Phase::data) {
      taken += reader.feed(bytes.substr(taken));
      if (reader.done()) end_of_data();
    } else {
      const std::size_t line = read_line(bytes.substr(taken));
      if (line == 0) break;
      taken += line;
    }
    close_if_draining();
  }
  if (next == Step::Next::start_tls) answer_starttls(taken < bytes.size());
  return phase == Phase::closed ? bytes.size() : taken;
}

// Returns the length of the line taken, 0 when there is none whole yet.
std::size_t Session::State::read_line(std::string_view bytes) {
  const std::size_t lf = bytes.find('\n', std::exchange(searched, 0));
  if (lf == std::string_view::npos ? bytes.size() >= max_auth_line : lf >= max_auth_line) {
    close({500, phase == Phase::auth ? "5.5.6" : "5.5.2", "line too long"});  // 5.5.6: RFC 4954 4
    return bytes.size();
  }
  if (lf == std::string_view::npos) {
    searched = bytes.size();
    return 0;
  }
  // RFC 5321 2.3.8: a bare LF is no line end. Who sends one may hold others for the boundary of a message, so
  // that nothing behind it is read; and a person who types at nc sees at once what is wrong.
  if (lf == 0 || bytes[lf - 1] != '\r') {
    close({500, "5.5.2", "lines must end in CRLF: bare LF received"});
    return bytes.size();
  }
  const std::string_view line = bytes.substr(0, lf - 1);
  if (phase == Phase::auth) {
    auth_line(line);
  } else {
    command_line(line);
  }
  return lf + 1;
}

void Session::State::command_line(std::string_view line) {
  const Command command = parse_command(line);
  if (line.size() + 2 > max_command_line(command.verb)) return error_reply({500, "5.5.2", "line too long"});
  if (const char* wrong = find_odd_character(command.verb, line)) {
    return error_reply({command.verb == Verb::unknown ? 500 : 501, "5.5.2", wrong});
  }
  (this->*handler(command.verb, phase))(command.argument);
}

void Session::State::reply(const Reply& answer) {
  if (answer.code == 421) return close(answer);
  output += answer.wire();
}

void Session::State::error_reply(const Reply& answer) {
  reply(answer);
  count_error();
}

void Session::State::count_error() {
  if (phase == Phase::closed || ++errors < options.max_errors) return;
  close({421, "4.7.0", options.hostname + " too many errors, closing transmission channel"});
}

void Session::State::count_junk() {
  if (junk < max_junk) {
    ++junk;
  } else {
    count_error();
  }
}

void Session::State::close(const Reply& last) {
  output += last.wire();
  close_quietly();
}

void Session::State::close_quietly() {
  phase = Phase::closed;
  next = Step::Next::close;
  forget_transaction();
  reader.discard();
}

bool Session::State::idle() const {
  return next == Step::Next::read && (phase == Phase::fresh || phase == Phase::ready);
}

void Session::State::close_if_draining() {
  if (draining && idle())
    close({421, "4.3.2", options.hostname + " is shutting down, closing transmission channel"});
}

void Session::State::forget_transaction() {
  envelope = Envelope{};
  envelope_bytes = 0;
  transaction_refused = false;
  memory_refusal.reset();
  overshoot = 0;
  message.reset();
}

std::size_t Session::State::held_bytes() const {
  return envelope_bytes + reader.held_bytes() + memory_of(input) + (message ? memory_of(message->bytes) : 0);
}

Session::Session(SessionOptions options, std::string peer_address, Gatekeeper& gatekeeper)
    : state_(std::make_unique<State>(std::move(options), std::move(peer_address), gatekeeper)) {}

Session::~Session() = default;

Step Session::start() {
  BREAKWATER_ASSERT(state_->phase == Phase::unstarted);
  state_->phase = Phase::fresh;
  state_->close_if_draining();
  if (state_->phase == Phase::closed) return state_->take_step();
  const bool lmtp = state_->options.protocol == Protocol::lmtp;
  // No version: it tells an attacker more than a user.
  state_->reply({220, "", state_->options.hostname + (lmtp ? " LMTP" : " ESMTP") + " Service ready"});
  return state_->take_step();
}

Step Session::on_bytes(std::string_view bytes) {
  if (state_->phase == Phase::unstarted) return on_early_talker();
  BREAKWATER_ASSERT(state_->next == Step::Next::read || state_->next == Step::Next::close);
  state_->on_bytes(bytes);
  return state_->take_step();
}

Step Session::on_tls(std::string_view version, std::string_view cipher) {
  const bool wrapped = state_->phase == Phase::unstarted && state_->options.tls_wrapped;
  BREAKWATER_ASSERT(wrapped || state_->next == Step::Next::start_tls);
  state_->peer.tls = true;
  state_->peer.tls_version = version;
  state_->peer.tls_cipher = cipher;
  if (wrapped) return state_->take_step();
  // RFC 3207 4.2: back to the state after the greeting, EHLO included. The error counts stay: they are ours.
  state_->input.clear();
  state_->searched = 0;
  state_->forget_transaction();
  state_->peer.helo.clear();
  state_->peer.esmtp = false;
  state_->phase = Phase::fresh;
  state_->next = Step::Next::read;
  state_->close_if_draining();
  return state_->take_step();
}

AuthMessage Session::auth_message() {
  BREAKWATER_ASSERT(state_->next == Step::Next::authenticate);
  AuthMessage handed =
      state_->auth_message;  // the mechanism's name is needed for the next line of the exchange
  state_->auth_message.response.reset();
  return handed;
}

Step Session::on_auth(AuthAnswer answer) {
  BREAKWATER_ASSERT(state_->next == Step::Next::authenticate);
  state_->next = Step::Next::read;
  state_->auth_answer(std::move(answer));
  state_->close_if_draining();
  state_->read_on();
  return state_->take_step();
}

ReceivedMessage Session::take_message() {
  BREAKWATER_ASSERT(state_->next == Step::Next::accept && state_->message);
  ReceivedMessage taken = std::move(*state_->message);
  state_->message->bytes = std::string();
  return taken;
}

Step Session::on_accepted(const std::vector<Reply>& replies) {
  BREAKWATER_ASSERT(state_->next == Step::Next::accept);
  state_->next = Step::Next::read;
  state_->accepted(replies);
  state_->close_if_draining();
  state_->read_on();
  return state_->take_step();
}

void Session::refuse_message(Reply reply) {
  const Phase phase = state_->phase;
  if (phase != Phase::mail && phase != Phase::rcpt && phase != Phase::data) return;
  if (state_->next != Step::Next::read) return;
  if (!state_->memory_refusal) state_->memory_refusal = std::move(reply);
  if (phase == Phase::data) state_->reader.discard();
}

Step Session::on_early_talker() {
  if (state_->phase != Phase::closed)
    state_->close({554, "5.5.0", "SMTP synchronization error: greeting not awaited"});
  return state_->take_step();
}

Step Session::on_timeout() {
  if (state_->phase != Phase::closed) {
    state_->close({421, "4.4.2", state_->options.hostname + " timeout, closing transmission channel"});
  }
  return state_->take_step();
}

Step Session::on_shutdown() {
  state_->draining = true;
  state_->close_if_draining();
  return state_->take_step();
}

bool Session::idle() const { return state_->idle(); }
bool Session::in_message() const { return state_->phase == Phase::data && state_->next == Step::Next::read; }
std::size_t Session::held_bytes() const { return state_->held_bytes(); }
const Peer& Session::peer() const { return state_->peer; }

}  // namespace breakwater::smtp
