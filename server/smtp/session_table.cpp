// What each command does in each phase. The one place to look, and what the exhaustive test walks.
#include <array>
#include <cstddef>

#include "smtp/command.h"
#include "smtp/session_state.h"
#include "terms/invariant.h"

namespace breakwater::smtp {

Session::State::Handler Session::State::handler(Verb verb, Phase phase) {
  using S = State;
  using Row = std::array<Handler, command_phases>;
  // In the order of Verb; the columns are fresh, ready, mail, rcpt. RFC 5321 4.1.4: NOOP, HELP, EXPN, VRFY
  // and RSET may come at any time, and before HELO; HELO and EHLO amid a transaction end it as RSET does.
  // clang-format off
  static constexpr std::array<Row, verb_count> table = {{
      /* HELO */          {&S::helo,          &S::helo,          &S::helo,           &S::helo},
      /* EHLO */          {&S::ehlo,          &S::ehlo,          &S::ehlo,           &S::ehlo},
      /* LHLO */          {&S::lhlo,          &S::lhlo,          &S::lhlo,           &S::lhlo},
      /* MAIL */          {&S::hello_first,   &S::mail,          &S::mail_under_way, &S::mail_under_way},
      /* RCPT */          {&S::mail_first,    &S::mail_first,    &S::rcpt,           &S::rcpt},
      /* DATA */          {&S::mail_first,    &S::mail_first,    &S::rcpt_first,     &S::data},
      /* BDAT */          {&S::bdat,          &S::bdat,          &S::bdat,           &S::bdat},
      /* RSET */          {&S::rset,          &S::rset,          &S::rset,           &S::rset},
      /* NOOP */          {&S::noop,          &S::noop,          &S::noop,           &S::noop},
      /* QUIT */          {&S::quit,          &S::quit,          &S::quit,           &S::quit},
      /* VRFY */          {&S::vrfy,          &S::vrfy,          &S::vrfy,           &S::vrfy},
      /* EXPN */          {&S::unimplemented, &S::unimplemented, &S::unimplemented,  &S::unimplemented},
      /* HELP */          {&S::help,          &S::help,          &S::help,           &S::help},
      /* STARTTLS */      {&S::hello_first,   &S::starttls,      &S::mail_under_way, &S::mail_under_way},
      /* AUTH */          {&S::hello_first,   &S::auth,          &S::mail_under_way, &S::mail_under_way},
      /* TURN, SEND, … */ {&S::unimplemented, &S::unimplemented, &S::unimplemented,  &S::unimplemented},
      /* anything else */ {&S::unknown,       &S::unknown,       &S::unknown,        &S::unknown},
  }};
  // clang-format on
  const auto row = static_cast<std::size_t>(verb);
  const auto column = static_cast<std::size_t>(phase);
  BREAKWATER_ASSERT(row < verb_count && column < command_phases);
  return table[row][column];
}

}  // namespace breakwater::smtp
