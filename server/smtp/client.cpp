#include "smtp/client.h"

#include <algorithm>
#include <utility>

#include "terms/invariant.h"

namespace breakwater::smtp {
namespace {

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t left = std::min<std::size_t>(bytes.size() - at, 3);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = (group << 8) | (i < left ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out.push_back(i <= left ? kDigits[(group >> (18 - 6 * i)) & 63] : '=');
    }
  }
  return out;
}

std::string_view waited_for(const Transaction& transaction, std::string_view at_last) {
  const std::size_t at = transaction.answered;
  return at == 0                           ? "waiting for the reply to RSET"
         : at == 1                         ? "waiting for the reply to MAIL"
         : at + 1 < transaction.commands() ? "waiting for the reply to RCPT"
                                           : at_last;
}

}  // namespace

Client::Client(ClientOptions options)
    : options_(std::move(options)), tls_(options_.tls_active), max_transactions_(options_.max_transactions) {}

Client::Wait Client::wait() const {
  switch (phase_) {
    case Phase::greeting: return Wait::greeting;
    case Phase::content: return Wait::data_end;
    case Phase::quitting: return Wait::quit;
    case Phase::flight: return flight_->front().all_but_one_answered() ? Wait::data_end : Wait::command;
    case Phase::envelope:
      return current_.answered + 1 == current_.commands() ? Wait::data_start : Wait::command;
    default: return Wait::command;
  }
}

Client::Next Client::start() {
  BREAKWATER_ASSERT(phase_ == Phase::greeting);
  return Next::read;
}

Client::Next Client::on_bytes(std::string_view bytes) {
  output_.clear();
  commands_.clear();
  if (phase_ == Phase::closed) return Next::close;
  if (phase_ == Phase::ready) {  // a farewell: 421 on idle connections
    if (parser_.next(bytes) == ReplyParser::Status::reply && parser_.code() == 421) {
      reply_text();
      return close(line_);
    }
    return refuse("spoke without being asked");
  }
  for (;;) {
    if (phase_ == Phase::flight && unanswered_ == 0 && !bytes.empty())
      return refuse("replied before it was asked");
    const auto status = parser_.next(bytes);
    if (status == ReplyParser::Status::more) return phase_ == Phase::flight ? fly() : Next::read;
    if (status == ReplyParser::Status::garbage) return refuse("sent what is no SMTP reply");
    ++answers_;
    const Next next = on_reply();
    if (next == Next::start_tls || next == Next::close) {
      parser_.reset();  // RFC 3207 4.2: what came in clear behind the reply is not believed
      return next;
    }
    // RFC 2920 3.1: nothing is sent while answers are due, so an answer that is here before its command is
    // none.
    if (!bytes.empty() && (next == Next::ready || !output_.empty())) {
      output_.clear();
      // The content was not written yet: its recipients were not handed over.
      if (phase_ == Phase::content) phase_ = Phase::envelope;
      return refuse("replied before it was asked");
    }
    if (next == Next::ready || !output_.empty()) return next;
  }
}

Client::Next Client::on_reply() {
  if (phase_ == Phase::quitting) return close("221 2.0.0 closed");
  // RFC 5321 3.8, 4.2.1: may come at any point, the server closes.
  if (parser_.code() == 421) {
    reply_text();
    const Transaction& at = phase_ == Phase::flight ? flight_->front() : current_;
    const bool mail = phase_ == Phase::flight || phase_ == Phase::envelope;
    busy_ = phase_ == Phase::content || (mail && at.answered >= 2);
    return close(line_);
  }
  switch (phase_) {
    case Phase::greeting: return on_greeting();
    case Phase::ehlo:
    case Phase::helo: return on_ehlo();
    case Phase::starttls: return on_starttls();
    case Phase::auth_plain:
    case Phase::auth_login:
    case Phase::auth_user:
    case Phase::auth_password: return on_auth();
    case Phase::envelope: return on_envelope_reply();
    case Phase::content: return on_content_reply();
    case Phase::flight: return on_flight_reply();
    default: return refuse("replied before it was asked");
  }
}

Client::Next Client::on_greeting() {
  if (parser_.code() != 220) return refuse("does not serve us");
  return say((options_.lmtp ? "LHLO " : "EHLO ") + options_.hostname, Phase::ehlo);
}

Client::Next Client::on_ehlo() {
  if (parser_.code() == 250) {
    offered_ = phase_ == Phase::ehlo ? parse_capabilities(parser_.lines()) : Capabilities{};
    if (offered_.max_transactions != 0)
      max_transactions_ = std::min(max_transactions_, offered_.max_transactions);
    return after_ehlo();
  }
  // RFC 5321 3.2: an old server does not know EHLO; LMTP has no such fallback.
  if (phase_ == Phase::ehlo && !options_.lmtp && parser_.code() >= 500) {
    esmtp_ = false;
    return say("HELO " + options_.hostname, Phase::helo);
  }
  return refuse("does not accept our greeting");
}

