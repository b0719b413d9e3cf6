// Mail transactions: envelopes rendered into one reused buffer, answers taken per recipient (RFC 5321 3.3,
// RFC 2920).
#include <algorithm>
#include <charconv>

#include "smtp/client.h"
#include "terms/invariant.h"

namespace breakwater::smtp {
namespace {

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}
bool has_eight_bit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7F; });
}

// RFC 3461 4: what an ORCPT value may not hold as it is.
void append_xtext(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    if (c > 0x20 && c < 0x7F && c != '+' && c != '=') {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.append({'+', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
}

Settled settled_by(int code) {
  return code < 300 ? Settled::delivered : code < 500 ? Settled::deferred : Settled::failed;
}

}  // namespace

Client::Next Client::begin(Load& load, const Content& content, Todo& todo, std::uint32_t batch) {
  BREAKWATER_ASSERT(phase_ == Phase::ready);
  output_.clear();
  commands_.clear();
  load_ = &load;
  content_ = &content;
  todo_ = &todo;
  answers_ = 0;
  batch_ = std::max(batch, 1U);
  own_head_ = load.own_head_size();
  BREAKWATER_ASSERT(own_head_ == 0 || batch_ == 1);
  if (offered_.max_recipients != 0) batch_ = std::min(batch_, offered_.max_recipients);
  if (load_refused()) return Next::ready;
  if (chunking()) return begin_flight();
  return next_transaction();
}

// What this peer cannot take at all is said before it is sent: the answer would be the same for everybody.
bool Client::load_refused() {
  std::string line;
  if (offered_.max_size != 0 && message_size() > offered_.max_size) {  // RFC 1870 6.1
    line = "552 5.3.4 " + options_.peer + " takes messages up to " + std::to_string(offered_.max_size) +
           " bytes, this one has " + std::to_string(message_size());
  } else if (content_->utf8 && !offered_.smtputf8) {  // RFC 6531 3.2
    line = "553 5.6.7 " + options_.peer + " does not offer SMTPUTF8, which the message needs";
  } else if (content_->eight_bit && !offered_.eight_bit) {
    // RFC 6152 3: not to be sent as it is. Postfix rewrites such bodies as quoted-printable; here a copy's
    // body is never rewritten, since that breaks signatures.
    line = "554 5.6.3 " + options_.peer + " does not offer 8BITMIME, which the message needs";
  } else {
    return false;
  }
  while (!todo_->empty()) {
    todo_->take(kWindow, current_.to);
    load_->settle(Settled::failed, line, current_.to.data(), current_.to.size());
  }
  current_ = {};
  return true;
}

Client::Next Client::next_transaction() {
  if (next_.open()) {  // its envelope is on the way already, behind the last dot
    std::swap(current_, next_);
    next_.to.clear();
    phase_ = Phase::envelope;
    return Next::read;
  }
  current_.to.clear();
  if (worn() || !compose(current_)) {
    phase_ = Phase::ready;
    return Next::ready;
  }
  phase_ = Phase::envelope;
  send_commands(current_);
  output_.push_back(commands_);
  return Next::read;
}

bool Client::compose(Transaction& transaction) {
  if (load_->stopped()) return false;
  transaction.accepted.clear();
  transaction.bytes = 0;
  transaction.mail_ok = transaction.abandoned = transaction.utf8 = false;
  transaction.first = transaction.sent = transaction.answered = reset_first_ ? 0 : 1;
  do {
    todo_->take(batch_, transaction.to);
    std::erase_if(transaction.to, [&](std::uint32_t at) { return !deliverable(at, transaction.utf8); });
  } while (transaction.to.empty() && !todo_->empty());
  if (transaction.to.empty()) return false;
  transaction.utf8 = transaction.utf8 || content_->utf8;
  reset_first_ = false;
  return true;
}

bool Client::deliverable(std::uint32_t position, bool& needs_utf8) {
  const std::string_view mailbox = load_->mailbox(position);
  std::string_view refusal;
  if (mailbox.empty()) {
    refusal = "553 5.1.3 the address is gone";
  } else if (has_control(mailbox)) {  // would end the command
    refusal = "553 5.1.3 the address has control characters";
  } else if (has_eight_bit(mailbox)) {
    if (offered_.smtputf8) {
      needs_utf8 = true;
    } else {
      refusal = "553 5.6.7 the next server does not offer SMTPUTF8, which the address needs";
    }
  }
  if (refusal.empty()) return true;
  load_->settle(Settled::failed, refusal, &position, 1);
  return false;
}

void Client::send_commands(Transaction& transaction) {
  const std::size_t window = offered_.pipelining ? kWindow : 1;
  const std::size_t end = std::min(transaction.commands(), transaction.sent + window);
  while (transaction.sent < end && commands_.size() < kWindowBytes) render(transaction, transaction.sent++);
}

void Client::render(Transaction& transaction, std::size_t command) {
  if (command == 0) {
    commands_.append("RSET\r\n");
  } else if (command == 1) {
    render_mail(transaction);
  } else if (command < transaction.to.size() + 2) {
    render_rcpt(transaction.to[command - 2]);
  } else {
    commands_.append("DATA\r\n");
  }
}

void Client::render_mail(Transaction& transaction) {
  path_.clear();
  load_->reverse_path(transaction.to.front(), path_);
  BREAKWATER_ASSERT(!has_control(path_));
  commands_.append("MAIL FROM:<").append(path_).append(">");
  if (offered_.size) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, message_size()).ptr;
    commands_.append(" SIZE=").append(digits, static_cast<std::size_t>(end - digits));
  }
  // RFC 6531 3.6: SMTPUTF8 says nothing about the body; 8BITMIME does.
  if (offered_.eight_bit && (content_->eight_bit || transaction.utf8)) commands_.append(" BODY=8BITMIME");
  if (transaction.utf8) commands_.append(" SMTPUTF8");
  if (offered_.dsn && !path_.empty()) commands_.append(" RET=HDRS");
  commands_.append("\r\n");
}

