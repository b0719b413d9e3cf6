#include "smtp/mail_parameters.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/ascii.h"
#include "smtp/command.h"
#include "smtp/reply.h"
#include "smtp/xtext.h"

namespace breakwater::smtp {
namespace {

constexpr std::size_t max_envid = 100;       // RFC 3461 4.4
constexpr std::size_t max_size_digits = 20;  // RFC 1870 4

Reply bad_value(std::string_view keyword, std::string_view why) {
  return {501, "5.5.4", std::string(keyword) + ": " + std::string(why)};
}

// RFC 5321 4.1.1.11.
Reply unknown(std::string_view keyword) {
  return {555, "5.5.4", "parameter not recognized or not implemented: " + std::string(keyword)};
}

// A parameter that stands twice has no meaning; servers that take the first and servers that take the last
// would tell two stories of one command.
std::optional<Reply> find_repeated(const std::vector<Parameter>& given) {
  for (auto it = given.begin(); it != given.end(); ++it) {
    const auto same = [it](const Parameter& other) { return equals_nocase(other.keyword, it->keyword); };
    if (std::any_of(given.begin(), it, same)) return bad_value(to_upper(it->keyword), "given twice");
  }
  return std::nullopt;
}

std::optional<Reply> read_size(std::string_view value, MailParameters& out) {
  if (value.empty() || value.size() > max_size_digits || !std::all_of(value.begin(), value.end(), is_digit)) {
    return bad_value("SIZE", "1 to 20 digits expected");
  }
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  for (const char c : value) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    out.size = out.size > (most - digit) / 10 ? most : out.size * 10 + digit;
  }
  return std::nullopt;
}

std::optional<Reply> read_body(std::string_view value, MailParameters& out) {
  if (equals_nocase(value, "8BITMIME")) {
    out.body = BodyType::eight_bit_mime;
  } else if (!equals_nocase(value, "7BIT")) {
    return bad_value("BODY", "7BIT or 8BITMIME expected");
  }
  return std::nullopt;
}

std::optional<Reply> read_envid(std::string_view value, MailParameters& out) {
  auto decoded = decode_xtext(value);
  if (value.empty() || value.size() > max_envid) return bad_value("ENVID", "1 to 100 characters expected");
  if (!decoded) return bad_value("ENVID", decoded.error().what);
  out.envid = *decoded;
  return std::nullopt;
}

std::optional<Reply> read_ret(std::string_view value, MailParameters& out) {
  out.ret = to_upper(value);
  if (out.ret != "FULL" && out.ret != "HDRS") return bad_value("RET", "FULL or HDRS expected");
  return std::nullopt;
}

// RFC 3461 4.1: NEVER stands alone; the others may be combined.
std::optional<Reply> read_notify(std::string_view value, RecipientDsn& out) {
  const Reply wrong = bad_value("NOTIFY", "NEVER, or a list of SUCCESS, FAILURE, DELAY expected");
  out.failure = false;
  if (equals_nocase(value, "NEVER")) {
    out.never = true;
    return std::nullopt;
  }
  for (;;) {
    const std::size_t comma = value.find(',');
    const std::string_view word = value.substr(0, comma);
    bool* const flag = equals_nocase(word, "SUCCESS")   ? &out.success
                       : equals_nocase(word, "FAILURE") ? &out.failure
                       : equals_nocase(word, "DELAY")   ? &out.delay
                                                        : nullptr;
    if (!flag || *flag) return wrong;
    *flag = true;
    if (comma == std::string_view::npos) return std::nullopt;
    value.remove_prefix(comma + 1);
  }
}

}  // namespace

std::optional<Reply> read_mail_parameters(const std::vector<Parameter>& given, bool auth_offered,
                                          MailParameters& out) {
  if (auto repeated = find_repeated(given)) return repeated;
  for (const Parameter& parameter : given) {
    const std::string keyword = to_upper(parameter.keyword);
    const std::string_view value = parameter.value.value_or("");
    std::optional<Reply> refusal;
    if (keyword == "SIZE") {
      refusal = read_size(value, out);
    } else if (keyword == "BODY") {
      refusal = read_body(value, out);
    } else if (keyword == "SMTPUTF8") {
      out.smtputf8 = true;
      if (parameter.value) refusal = bad_value(keyword, "takes no value");  // RFC 6531 3.4
    } else if (keyword == "ENVID") {
      refusal = read_envid(value, out);
    } else if (keyword == "RET") {
      refusal = read_ret(value, out);
    } else if (keyword == "AUTH" && auth_offered) {
      if (value.empty() || !decode_xtext(value))
        refusal = bad_value(keyword, "<> or a mailbox in xtext expected");
    } else {
      refusal = unknown(keyword);
    }
    if (refusal) return refusal;
  }
  return std::nullopt;
}

std::optional<Reply> read_rcpt_parameters(const std::vector<Parameter>& given, bool utf8, RecipientDsn& out) {
  if (auto repeated = find_repeated(given)) return repeated;
  for (const Parameter& parameter : given) {
    const std::string keyword = to_upper(parameter.keyword);
    const std::string_view value = parameter.value.value_or("");
    if (keyword == "NOTIFY") {
      if (auto refusal = read_notify(value, out)) return refusal;
    } else if (keyword == "ORCPT") {
      auto decoded = decode_orcpt(value, utf8);
      if (!decoded) return Reply{501, "5.5.4", decoded.error().what};
      out.orcpt = *decoded;
    } else {
      return unknown(keyword);
    }
  }
  return std::nullopt;
}

}  // namespace breakwater::smtp
