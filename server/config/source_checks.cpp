#include "config/source_checks.h"

#include <algorithm>

#include "mail/ascii.h"

namespace breakwater::config {
namespace {

bool is_two_digits(std::string_view text) {
  return text.size() == 2 && mail::is_digit(text[0]) && mail::is_digit(text[1]);
}

int number(std::string_view text) { return (text[0] - '0') * 10 + (text[1] - '0'); }

bool has_scheme(std::string_view text, std::string_view scheme) {
  return text.size() > scheme.size() && mail::starts_nocase(text, scheme);
}

// "password=" of a connection string, or of a URI's query; "passfile=" and "sslpassword=" are others.
bool names_password(std::string_view text) {
  const std::string low = mail::lower(text);
  for (std::size_t at = 0; (at = low.find("password", at)) != low.npos; at += 8) {
    const bool begins =
        at == 0 || std::string_view(" \t\r\n?&'").find(low[at - 1]) != std::string_view::npos ||
        low.compare(at - std::min<std::size_t>(at, 3), std::min<std::size_t>(at, 3), "ssl") == 0;
    const std::size_t next = low.find_first_not_of(" \t\r\n", at + 8);
    if (begins && next != low.npos && low[next] == '=') return true;
  }
  return false;
}

}  // namespace

std::string check_connection(std::string& text) {
  const bool is_uri = has_scheme(text, "postgresql://") || has_scheme(text, "postgres://");
  if (!is_uri && text.find('=') == std::string::npos)
    return "is no connection; write \"host=... dbname=... user=...\" or \"postgresql://...\"";
  std::string_view login;
  if (is_uri) {
    const auto authority = std::string_view(text).substr(text.find("://") + 3);
    const auto end = authority.substr(0, authority.find_first_of("/?")).rfind('@');
    if (end != std::string_view::npos) login = authority.substr(0, end);
  }
  if (names_password(text) || login.find(':') != std::string_view::npos)
    return "has a password in it; put that into a file of its own and set 'password_file'";
  return {};
}

std::string check_ldap_url(std::string& text) {
  const std::size_t scheme = has_scheme(text, "ldapi://")   ? 8
                             : has_scheme(text, "ldaps://") ? 8
                             : has_scheme(text, "ldap://")  ? 7
                                                            : 0;
  if (scheme == 0) return "is no directory's URL; it begins with ldaps://, ldap:// or ldapi://";
  if (text.ends_with('/')) text.pop_back();
  if (text.size() <= scheme) return "names no server";
  if (text.substr(0, text.find(' ')).find_first_of("/?", scheme) != std::string::npos)
    return "has something behind the server; it goes into keys of its own: base, scope, filter";
  if (text.find_first_of(" ,\t") != std::string::npos) return "names more than one server; write one";
  if (text.find('@', scheme) != std::string::npos)
    return "has a login in it; that goes into 'bind_dn' and 'password_file'";
  return {};
}

std::string check_filter(std::string& text) {
  int depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
    if (depth < 0 || (depth == 0 && at + 1 < text.size())) break;
    if (depth == 0) return {};
  }
  return "is no filter (RFC 4515); write it in parentheses, as in \"(objectClass=person)\" or "
         "\"(&(mail=*)(ou=tech))\", each closed";
}

std::string check_attribute(std::string& text) {
  const auto fits = [](char c) {
    return (mail::lower(c) >= 'a' && mail::lower(c) <= 'z') || mail::is_digit(c) || c == '-' || c == '.' ||
           c == ';';
  };
  return std::all_of(text.begin(), text.end(), fits) ? "" : "is no attribute's name";
}

std::optional<std::chrono::minutes> time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return {};
  const auto hours = text.substr(0, 2), minutes = text.substr(3);
  if (!is_two_digits(hours) || !is_two_digits(minutes) || number(hours) > 23 || number(minutes) > 59)
    return {};
  return std::chrono::minutes(number(hours) * 60 + number(minutes));
}

std::string check_time_of_day(std::string& text) {
  return time_of_day(text) ? "" : "is no time of the day; write \"00:00\" to \"23:59\", in UTC";
}

bool is_in_clear(std::string_view ldap_url) {
  if (!has_scheme(ldap_url, "ldap://")) return false;
  const std::string rest = mail::lower(ldap_url.substr(7));
  const std::string host = rest.substr(0, rest.starts_with('[') ? rest.find(']') + 1 : rest.find(':'));
  const bool is_loopback = host.starts_with("127.") && host.find_first_not_of(".0123456789") == host.npos;
  return !is_loopback && host != "localhost" && host != "[::1]";
}

}  // namespace breakwater::config
