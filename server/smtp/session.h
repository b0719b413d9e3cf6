// The server's side of an SMTP or LMTP dialogue (RFC 5321, RFC 2033) as a pure state machine: bytes in,
// replies and the next thing to do out. No socket, no clock: the driver (net/) reads, writes, does TLS, keeps
// deadlines and asks those who know. One session belongs to one driver; not thread-safe.
//
//   Step step = session.start();
//   loop: write step.output; then by step.next:
//     read         read some bytes, step = session.on_bytes(...)      (on EOF: end)
//     start_tls    drop what was read in clear, handshake, step = session.on_tls()
//     authenticate hand session.auth_message() to SASL, step = session.on_auth(...)
//     accept       move session.take_message() to the pipeline, step = session.on_accepted(replies)
//     close        flush and close
//
// While next is not `read`, on_bytes() is not called. A command limit, an error limit and the size limits
// hold the memory of a session below max_message_bytes + twice the bytes of one on_bytes() + about 1.2 KB a
// recipient + 30 KB, whatever comes in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/path.h"
#include "smtp/reply.h"

namespace breakwater::smtp {

enum class Protocol { smtp, lmtp };
enum class BodyType { seven_bit, eight_bit_mime };

// Delivery status notification requests (RFC 3461).
struct RecipientDsn {
  bool never = false, success = false, failure = true, delay = false;
  std::string orcpt;  // "rfc822;user@example.org", xtext decoded; empty: none
};

struct EnvelopeRecipient {
  Mailbox mailbox;
  RecipientDsn dsn;
};

struct Envelope {
  std::optional<Mailbox> reverse_path;  // nullopt: the null reverse-path <>
  std::vector<EnvelopeRecipient> recipients;
  BodyType body = BodyType::seven_bit;
  bool smtputf8 = false;
  std::string envid;  // RFC 3461 4.4, xtext decoded
  std::string ret;    // "FULL", "HDRS" or empty
};

// Who is at the other end, as far as it is known; goes into the Received line.
struct Peer {
  std::string address;  // "192.0.2.1", "2001:db8::1", "unix"
  std::string helo;     // as given, checked for shape
  bool esmtp = false;
  bool tls = false;
  std::string tls_version, tls_cipher;  // filled by the driver
  std::string login;                    // authenticated as; empty: not
};

struct ReceivedMessage {
  Protocol protocol = Protocol::smtp;
  bool submission = false;
  Peer peer;
  Envelope envelope;
  std::string bytes;  // header block and body, dots unstuffed, every line end CRLF, none missing at the end
};

// Decides what can be decided from configuration alone, while the envelope comes in. Called synchronously;
// must not block. nullopt: accepted with the standard reply. A 421 also ends the session.
class Gatekeeper {
 public:
  virtual ~Gatekeeper() = default;
  virtual std::optional<Reply> check_sender(const Peer& peer, const Envelope& envelope) = 0;
  virtual std::optional<Reply> check_recipient(const Peer& peer, const Envelope& envelope,
                                               const Mailbox& to) = 0;
};

struct SessionOptions {
  Protocol protocol = Protocol::smtp;
  std::string hostname;        // greeting, EHLO
  bool submission = false;     // MAIL only after AUTH (530 5.7.0), AUTH only under TLS (538 5.7.11)
  bool tls_available = false;  // STARTTLS is offered
  bool tls_wrapped = false;    // TLS from the first byte
  std::vector<std::string> mechanisms = {"SCRAM-SHA-256", "PLAIN",
                                         "LOGIN"};  // offered with submission, under TLS
  std::uint64_t max_message_bytes = 10 * 1024 * 1024;
  std::uint32_t max_recipients = 100;
  std::uint32_t max_errors = 20;  // without a message accepted in between; then 421 and close
  std::uint32_t max_auth_failures = 3;
};

// One client line of an AUTH exchange: the first has the mechanism's name.
struct AuthMessage {
  std::string mechanism;  // upper case
  bool first = false;
  std::optional<std::string> response;  // base64 decoded; nullopt: no initial response was sent
};

// What SASL says to it. With `challenge` the exchange goes on; else it ends, well when `login` is not empty.
struct AuthAnswer {
  std::optional<std::string> challenge;  // not yet base64
  std::string login;
  bool temporary = false;  // 454 4.7.0 instead of 535 5.7.8
};

struct Step {
  enum class Next { read, start_tls, authenticate, accept, close };
  std::string output;
  Next next = Next::read;
};

class Session {
 public:
  // `gatekeeper` must outlive the session.
  Session(SessionOptions options, std::string peer_address, Gatekeeper& gatekeeper);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Step start();  // 220
  Step on_bytes(
      std::string_view bytes);  // any split; bytes behind what can be answered now are kept (bounded)
  // Forgets all that was said in clear (RFC 3207 4.2). With tls_wrapped: once before start(), to say what was
  // negotiated.
  Step on_tls(std::string_view version, std::string_view cipher);
  AuthMessage auth_message();
  Step on_auth(AuthAnswer answer);
  ReceivedMessage take_message();
  Step on_accepted(
      const std::vector<Reply>& replies);  // SMTP: one; LMTP: one for each accepted recipient, in order
  // The driver is out of memory budget for messages: what is coming in is read and thrown away, its answer is
  // 452 4.3.1. Does nothing outside a transaction, or when the message is whole already (then answer by
  // on_accepted()).
  void refuse_message(Reply reply);
  Step on_early_talker();  // 554 5.5.0
  Step on_timeout();       // 421 4.4.2
  // 421 4.3.2 at once when idle(), else after the transaction under way: no output then, and `next` as it
  // was.
  Step on_shutdown();
  bool idle() const;               // between transactions: may be told 421
  bool in_message() const;         // after 354, before the dot: other deadlines hold (RFC 5321 4.5.3.2)
  std::size_t held_bytes() const;  // of message and unread input, for the driver's budget
  const Peer& peer() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace breakwater::smtp
