// The client's side of an SMTP or LMTP dialogue (RFC 5321, RFC 2033) as a pure state machine: bytes in; bytes
// to write, the next thing to do, and who was settled how, out. No socket, no clock: the driver (delivery/)
// connects, writes, reads, does TLS and keeps the deadlines that wait() names. One client belongs to one
// connection and driver.
//
//   step = client.start()
//   loop: write all of client.output(), then by step:
//     read        read some bytes, step = client.on_bytes(...); at EOF, timeout or error: client.lost(what)
//     start_tls   handshake, step = client.on_tls(); when it fails: client.lost(what)
//     ready       between transactions: client.begin(...), client.quit(), or keep it for later. When a
//                 load is not done by then, it was stopped or the connection has had its share (worn()).
//     close       close; client.why() says for what reason
//
// Where the server offers CHUNKING, whole transactions follow one another without a wait (RFC 3030); else the
// next envelope goes behind the dot (RFC 2920).
//
// What is on the way when a connection breaks: who was answered is settled; who was in a transaction whose
// dot or last chunk was sent is settled as deferred (it may have been taken); everybody else is back in the
// Todo. One exception: where a peer that took messages closes, those in flight that it said nothing at all
// about are back too, since some take one message a connection; what it may have taken of them comes twice,
// and would in a minute. So at every step each position is settled once or still in the Todo, and `delivered`
// needs a 2xx to the dot or the chunk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/client_capabilities.h"
#include "smtp/client_content.h"
#include "smtp/client_flight.h"
#include "smtp/client_todo.h"
#include "smtp/reply_parser.h"

namespace breakwater::smtp {

enum class Settled { delivered, deferred, failed };

// What is to be handed over and who is told about it. The client asks while it renders envelopes.
class Load {
 public:
  virtual ~Load() = default;
  virtual std::string_view mailbox(std::uint32_t at) const = 0;  // local@domain, as it goes into RCPT TO
  // The reverse-path of the transaction that begins with recipient `at`, without <>, appended to `out`.
  virtual void reverse_path(std::uint32_t at, std::string& out) = 0;
  // Header fields that the copy of recipient `at` alone has (RFC 8058), in front of the content, which stays
  // the same for all: whole lines with CRLF, none with a dot first. All of one size, which is asked once;
  // with it only one recipient goes into a transaction. 0: there are none.
  virtual std::size_t own_head_size() const { return 0; }
  virtual void own_head(std::uint32_t /*at*/, std::string& /*out*/) {}  // appends so many bytes
  // One answer for `count` positions, ascending. `reply` is one line; it lives during the call only.
  virtual void settle(Settled how, std::string_view reply, const std::uint32_t* at, std::size_t count) = 0;
  virtual bool stopped() const = 0;  // true: finish the transaction under way, begin none
};

enum class Starttls { none, may, require };

struct ClientOptions {
  bool lmtp = false;
  std::string hostname;  // EHLO argument
  std::string peer;      // for error texts
  Starttls starttls = Starttls::may;
  bool tls_active = false;         // TLS from the first byte
  std::string username, password;  // empty: no AUTH
  bool chunking = true;            // BDAT where it is offered; not with LMTP
  bool auth_in_clear = false;      // the peer is this host: AUTH without TLS gives nothing away
  std::uint32_t max_transactions = 10'000;
};

class Client {
 public:
  enum class Next { read, start_tls, ready, close };
  // What is being waited for, since each has its own deadline (RFC 5321 4.5.3.2).
  enum class Wait { greeting, command, data_start, data_end, quit };

  explicit Client(ClientOptions options);

  Next start();
  Next on_bytes(std::string_view bytes);
  Next on_tls();
  // `load`, `content` and `todo` must live until the client is ready again or closed. At most `batch`
  // recipients a transaction (at least 1; 1 where each has a head of its own). Only when ready.
  Next begin(Load& load, const Content& content, Todo& todo, std::uint32_t batch);
  Next quit();
  // The connection is gone or given up. `what` goes into the reply of who is deferred by that: "connection
  // timed out". `last_words`: what could still be read after a write failed; a refusal in it counts, an
  // acceptance does not. `closed`: the peer closed it, it did not just fall silent.
  Next lost(std::string_view what, std::string_view last_words = {}, bool closed = false);

