// The mail transaction: MAIL, RCPT, DATA, and what becomes of the message.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "smtp/command.h"
#include "smtp/mail_parameters.h"
#include "smtp/path.h"
#include "smtp/reply.h"
#include "smtp/session.h"
#include "smtp/session_state.h"
#include "smtp/utf8.h"
#include "terms/invariant.h"
#include "terms/result.h"

namespace breakwater::smtp {
namespace {

constexpr std::uint32_t max_overshoot =
    1000;  // recipients over the limit that are no errors: the client may not know

// Where a mailbox is malformed: RFC 3463 5.1.7 for the sender's, 5.1.3 for a recipient's.
Reply bad_address(const Error& why, const char* enhanced) {
  if (why.fault == Fault::denied) return {550, "5.7.1", why.what};
  return {501, enhanced, why.what};
}

std::optional<Reply> wants_smtputf8(std::string_view path, bool given) {
  if (given || is_ascii(path)) return std::nullopt;
  return Reply{553, "5.6.7", "a non-ASCII address wants the SMTPUTF8 parameter"};  // RFC 6531 3.5
}

std::size_t memory_of(const EnvelopeRecipient& recipient) {
  return sizeof recipient + recipient.mailbox.local.size() + recipient.mailbox.domain.size() +
         recipient.dsn.orcpt.size();
}

}  // namespace

void Session::State::mail(std::string_view argument) {
  forget_transaction();
  const Reply answer = options.submission && peer.login.empty()
                           ? Reply{530, "5.7.0", "Authentication required"}  // RFC 4954 6
                           : take_sender(argument).value_or(Reply{250, "2.1.0", "OK"});
  if (!answer.positive()) {
    forget_transaction();
    transaction_refused = true;
    return error_reply(answer);
  }
  phase = Phase::mail;
  reply(answer);
}

std::optional<Reply> Session::State::take_sender(std::string_view argument) {
  const auto parsed = parse_path_argument(argument, "FROM");
  if (!parsed) return Reply{501, "5.5.4", parsed.error().what};
  MailParameters parameters;
  if (auto refusal = read_mail_parameters(parsed->parameters, auth_offered(), parameters)) return refusal;
  if (auto refusal = wants_smtputf8(parsed->path, parameters.smtputf8)) return refusal;
  if (!parsed->path.empty()) {
    auto mailbox = parse_mailbox(parsed->path, parameters.smtputf8);
    if (!mailbox) return bad_address(mailbox.error(), "5.1.7");
    if (mailbox->domain.empty()) return Reply{501, "5.1.7", "the local part is not followed by @domain"};
    envelope.reverse_path = std::move(*mailbox);
  }
  // RFC 1870 6.1: refused before a byte of it is sent.
  if (parameters.size > options.max_message_bytes) {
    return Reply{552, "5.3.4",
                 "message size exceeds fixed maximum of " + std::to_string(options.max_message_bytes)};
  }
  envelope.body = parameters.body;
  envelope.smtputf8 = parameters.smtputf8;
  envelope.envid = std::move(parameters.envid);
  envelope.ret = std::move(parameters.ret);
  return gatekeeper.check_sender(peer, envelope);
}

void Session::State::rcpt(std::string_view argument) {
  // RFC 5321 4.5.3.1.10: 452, and those that were accepted stay so.
  if (envelope.recipients.size() >= options.max_recipients) {
    reply({452, "4.5.3", "Too many recipients"});
    if (overshoot < max_overshoot) {
      ++overshoot;
    } else {
      count_error();
    }
    return;
  }
  const Reply answer = take_recipient(argument).value_or(Reply{250, "2.1.5", "OK"});
  if (answer.positive()) phase = Phase::rcpt;
  reply(answer);
  if (answer.positive()) return;
  transaction_refused = true;
  // Guessing addresses is an error like others; a relay in front that hands over what it has already taken
  // does not guess.
  options.protocol == Protocol::lmtp ? count_junk() : count_error();
}

std::optional<Reply> Session::State::take_recipient(std::string_view argument) {
  const auto parsed = parse_path_argument(argument, "TO");
  if (!parsed) return Reply{501, "5.5.4", parsed.error().what};
  EnvelopeRecipient recipient;
  if (auto refusal = read_rcpt_parameters(parsed->parameters, envelope.smtputf8, recipient.dsn))
    return refusal;
  if (auto refusal = wants_smtputf8(parsed->path, envelope.smtputf8)) return refusal;
  auto mailbox = parse_mailbox(parsed->path, envelope.smtputf8);
  if (!mailbox) return bad_address(mailbox.error(), "5.1.3");
  recipient.mailbox = std::move(*mailbox);
  auto answer = gatekeeper.check_recipient(peer, envelope, recipient.mailbox);
  if (answer && !answer->positive()) return answer;
  envelope_bytes += memory_of(recipient);
  envelope.recipients.push_back(std::move(recipient));
  return answer;
}

void Session::State::data(std::string_view argument) {
  if (!argument.empty()) return error_reply({501, "5.5.4", "no parameters allowed"});
  if (memory_refusal) {
    const Reply refusal = *memory_refusal;
    forget_transaction();
    phase = Phase::ready;
    return reply(refusal);
  }
  reader.start(options.max_message_bytes);
  phase = Phase::data;
  reply({354, "", "Start mail input; end with <CRLF>.<CRLF>"});
}

void Session::State::end_of_data() {
  // A bare CR or LF, or a NUL, is how one message becomes two on a server that reads them otherwise. The end
  // that was found is the true one, but who sent this may want what follows to be read as commands: it is not
  // read.
  if (reader.has_bare_lf() || reader.has_bare_cr()) {
    const char* const which = reader.has_bare_lf() ? "bare LF" : "bare CR";
    refuse_data({550, "5.5.2", std::string(which) + " in message: lines must end in CRLF (RFC 5321 2.3.8)"});
    return close_quietly();
  }
  if (reader.has_nul()) {
    refuse_data({550, "5.6.0", "NUL in message"});
    return close_quietly();
  }
  if (reader.too_big()) {
    return refuse_data(
        {552, "5.3.4", "message size exceeds fixed maximum of " + std::to_string(options.max_message_bytes)});
  }
  if (memory_refusal) return refuse_data(Reply(*memory_refusal));
  expected_replies = options.protocol == Protocol::lmtp ? envelope.recipients.size() : 1;
  message = ReceivedMessage{options.protocol, options.submission, peer, std::move(envelope), reader.take()};
  phase = Phase::ready;
  next = Step::Next::accept;
}

// RFC 2033 4.2: in LMTP the final dot has an answer for each recipient that was accepted.
void Session::State::refuse_data(const Reply& refusal) {
  const std::size_t answers = options.protocol == Protocol::lmtp ? envelope.recipients.size() : 1;
  forget_transaction();
  reader.discard();
  phase = Phase::ready;
  for (std::size_t i = 0; i < answers; ++i) reply(refusal);
  count_error();
}

void Session::State::accepted(const std::vector<Reply>& replies) {
  BREAKWATER_ASSERT(replies.size() == expected_replies);
  forget_transaction();
  for (const Reply& answer : replies) {
    reply(answer);
    if (answer.positive()) errors = junk = 0;  // the limits are on nonsense, not on long and busy connections
  }
}

}  // namespace breakwater::smtp
