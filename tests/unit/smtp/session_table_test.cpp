// Walks every verb in every phase, on each kind of listener: the reply, and the phase that follows.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "session_talk.h"
#include "smtp/command.h"
#include "smtp/session.h"

namespace breakwater::smtp::test {
namespace {

struct Cell {
  const char* reply;  // how the reply begins
  const char* then;   // the phase that follows
};
struct Row {
  const char* line;
  std::array<Cell, 4> cells;  // in fresh, ready, mail, rcpt
};

const char* const phases[] = {"fresh", "ready", "mail", "rcpt"};

constexpr Cell hello{"250-mx.example.org\r\n250-PIPELINING\r\n", "ready"};
constexpr Cell bad{"500 5.5.2 ", "same"};
constexpr Cell order{"503 5.5.1 ", "same"};
constexpr Cell no{"502 5.5.1 ", "same"};
constexpr Cell bye{"221 2.0.0 mx.example.org ", "closed"};
constexpr Cell cut{"502 5.5.1 ", "closed"};
constexpr Cell ok{"250 2.0.0 OK\r\n", "same"};
constexpr Cell reset{"250 2.0.0 OK\r\n", "ready"};
constexpr Cell helo{"250 mx.example.org\r\n", "ready"};
constexpr Cell wrong_protocol{"500 5.5.1 ", "same"};

std::vector<Row> common() {
  constexpr Cell vrfy{"252 2.5.0 ", "same"}, help{"214-2.0.0 ", "same"};
  constexpr Cell mail{"250 2.1.0 OK\r\n", "mail"}, rcpt{"250 2.1.5 OK\r\n", "rcpt"};
  return {{"MAIL FROM:<a@b.example>", {order, mail, order, order}},
          {"RCPT TO:<a@b.example>", {order, order, rcpt, rcpt}},
          {"DATA", {order, order, order, Cell{"354 Start mail input; end with <CRLF>.<CRLF>\r\n", "data"}}},
          {"BDAT 5 LAST", {cut, cut, cut, cut}},
          {"RSET", {ok, reset, reset, reset}},
          {"NOOP", {ok, ok, ok, ok}},
          {"QUIT", {bye, bye, bye, bye}},
          {"VRFY a", {vrfy, vrfy, vrfy, vrfy}},
          {"EXPN list", {no, no, no, no}},
          {"HELP", {help, help, help, help}},
          {"ETRN x", {no, no, no, no}},
          {"XYZZY", {bad, bad, bad, bad}}};
}

std::vector<Row> mx_rows() {
  auto rows = common();
  rows.push_back({"HELO c", {helo, helo, helo, helo}});
  rows.push_back({"EHLO c", {hello, hello, hello, hello}});
  rows.push_back({"LHLO c", {bad, bad, bad, bad}});
  rows.push_back({"STARTTLS", {order, Cell{"220 2.0.0 Ready to start TLS\r\n", "fresh"}, order, order}});
  rows.push_back({"AUTH PLAIN AHUAcA==", {order, no, order, order}});
  return rows;
}

std::vector<Row> lmtp_rows() {
  auto rows = common();
  const Cell w = wrong_protocol;
  rows.push_back({"HELO c", {w, w, w, w}});
  rows.push_back({"EHLO c", {w, w, w, w}});
  rows.push_back({"LHLO c", {hello, hello, hello, hello}});
  rows.push_back({"STARTTLS", {order, no, order, order}});
  rows.push_back({"AUTH PLAIN AHUAcA==", {order, no, order, order}});
  return rows;
}

// Over TLS, logged in where a phase is past EHLO.
std::vector<Row> submission_rows() {
  auto rows = common();
  rows.push_back({"HELO c", {helo, helo, helo, helo}});
  rows.push_back({"EHLO c", {hello, hello, hello, hello}});
  rows.push_back({"LHLO c", {bad, bad, bad, bad}});
  rows.push_back({"STARTTLS", {order, order, order, order}});
  rows.push_back({"AUTH PLAIN AHUAcA==", {order, order, order, order}});
  return rows;
}

struct Kind {
  const char* name;
  SessionOptions options;
  const char* hello;
  bool login;
  std::vector<Row> rows;
};

std::vector<Kind> kinds() {
  SessionOptions submission = submission_options();
  submission.tls_wrapped = true;
  return {{"mx", mx_options(), "EHLO c\r\n", false, mx_rows()},
          {"lmtp", lmtp_options(), "LHLO c\r\n", false, lmtp_rows()},
          {"submission", submission, "EHLO c\r\n", true, submission_rows()}};
}

void bring_to(Talk& talk, const Kind& kind, std::size_t phase) {
  talk.sasl = [](const AuthMessage&) { return AuthAnswer{std::nullopt, "anna", false}; };
  if (phase >= 1) talk.say(kind.hello);
  if (phase >= 1 && kind.login) {
    ASSERT_EQ(talk.say("AUTH PLAIN AHUAcA==\r\n"), "235 2.7.0 Authentication successful\r\n");
  }
  if (phase >= 2) talk.say("MAIL FROM:<a@b.example>\r\n");
  if (phase >= 3) talk.say("RCPT TO:<a@b.example>\r\n");
}

std::string phase_of(Talk& talk) {
  if (talk.closed) return "closed";
  if (talk.session.in_message()) return "data";
  const std::string data = talk.say("DATA\r\n");
  if (data.starts_with("354 ")) return "rcpt";
  if (data.find("RCPT first") != std::string::npos) return "mail";
  return talk.say("MAIL FROM:<>\r\n").starts_with("503 ") ? "fresh" : "ready";
}

TEST(SessionTable, every_verb_in_every_phase) {
  for (const Kind& kind : kinds()) {
    std::array<bool, verb_count> walked{};
    for (const Row& row : kind.rows) {
      walked[static_cast<std::size_t>(parse_command(row.line).verb)] = true;
      for (std::size_t phase = 0; phase < 4; ++phase) {
        SCOPED_TRACE(std::string(kind.name) + ": " + row.line + " in " + phases[phase]);
        Talk talk(kind.options);
        bring_to(talk, kind, phase);
        const Cell& want = row.cells[phase];
        const std::string got = talk.say(std::string(row.line) + "\r\n");
        EXPECT_TRUE(got.starts_with(want.reply)) << got;
        EXPECT_TRUE(got.ends_with("\r\n") || got.ends_with("<TLS>")) << got;
        EXPECT_EQ(phase_of(talk), std::string(want.then) == "same" ? phases[phase] : want.then);
      }
    }
    for (std::size_t verb = 0; verb < verb_count; ++verb)
      EXPECT_TRUE(walked[verb]) << kind.name << " verb " << verb;
  }
}

// RFC 5321 4.1.1: a parameter where none is allowed is a 501 and changes nothing.
TEST(SessionTable, arguments_where_none_are_allowed) {
  for (const char* line : {"RSET x", "QUIT x", "DATA x", "STARTTLS x"}) {
    Talk talk;
    talk.say("EHLO c\r\n");
    if (std::string_view(line).starts_with("DATA")) talk.say("MAIL FROM:<>\r\nRCPT TO:<a@b>\r\n");
    EXPECT_EQ(talk.say(std::string(line) + "\r\n"), "501 5.5.4 no parameters allowed\r\n") << line;
    EXPECT_FALSE(talk.closed);
  }
}

// RFC 5321 4.1.4: a hello that is refused changes nothing, one that is accepted ends the transaction.
TEST(SessionTable, hello_amid_a_transaction) {
  for (const char* line :
       {"EHLO", "EHLO a b", "EHLO <x>", "HELO [300.1.1.1]", "HELO \"x", "EHLO x\x1b[2J", "EHLO {}%n'--"}) {
    Talk talk;
    talk.say("EHLO first.example\r\nMAIL FROM:<a@b>\r\nRCPT TO:<a@b>\r\n");
    EXPECT_TRUE(talk.say(std::string(line) + "\r\n").starts_with("501 5.5.")) << line;
    EXPECT_EQ(talk.session.peer().helo, "first.example");
    EXPECT_TRUE(talk.say("DATA\r\n").starts_with("354 "));
  }
  for (const char* name : {"a", "a.b_c-d.example", "[192.0.2.1]", "[IPv6:2001:db8::1]", "192.0.2.1", "::1"}) {
    Talk talk;
    talk.say("EHLO first.example\r\nMAIL FROM:<a@b>\r\nRCPT TO:<a@b>\r\n");
    EXPECT_EQ(talk.say(std::string("HELO ") + name + "\r\n"), "250 mx.example.org\r\n");
    EXPECT_EQ(talk.session.peer().helo, name);
    EXPECT_FALSE(talk.session.peer().esmtp);
    EXPECT_TRUE(talk.say("DATA\r\n").starts_with("503 "));
  }
}

}  // namespace
}  // namespace breakwater::smtp::test