Client::Next Client::after_ehlo() {
  if (!tls_ && options_.starttls != Starttls::none) {
    if (offered_.starttls) return say("STARTTLS", Phase::starttls);
    if (options_.starttls == Starttls::require) {
      return close("451 4.7.10 " + options_.peer + ": STARTTLS is not offered");
    }
  }
  if (options_.username.empty()) {
    phase_ = Phase::ready;
    return Next::ready;
  }
  if (!tls_ && !options_.auth_in_clear) {
    return close("451 4.7.11 " + options_.peer +
                 ": no AUTH without TLS; set tls = \"require\" or \"verify\"");
  }
  if (offered_.auth_plain) {
    const std::string zero(1, '\0');
    return say("AUTH PLAIN " + base64(zero + options_.username + zero + options_.password),
               Phase::auth_plain);
  }
  if (offered_.auth_login) return say("AUTH LOGIN", Phase::auth_login);
  return close("451 4.7.0 " + options_.peer + ": offers neither AUTH PLAIN nor LOGIN");
}

Client::Next Client::on_starttls() {
  if (parser_.code() == 220) {
    phase_ = Phase::handshake;
    return Next::start_tls;
  }
  if (options_.starttls == Starttls::require) return refuse("does not start TLS");
  offered_.starttls = false;  // RFC 3207 4: 454; the policy lets us go on in clear
  return after_ehlo();
}

Client::Next Client::on_tls() {
  BREAKWATER_ASSERT(phase_ == Phase::handshake);
  parser_.reset();
  offered_ = {};
  tls_ = true;
  return say((options_.lmtp ? "LHLO " : "EHLO ") + options_.hostname, Phase::ehlo);  // RFC 3207 4.2
}

Client::Next Client::on_auth() {
  const int code = parser_.code();
  if (code == 334 && phase_ == Phase::auth_login) return say(base64(options_.username), Phase::auth_user);
  if (code == 334 && phase_ == Phase::auth_user) return say(base64(options_.password), Phase::auth_password);
  if (code == 235 && (phase_ == Phase::auth_plain || phase_ == Phase::auth_password)) {
    phase_ = Phase::ready;
    return Next::ready;
  }
  return refuse("does not accept our AUTH");
}

Client::Next Client::quit() {
  output_.clear();
  commands_.clear();
  if (phase_ != Phase::ready) return close("221 2.0.0 closed");
  return say("QUIT", Phase::quitting);
}

Client::Next Client::lost(std::string_view what, std::string_view last_words, bool closed) {
  static constexpr std::string_view kDoing[] = {
      "waiting for the greeting",
      "waiting for the reply to EHLO",
      "waiting for the reply to HELO",
      "waiting for the reply to STARTTLS",
      "in the TLS handshake",
      "in AUTH",
      "in AUTH",
      "in AUTH",
      "in AUTH",
      "idle",
      "",
      "waiting for the reply to the message",
      "waiting for the reply to the message",
      "waiting for the reply to QUIT",
      "closed",
  };
  output_.clear();
  commands_.clear();
  if (phase_ == Phase::closed) return Next::close;
  if (phase_ == Phase::flight) {
    if (hear_last_words(last_words) == Next::close) return Next::close;
  } else if (parser_.next(last_words) == ReplyParser::Status::reply && parser_.code() >= 400) {
    reply_text();
    if (phase_ == Phase::content) {  // a server may refuse a message without reading to its end
      settle_all(current_.accepted, parser_.code());
      current_.accepted.clear();
    }
    return close(line_);
  }
  std::string_view doing = kDoing[static_cast<std::size_t>(phase_)];
  if (phase_ == Phase::envelope) doing = waited_for(current_, "waiting for the reply to DATA");
  if (phase_ == Phase::flight && !flight_->empty())
    doing = waited_for(flight_->front(), "waiting for the reply to the message");
  if (closed) note_close();
  std::string line = "451 4.4.2 " + options_.peer + ": ";
  line.append(what).append(" while ").append(doing);
  return close(line);
}

Client::Next Client::say(std::string_view command, Phase then) {
  phase_ = then;
  commands_.assign(command).append("\r\n");
  output_.assign(1, commands_);
  return Next::read;
}

Client::Next Client::refuse(std::string_view what) {
  std::string line = "451 4.5.0 " + options_.peer + " ";
  line.append(what);
  if (!parser_.whole().empty()) {
    line.append(": ");
    parser_.append_text(line);
  }
  return close(line);
}

Client::Next Client::close(std::string_view why_line) {
  if (why_.data() != why_line.data()) why_.assign(why_line);
  settle_interrupted();
  phase_ = Phase::closed;
  output_.clear();
  return Next::close;
}

}  // namespace breakwater::smtp
