#include "smtp/command.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "smtp/ascii.h"
#include "terms/result.h"

namespace breakwater::smtp {
namespace {

constexpr std::size_t base_line = 512;  // RFC 5321 4.5.3.1.4
// SIZE= (RFC 1870 4) 26, BODY= (RFC 6152 3) 17, SMTPUTF8 (RFC 6531 3.1) 10, AUTH= (RFC 4954 5) 500,
// RET= 9 and ENVID= 107 at their longest (RFC 3461 4.3, 4.4).
constexpr std::size_t mail_line = base_line + 26 + 17 + 10 + 500 + 9 + 107;
// NOTIFY=SUCCESS,FAILURE,DELAY 29 and ORCPT= 507 (RFC 3461 4.1, 4.2).
constexpr std::size_t rcpt_line = base_line + 29 + 507;
constexpr std::size_t max_parameters = 16;  // more than all that exist; each may be given once

constexpr std::pair<std::string_view, Verb> verbs[] = {
    {"HELO", Verb::helo},
    {"EHLO", Verb::ehlo},
    {"LHLO", Verb::lhlo},
    {"MAIL", Verb::mail},
    {"RCPT", Verb::rcpt},
    {"DATA", Verb::data},
    {"BDAT", Verb::bdat},
    {"RSET", Verb::rset},
    {"NOOP", Verb::noop},
    {"QUIT", Verb::quit},
    {"VRFY", Verb::vrfy},
    {"EXPN", Verb::expn},
    {"HELP", Verb::help},
    {"AUTH", Verb::auth},
    {"STARTTLS", Verb::starttls},
    // RFC 5321 F.1, F.6 and RFC 1985.
    {"TURN", Verb::unimplemented},
    {"SEND", Verb::unimplemented},
    {"SOML", Verb::unimplemented},
    {"SAML", Verb::unimplemented},
    {"ETRN", Verb::unimplemented},
};

// Where the '>' stands that closes the path which `text` begins with; npos when none does. A '>' in a quoted
// string does not close it: what follows would be read as parameters that the client never gave.
std::size_t find_end_of_path(std::string_view text) {
  bool quoted = false;
  for (std::size_t at = 1; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted && c == '\\') {
      ++at;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == '>' && !quoted) {
      return at;
    }
  }
  return std::string_view::npos;
}

bool is_keyword(std::string_view text) {
  return !text.empty() && is_alnum(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

// RFC 5321 4.1.2: esmtp-value is printable without '='; UTF-8 where RFC 6533 lets it in, the parameter
// decides.
bool is_value(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c != '=' && byte > ' ' && byte != 0x7f;
  });
}

}  // namespace

Command parse_command(std::string_view line) {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  const auto* found = std::find_if(std::begin(verbs), std::end(verbs),
                                   [word](const auto& entry) { return equals_nocase(entry.first, word); });
  std::string_view argument = line.substr(end);
  while (!argument.empty() && argument.front() == ' ') argument.remove_prefix(1);
  return {found == std::end(verbs) ? Verb::unknown : found->second, argument};
}

std::size_t max_command_line(Verb verb) {
  switch (verb) {
    case Verb::mail: return mail_line;
    case Verb::rcpt: return rcpt_line;
    case Verb::auth: return max_auth_line;
    default: return base_line;
  }
}

Result<PathArgument> parse_path_argument(std::string_view argument, std::string_view keyword) {
  const std::size_t length = keyword.size();
  if (!equals_nocase(argument.substr(0, length), keyword) || argument.size() == length ||
      argument[length] != ':') {
    return error(Fault::invalid, std::string(keyword) + ":<address> expected");
  }
  argument.remove_prefix(length + 1);
  while (!argument.empty() && argument.front() == ' ') argument.remove_prefix(1);
  if (argument.empty() || argument.front() != '<')
    return error(Fault::invalid, "the address must stand in < and >");
  const std::size_t end = find_end_of_path(argument);
  if (end == std::string_view::npos) return error(Fault::invalid, "the address has no closing >");

  PathArgument out{argument.substr(1, end - 1), {}};
  argument.remove_prefix(end + 1);
  if (!argument.empty() && argument.front() != ' ')
    return error(Fault::invalid, "a space must follow the address");
  while (!argument.empty()) {
    if (argument.front() == ' ') {
      argument.remove_prefix(1);
      continue;
    }
    const std::string_view word = argument.substr(0, argument.find(' '));
    const std::size_t equals = word.find('=');
    Parameter parameter{word.substr(0, equals), std::nullopt};
    if (equals != std::string_view::npos) parameter.value = word.substr(equals + 1);
    if (!is_keyword(parameter.keyword) || (parameter.value && !is_value(*parameter.value))) {
      return error(Fault::invalid, "malformed parameter");
    }
    if (out.parameters.size() == max_parameters) return error(Fault::invalid, "too many parameters");
    out.parameters.push_back(parameter);
    argument.remove_prefix(word.size());
  }
  return out;
}

}  // namespace breakwater::smtp
