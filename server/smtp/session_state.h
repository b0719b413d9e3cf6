// The inside of smtp::Session, shared by the session_*.cpp files and by nobody else. What a command does in
// which phase stands in one table (session_table.cpp); the functions it names are in the file named after
// their subject. Lives and dies with its Session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "smtp/command.h"
#include "smtp/data_reader.h"
#include "smtp/reply.h"
#include "smtp/session.h"

namespace breakwater::smtp {

// The first four are those in which commands are taken: the columns of the table.
enum class Phase {
  fresh,  // greeted; no HELO, EHLO or LHLO yet, or TLS has just begun
  ready,  // between transactions
  mail,   // MAIL was accepted
  rcpt,   // and a recipient
  data,   // after 354: bytes of a message
  auth,   // the next line is the client's part of an AUTH exchange
  unstarted,
  closed,
};
constexpr std::size_t command_phases = 4;

struct Session::State {
  State(SessionOptions given, std::string peer_address, Gatekeeper& keeper);

  using Handler = void (State::*)(std::string_view argument);
  static Handler handler(Verb verb, Phase phase);

  // session.cpp: bytes to lines, replies to output
  Step take_step();
  void on_bytes(std::string_view bytes);
  void read_on();  // what was kept while the driver was busy
  std::size_t consume(std::string_view bytes);
  std::size_t read_line(std::string_view bytes);
  void command_line(std::string_view line);
  void reply(const Reply& answer);
  void error_reply(const Reply& answer);  // counted: too many end the session
  void count_error();
  void count_junk();
  void close(const Reply& last);
  void close_quietly();
  void close_if_draining();
  bool idle() const;
  void forget_transaction();
  std::size_t held_bytes() const;

  // session_commands.cpp: what has nothing to do with mail
  void helo(std::string_view argument);
  void ehlo(std::string_view argument);
  void lhlo(std::string_view argument);
  void rset(std::string_view argument);
  void noop(std::string_view argument);
  void quit(std::string_view argument);
  void vrfy(std::string_view argument);
  void help(std::string_view argument);
  void starttls(std::string_view argument);
  void answer_starttls(bool more_came);
  void bdat(std::string_view argument);
  void unknown(std::string_view argument);
  void unimplemented(std::string_view argument);
  void hello_first(std::string_view argument);
  void mail_first(std::string_view argument);
  void rcpt_first(std::string_view argument);
  void mail_under_way(std::string_view argument);
  bool greet(std::string_view argument);
  void extended_hello(std::string_view argument);
  std::string extensions() const;

  // session_mail.cpp: the transaction
  void mail(std::string_view argument);
  void rcpt(std::string_view argument);
  void data(std::string_view argument);
  std::optional<Reply> take_sender(std::string_view argument);
  std::optional<Reply> take_recipient(std::string_view argument);
  void end_of_data();
  void refuse_data(const Reply& refusal);
  void accepted(const std::vector<Reply>& replies);

  // session_auth.cpp
  bool auth_offered() const;
  void auth(std::string_view argument);
  void auth_line(std::string_view line);
  void auth_answer(AuthAnswer answer);

  const SessionOptions options;
  Gatekeeper& gatekeeper;
  Peer peer;

  Phase phase = Phase::unstarted;
  Step::Next next = Step::Next::read;
  bool draining = false;
  std::string output;
  std::string input;         // not yet taken: part of a line, or what came while the driver was busy
  std::size_t searched = 0;  // of `input`: no LF up to here

  Envelope envelope;
  std::size_t envelope_bytes = 0;
  bool transaction_refused =
      false;  // MAIL was refused, or a RCPT: what was pipelined behind is no error of its own
  std::optional<Reply> memory_refusal;  // refuse_message()
  DataReader reader;
  std::optional<ReceivedMessage> message;

  std::size_t expected_replies = 0;  // to the message that is with the driver

  AuthMessage auth_message;

  std::uint32_t errors = 0, junk = 0, overshoot = 0, auth_failures = 0;
};

}  // namespace breakwater::smtp
