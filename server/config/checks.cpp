#include "config/checks.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "lists/list_address.h"
#include "mail/address.h"

namespace breakwater::config {
namespace {

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || !std::all_of(text.begin(), text.end(), is_digit)) return false;
  unsigned port = 0;
  std::from_chars(text.data(), text.data() + text.size(), port);
  return port <= 65535;
}

}  // namespace

bool is_ip_address(std::string_view text) {
  if (text.size() > 45) return false;
  const std::string copy(text);
  std::array<unsigned char, 16> bytes{};
  return ::inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1;
}

std::string check_address(std::string& text) {
  const auto parsed = mail::parse_address(text);
  if (parsed) return {};
  // The message shows the address already.
  const std::string why = parsed.error().what;
  return "is no address: " + why.substr(0, why.find(" in address \""));
}

// By way of an address, so that a domain in a file and one in an envelope are brought into the same form.
std::string check_domain(std::string& text) {
  if (text.empty()) return "is empty";
  if (text.ends_with('.')) return "ends with a dot; write it without";
  if (is_ip_address(text)) return "is an IP address, not a domain name";
  const auto parsed = mail::parse_address("x@" + text);
  if (!parsed || parsed->mailbox.size() != parsed->domain.size() + 2) return "is no domain name";
  text = parsed->domain;
  return {};
}

std::string check_domain_pattern(std::string& text) {
  if (text == "*") return {};
  const bool below = text.starts_with('.');
  std::string domain = below ? text.substr(1) : text;
  if (domain.find('*') != std::string::npos) {
    return "is no pattern; write \"*\" for all, \".example.org\" for all below example.org";
  }
  std::string wrong = check_domain(domain);
  if (wrong.empty()) text = (below ? "." : "") + domain;
  return wrong;
}

std::string check_list_name(std::string& text) {
  const std::string name = lower(text);
  if (name.empty()) return "is empty";
  // "-confirm+" and a token of 26 characters, which is 128 bits in letters that every server keeps apart,
  // have to fit behind it: a token that a relay cuts off confirms nothing.
  constexpr std::size_t kMost = 64 - 9 - 26;
  if (name.size() > kMost) {
    return "is longer than " + std::to_string(kMost) +
           " characters; with -confirm+ and a token behind it, it would pass 64 (RFC 5321 4.5.3.1.1)";
  }
  for (const char c : name) {
    if (!is_lower_or_digit(c) && c != '-' && c != '_' && c != '.') {
      return "may have letters, digits, '-', '_' and '.' only";
    }
  }
  if (!is_lower_or_digit(name.front()) || !is_lower_or_digit(name.back())) {
    return "must begin and end with a letter or a digit";
  }
  if (name.find("..") != std::string::npos) return "has two dots in a row";
  const std::size_t dash = name.rfind('-');
  if (dash != std::string::npos && lists::sub_address_of(std::string_view(name).substr(dash + 1))) {
    return "ends in " + name.substr(dash) + ", which is an address of the list named before it";
  }
  for (const std::string_view reserved : {"postmaster", "mailer-daemon"}) {
    if (name == reserved) return "is reserved (RFC 5321 4.5.1, RFC 2142)";
  }
  text = name;
  return {};
}

std::string check_language(std::string& text) {
  const std::size_t dash = std::min(text.find('-'), text.size());
  const std::string_view region = std::string_view(text).substr(std::min(dash + 1, text.size()));
  const bool good = (dash == 2 || dash == 3) &&
                    std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(dash), is_small) &&
                    (dash == text.size() || (region.size() >= 2 && region.size() <= 8)) &&
                    std::all_of(region.begin(), region.end(), is_lower_or_digit);
  return good ? "" : "is no language; write its code in small letters, such as \"en\", \"de\" or \"pt-br\"";
}

std::string check_route_name(std::string& text) {
  if (text.empty()) return "is empty";
  for (const char c : text) {
    if (!is_lower_or_digit(c) && c != '-') return "may have small letters, digits and '-' only";
  }
  return {};
}

