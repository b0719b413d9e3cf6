// What the session tests share: a gatekeeper that can be told what to say, and a driver that does what net/
// does, without the net.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "smtp/session.h"

namespace breakwater::smtp::test {

struct FakeGatekeeper : Gatekeeper {
  std::optional<Reply> check_sender(const Peer&, const Envelope& envelope) override {
    return sender ? sender(envelope) : std::nullopt;
  }
  std::optional<Reply> check_recipient(const Peer&, const Envelope&, const Mailbox& to) override {
    return recipient ? recipient(to) : std::nullopt;
  }
  std::function<std::optional<Reply>(const Envelope&)> sender;
  std::function<std::optional<Reply>(const Mailbox&)> recipient;
};

inline SessionOptions mx_options() {
  SessionOptions options;
  options.hostname = "mx.example.org";
  options.tls_available = true;
  return options;
}

inline SessionOptions submission_options() {
  SessionOptions options = mx_options();
  options.submission = true;
  return options;
}

inline SessionOptions lmtp_options() {
  SessionOptions options = mx_options();
  options.protocol = Protocol::lmtp;
  options.tls_available = false;
  return options;
}

// Executes every Step at once: messages are kept and accepted, AUTH is answered by `sasl`, TLS always
// succeeds.
struct Talk {
  explicit Talk(SessionOptions options = mx_options())
      : lmtp(options.protocol == Protocol::lmtp), session(std::move(options), "192.0.2.1", gatekeeper) {
    greeting = drive(session.start());
  }

  // What the server says to these bytes, in one piece or split as told.
  std::string say(std::string_view bytes) { return drive(session.on_bytes(bytes)); }
  std::string say_in_chunks(std::string_view bytes, const std::function<std::size_t()>& next_size) {
    std::string out;
    while (!bytes.empty() && !closed) {
      const std::size_t size = std::min(std::max<std::size_t>(next_size(), 1), bytes.size());
      out += say(bytes.substr(0, size));
      bytes.remove_prefix(size);
    }
    return out;
  }

  std::string drive(Step step) {
    std::string out;
    for (;;) {
      out += step.output;
      last = step.next;
      max_held = std::max(max_held, session.held_bytes());
      switch (step.next) {
        case Step::Next::read: return out;
        case Step::Next::close: closed = true; return out;
        case Step::Next::start_tls:
          out += "<TLS>";
          step = session.on_tls("TLSv1.3", "TLS_AES_256_GCM_SHA384");
          break;
        case Step::Next::authenticate: step = session.on_auth(sasl(session.auth_message())); break;
        case Step::Next::accept: {
          messages.push_back(session.take_message());
          const std::size_t answers = lmtp ? messages.back().envelope.recipients.size() : 1;
          step = session.on_accepted(std::vector<Reply>(answers, verdict));
          break;
        }
      }
    }
  }

  // To the point where DATA's 354 has been given.
  void open_data() {
    say("EHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<l@example.org>\r\nDATA\r\n");
  }

  bool lmtp;
  FakeGatekeeper gatekeeper;
  Reply verdict{250, "2.0.0", "queued"};
  std::function<AuthAnswer(AuthMessage)> sasl = [](const AuthMessage&) { return AuthAnswer{}; };
  std::vector<ReceivedMessage> messages;
  std::size_t max_held = 0;
  Step::Next last = Step::Next::read;
  bool closed = false;
  Session session;
  std::string greeting;
};

}  // namespace breakwater::smtp::test