void Client::render_rcpt(std::uint32_t position) {
  const std::string_view mailbox = load_->mailbox(position);
  commands_.append("RCPT TO:<").append(mailbox).append(">");
  // A list wants to hear of failures, not of delays, and by the address it knows (RFC 3461 5.2.1).
  if (offered_.dsn) {
    commands_.append(path_.empty() ? " NOTIFY=NEVER" : " NOTIFY=FAILURE");
    if (!path_.empty() && !has_eight_bit(mailbox)) {
      commands_.append(" ORCPT=rfc822;");
      append_xtext(commands_, mailbox);
    }
  }
  commands_.append("\r\n");
}

// Whole lines: the content behind it begins a line as it would without.
void Client::render_own_head(std::uint32_t position) {
  if (own_head_ == 0) return;
  const std::size_t before = commands_.size();
  load_->own_head(position, commands_);
  BREAKWATER_ASSERT(commands_.size() - before == own_head_ && commands_.ends_with("\r\n"));
}

Client::Next Client::on_envelope_reply() {
  const std::size_t command = current_.answered;
  const int code = parser_.code();
  const bool data = command + 1 == current_.commands();
  if (code / 100 == 3 && !(data && code == 354)) return refuse("gave an answer that does not fit");
  ++current_.answered;
  if (data) return on_data_reply();
  if (command == 0 && code >= 300) return refuse("does not reset");
  if (command == 1) on_mail_reply(current_);
  if (command > 1) on_rcpt_reply(current_, current_.to[command - 2]);
  if (current_.answered < current_.sent) return Next::read;
  const bool nobody = current_.answered + 1 == current_.commands() && current_.accepted.empty();
  if (current_.abandoned || nobody) {  // a DATA would be in vain
    flush_refused();
    ++transactions_;
    reset_first_ = true;
    return next_transaction();
  }
  send_commands(current_);
  output_.push_back(commands_);
  return Next::read;
}

void Client::on_mail_reply(Transaction& transaction) {
  transaction.mail_ok = parser_.code() < 300;
  if (transaction.mail_ok) return;
  transaction.abandoned = true;
  settle_all(transaction.to, parser_.code());
}

void Client::on_rcpt_reply(Transaction& transaction, std::uint32_t position) {
  if (!transaction.mail_ok) return;  // settled by the answer to MAIL
  if (parser_.code() < 300) {
    transaction.accepted.push_back(position);
  } else if (too_many(transaction)) {
    batch_ = static_cast<std::uint32_t>(
        std::max<std::size_t>(std::min<std::size_t>(batch_, transaction.accepted.size()), 1));
    todo_->give_back(&position, 1);
  } else {
    note_refused(position, parser_.code() < 500);
  }
}

// RFC 5321 4.5.3.1.10: 452, or 552 of old, when a transaction has no room for one more. It says nothing about
// the recipient, who goes first in the next transaction; only where somebody was accepted before, so that
// each has an end.
bool Client::too_many(const Transaction& transaction) const {
  if (transaction.accepted.empty()) return false;
  const std::string_view status = parser_.enhanced();
  if (parser_.code() == 452) return status.empty() || status == "4.5.3";
  return parser_.code() == 552 && (status.empty() || status == "5.5.3");
}

// Answers to neighbours with the same words become one record.
void Client::note_refused(std::uint32_t position, bool transient) {
  const Settled how = transient ? Settled::deferred : Settled::failed;
  reply_text();
  if (!refused_.empty() && (how != refused_how_ || line_ != refused_reply_)) flush_refused();
  if (refused_.empty()) {
    refused_how_ = how;
    refused_reply_ = line_;
  }
  refused_.push_back(position);
}

void Client::flush_refused() {
  if (refused_.empty()) return;
  load_->settle(refused_how_, refused_reply_, refused_.data(), refused_.size());
  refused_.clear();
}