  // To be written in this order after each call; valid until the next call. The driver may hold it across its
  // write.
  std::span<const std::string_view> output() const { return output_; }
  Wait wait() const;
  bool established() const { return phase_ >= Phase::ready && phase_ != Phase::closed; }
  bool worn() const { return transactions_ >= max_transactions_; }
  void retire() { max_transactions_ = transactions_; }  // no further transaction on this connection
  bool tls() const { return tls_; }
  const Capabilities& offered() const { return offered_; }
  std::uint32_t transactions() const { return transactions_; }  // in all that reached an end
  std::uint32_t answers() const { return answers_; }            // replies since begin()
  // After close: a reply line, "421 4.3.2 shutting down" or our own "451 4.4.2 mx.example.org: connection
  // lost …".
  const std::string& why() const { return why_; }
  // After close, what it tells of the peer: it does not take BDAT; it was busy with a message (421 to one, or
  // to its recipients); how many messages it took before it closed without a word (0: it did not).
  bool refuses_chunks() const { return refuses_chunks_; }
  bool busy() const { return busy_; }
  std::uint32_t taken() const { return taken_; }  // messages, at any time
  std::uint32_t closed_after() const { return closed_after_; }

 private:
  enum class Phase {
    greeting,
    ehlo,
    helo,
    starttls,
    handshake,
    auth_plain,
    auth_login,
    auth_user,
    auth_password,
    ready,
    envelope,
    content,
    flight,
    quitting,
    closed,
  };
  // client.cpp: the connection
  Next on_reply();
  Next on_greeting();
  Next on_ehlo();
  Next after_ehlo();
  Next on_starttls();
  Next on_auth();
  Next say(std::string_view command, Phase then);
  Next refuse(std::string_view what);  // what was replied makes the connection useless
  Next close(std::string_view why_line);
  void settle_interrupted();

  // client_transaction.cpp: mail
  Next on_envelope_reply();
  Next on_data_reply();
  Next on_content_reply();
  void on_mail_reply(Transaction& transaction);
  void on_rcpt_reply(Transaction& transaction, std::uint32_t position);
  bool too_many(const Transaction& transaction) const;
  bool compose(Transaction& transaction);  // false: nobody left, or no more on this connection
  bool deliverable(std::uint32_t position, bool& needs_utf8);
  bool load_refused();
  void send_commands(Transaction& transaction);
  void render(Transaction& transaction, std::size_t command);
  void render_mail(Transaction& transaction);
  void render_rcpt(std::uint32_t position);
  void render_own_head(std::uint32_t position);
  std::uint64_t message_size() const { return content_->size + own_head_; }
  std::uint64_t chunk_size() const { return content_->chunk_size() + own_head_; }
  Next send_content();
  Next next_transaction();
  void note_refused(std::uint32_t position, bool transient);
  void flush_refused();
  void settle_all(std::vector<std::uint32_t>& positions, int code);
  void reply_text();

  // client_chunking.cpp: mail by BDAT
  bool chunking() const;
  bool knows_no_chunks() const;
  void note_close();
  bool was_begun(const Transaction& one) const;
  Next begin_flight();
  Next fly();
  bool may_add() const;
  bool unasked() const;  // content goes before its envelope is answered
  void go_on();
  void send_in_flight(Transaction& transaction);
  void assemble();
  Next on_flight_reply();
  Next on_chunk_reply(Transaction& front);
  Next hear_last_words(std::string_view words);
  void settle_flight();

  ClientOptions options_;
  Phase phase_ = Phase::greeting;
  ReplyParser parser_;
  Capabilities offered_;
  bool tls_ = false, esmtp_ = true, reset_first_ = false;
  std::vector<std::string_view> output_;
  std::string commands_, line_, path_, why_;
  std::uint32_t transactions_ = 0, max_transactions_, answers_ = 0, batch_ = 1;
  std::uint32_t taken_ = 0, closed_after_ = 0;  // messages on this connection
  bool refuses_chunks_ = false, busy_ = false, peer_closed_ = false;

  std::size_t own_head_ = 0;  // Load::own_head_size()
  Load* load_ = nullptr;
  const Content* content_ = nullptr;
  Todo* todo_ = nullptr;
  Transaction current_, next_;
  std::size_t dots_answered_ = 0, dots_expected_ = 0;
  std::vector<std::uint32_t> refused_, run_;
  std::string refused_reply_;
  Settled refused_how_ = Settled::deferred;

  std::unique_ptr<Flight> flight_;  // made when it is needed
  std::string bdat_;                // the command, the same for all of a load
  std::vector<std::size_t> cuts_;   // where content goes into commands_, which has the own heads too
  std::size_t unanswered_ = 0;      // commands in flight
  std::size_t in_flight_ = 1;       // transactions at most, as this peer has earned
};

}  // namespace breakwater::smtp
