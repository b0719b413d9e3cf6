// One command line (RFC 5321 4.1) taken apart: verb, argument, path and parameters. Pure functions on views;
// all views returned point into the line that was given, and live as long.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "terms/result.h"

namespace breakwater::smtp {

// `unimplemented` are those that RFC 5321 and its extensions know and nobody offers any more: 502, not 500.
enum class Verb {
  helo,
  ehlo,
  lhlo,
  mail,
  rcpt,
  data,
  bdat,
  rset,
  noop,
  quit,
  vrfy,
  expn,
  help,
  starttls,
  auth,
  unimplemented,
  unknown
};
constexpr std::size_t verb_count = static_cast<std::size_t>(Verb::unknown) + 1;

struct Command {
  Verb verb = Verb::unknown;
  std::string_view
      argument;  // behind the spaces that follow the verb; trailing white space removed (RFC 5321 4.1.1)
};

// `line` without its CRLF.
Command parse_command(std::string_view line);

// How long a line with this verb may be, CRLF included: RFC 5321 4.5.3.1.4 and what the extensions add to it.
std::size_t max_command_line(Verb verb);
// RFC 4954 4: lines of an AUTH exchange. No line is ever longer.
constexpr std::size_t max_auth_line = 12288;

struct Parameter {
  std::string_view keyword;
  std::optional<std::string_view> value;
};

// What follows MAIL and RCPT: "FROM:<path> KEY=value KEY".
struct PathArgument {
  std::string_view path;  // between the brackets, which are not part of it; may be empty
  std::vector<Parameter> parameters;
};

// `keyword` is "FROM" or "TO". Spaces between the colon and '<' are let through: RFC 5321 3.3 forbids them,
// too many clients send them. Errors: Fault::invalid with what is wrong.
Result<PathArgument> parse_path_argument(std::string_view argument, std::string_view keyword);

}  // namespace breakwater::smtp