std::string check_socket_path(std::string& text) {
  if (std::string wrong = check_path(text); !wrong.empty()) return wrong;
  // The rest of the room is for the folder, where the path is relative; load.cpp looks at the whole.
  if (text.size() >= sizeof(sockaddr_un::sun_path)) return "is too long for the path of a socket (107 bytes)";
  return {};
}

namespace {

// An interface's address with a port; `forms`: how to write it, for messages.
std::string check_endpoint(std::string& text, const std::string& forms) {
  const std::size_t colon = text.rfind(':');
  const bool bracket = text.starts_with('[');
  if (is_ip_address(text)) return "has no port; " + forms;
  if (colon == std::string::npos) return "is no address; " + forms;
  if (!is_port(std::string_view(text).substr(colon + 1))) return "has no port from 0 to 65535; " + forms;
  std::string host = text.substr(0, colon);
  if (bracket) {
    if (host.size() < 2 || host.back() != ']') return "is no address; " + forms;
    host = host.substr(1, host.size() - 2);
  }
  if (!is_ip_address(host) || bracket != (host.find(':') != std::string::npos)) {
    return "is not the IP address of an interface; " + forms;
  }
  text = lower(text);
  return {};
}

}  // namespace

std::string check_listen(std::string& text) {
  if (text.find('/') != std::string::npos) return check_socket_path(text);
  return check_endpoint(text, "write \"0.0.0.0:25\", \"[::]:25\" or, for lmtp, the path of a unix socket");
}

std::string check_web_listen(std::string& text) {
  return check_endpoint(text, "write \"127.0.0.1:9125\" or \"[::1]:9125\"");
}

std::string check_host(std::string& text) {
  if (text.find('/') != std::string::npos) return check_socket_path(text);
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  if (is_ip_address(text)) return {};
  const std::size_t colon = text.rfind(':');
  if (colon != std::string::npos && is_port(std::string_view(text).substr(colon + 1))) {
    return "has a port; write it as a key of its own: port = " + text.substr(colon + 1);
  }
  const std::string wrong = check_domain(text);
  return wrong.empty() ? wrong : "is no host name, IP address or path of a unix socket";
}

std::string check_resolver(std::string& text) {
  if (text.empty()) return {};
  const std::size_t at = text.find('@');
  if (!is_ip_address(std::string_view(text).substr(0, at)) ||
      (at != std::string::npos && !is_port(std::string_view(text).substr(at + 1)))) {
    return "is no resolver; write its IP address, with \"@port\" behind it where the port is not 53";
  }
  return {};
}

std::string check_reply_to(std::string& text) {
  if (text == "sender" || text == "list") return {};
  const std::string wrong = check_address(text);
  return wrong.empty() ? wrong : "is neither \"sender\" nor \"list\", and " + wrong;
}

namespace {

// What goes between < and > in a header field: nothing that could end either (RFC 2369 2).
std::string check_url(const std::string& text, bool mail_too) {
  if (text.empty()) return {};
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '<' || c == '>' || c == '"') {
      return "has a character that a URL cannot have; percent-encode it";
    }
  }
  const auto begins = [&](std::string_view scheme) {
    return text.size() > scheme.size() && lower(text.substr(0, scheme.size())) == scheme;
  };
  if (begins("https://") || begins("http://") || (mail_too && begins("mailto:"))) return {};
  return mail_too ? "is no URL; it begins with https://, http:// or mailto:"
                  : "is no URL; it begins with https:// or http://";
}

}  // namespace

std::string check_web_url(std::string& text) { return check_url(text, false); }
std::string check_https_base(std::string& text) {
  if (const std::string wrong = check_url(text, false); !wrong.empty()) return wrong;
  if (!text.empty() && lower(text.substr(0, 8)) != "https://") {
    return "does not begin with https://, which one-click leaving needs (RFC 8058 3.1)";
  }
  if (text.find_first_of("?#") != std::string::npos) return "has a query; paths are put behind it";
  while (text.ends_with('/')) text.pop_back();
  return {};
}
std::string check_help_url(std::string& text) { return check_url(text, true); }

std::string check_path(std::string& text) {
  return text.find('\0') == std::string::npos ? "" : "has a NUL in it";
}

}  // namespace breakwater::config