void Client::settle_all(std::vector<std::uint32_t>& positions, int code) {
  reply_text();
  if (!positions.empty()) load_->settle(settled_by(code), line_, positions.data(), positions.size());
}

void Client::reply_text() {
  line_.clear();
  parser_.append_text(line_);
}

Client::Next Client::on_data_reply() {
  flush_refused();
  const int code = parser_.code();
  if (code == 354) return send_content();
  if (code < 300) return refuse("answers DATA with an answer that does not fit");
  if (current_.mail_ok) settle_all(current_.accepted, code);
  current_.accepted.clear();
  ++transactions_;
  reset_first_ = true;  // RFC 5321 4.1.1.5: the envelope may still be there
  return next_transaction();
}

Client::Next Client::send_content() {
  dots_answered_ = 0;
  if (!current_.mail_ok) {  // a dot now might make an empty message for whom it did accept
    ++transactions_;
    return refuse("takes a message whose sender it refused");
  }
  if (current_.accepted.empty()) {
    // RFC 2920 3.1: 354 although nobody was accepted; the lone dot ends it. RFC 2033 4.2 has no reply to
    // that.
    if (options_.lmtp) return refuse("takes a message for nobody");
    phase_ = Phase::content;
    dots_expected_ = 1;
    output_.push_back(".\r\n");
    return Next::read;
  }
  // Frozen or recalled meanwhile: without the dot nothing is handed over, and only closing gets us out of
  // here.
  if (load_->stopped()) return close("451 4.3.2 handing over was stopped");
  phase_ = Phase::content;
  dots_expected_ = options_.lmtp ? current_.accepted.size() : 1;
  commands_.clear();
  render_own_head(current_.accepted.front());
  const std::size_t own = commands_.size();
  if (offered_.pipelining && transactions_ + 1 < max_transactions_ && !todo_->empty() && compose(next_))
    send_commands(next_);
  const std::string_view commands = commands_;  // one text, which has stopped moving
  if (own > 0) output_.push_back(commands.substr(0, own));
  output_.push_back(*content_->head);
  output_.push_back(*content_->body);
  output_.push_back(content_->end);
  if (commands.size() > own) output_.push_back(commands.substr(own));
  return Next::read;
}

Client::Next Client::on_content_reply() {
  const int code = parser_.code();
  if (code / 100 == 3) return refuse("answers the message with an answer that does not fit");
  ++dots_answered_;
  if (!options_.lmtp) {
    settle_all(current_.accepted, code);
  } else {  // RFC 2033 4.2: one reply for each accepted recipient, in order; equal neighbours become one
            // record
    const Settled how = settled_by(code);
    reply_text();
    if (!refused_.empty() && (how != refused_how_ || line_ != refused_reply_)) flush_refused();
    refused_how_ = how;
    if (refused_.empty()) refused_reply_ = line_;
    refused_.push_back(current_.accepted[dots_answered_ - 1]);
    if (dots_answered_ < dots_expected_) return Next::read;
    flush_refused();
  }
  current_.accepted.clear();
  taken_ += code < 300;
  ++transactions_;
  return next_transaction();
}

// The peer closed without a word. Where it had said all that was due, or was told more than one message at
// once, it may be one that takes so many a connection.
void Client::note_close() {
  peer_closed_ = true;
  if (phase_ == Phase::content && next_.open()) {
    closed_after_ = taken_ + 1;  // what it said to that message may be lost because of what came behind
  } else if (phase_ == Phase::envelope && !was_begun(current_)) {
    closed_after_ = taken_;
  } else if (phase_ == Phase::flight && !flight_->empty() && !was_begun(flight_->front())) {
    closed_after_ = taken_;
  }
}

bool Client::was_begun(const Transaction& one) const { return one.answered > one.first; }

// The connection ends here, why_ says how. See the promise at the top of client.h.
void Client::settle_interrupted() {
  if (load_ == nullptr) return;
  flush_refused();
  if (phase_ == Phase::flight) {
    settle_flight();
  } else if (phase_ == Phase::content) {
    const std::size_t from = options_.lmtp ? dots_answered_ : 0;
    if (current_.accepted.size() > from) {
      load_->settle(Settled::deferred, why_, current_.accepted.data() + from,
                    current_.accepted.size() - from);
    }
  } else if (phase_ == Phase::envelope) {
    todo_->give_back(current_.accepted.data(), current_.accepted.size());
    if (!current_.abandoned) {  // who was not answered yet
      const std::size_t answered =
          std::min(current_.answered < 2 ? 0 : current_.answered - 2, current_.to.size());
      todo_->give_back(current_.to.data() + answered, current_.to.size() - answered);
    }
  }
  if (next_.open()) todo_->give_back(next_.to.data(), next_.to.size());
  current_.to.clear();
  current_.accepted.clear();
  next_.to.clear();
}

}  // namespace breakwater::smtp
