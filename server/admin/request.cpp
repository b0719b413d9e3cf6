#include "admin/request.h"

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdio>

#include "mail/ascii.h"
#include "mail/utf8.h"

namespace breakwater::admin {
namespace {

constexpr std::size_t kMaxText = 4096;
constexpr std::size_t kMaxName = 200;
constexpr std::size_t kMaxReason = 500;

Error wrong(std::string_view key, const char* what) {
  return error(Fault::invalid, "argument '" + std::string(key) + "' " + what);
}

}  // namespace

Result<std::optional<std::string>> optional_text(const boost::json::object& request, std::string_view key) {
  const auto* value = request.if_contains(key);
  if (value == nullptr || value->is_null()) return std::optional<std::string>();
  if (!value->is_string()) return wrong(key, "is not a string");
  if (value->get_string().size() > kMaxText) return wrong(key, "is too long");
  return std::optional<std::string>(std::string(value->get_string()));
}

Result<std::string> required_text(const boost::json::object& request, std::string_view key) {
  auto text = optional_text(request, key);
  if (!text) return text.error();
  if (!*text || (*text)->empty()) return wrong(key, "is missing");
  return std::move(**text);
}

Result<bool> flag(const boost::json::object& request, std::string_view key) {
  const auto* value = request.if_contains(key);
  if (value == nullptr) return false;
  if (!value->is_bool()) return wrong(key, "is neither true nor false");
  return value->get_bool();
}

Result<std::uint64_t> number(const boost::json::object& request, std::string_view key,
                             std::uint64_t otherwise) {
  const auto* value = request.if_contains(key);
  if (value == nullptr) return otherwise;
  boost::json::error_code status;
  const auto read = value->to_number<std::uint64_t>(status);
  if (status) return wrong(key, "is not a whole number of 0 or more");
  return read;
}

Result<mail::Address> required_address(const boost::json::object& request, std::string_view key) {
  const auto text = required_text(request, key);
  if (!text) return text.error();
  auto address = mail::parse_address(*text);
  if (!address) return error(Fault::invalid, "'" + *text + "' is not an address: " + address.error().what);
  return address;
}

namespace {

Result<std::string> reason_of(const boost::json::object& request) {
  const auto given = optional_text(request, "reason");
  if (!given) return given.error();
  const std::string line = mail::printable(given->value_or(""), kMaxReason);
  return std::string(mail::trimmed(line));
}

}  // namespace

Result<std::string> any_reason(const boost::json::object& request) {
  auto reason = reason_of(request);
  if (reason && reason->empty()) *reason = "no reason was given";
  return reason;
}

Result<std::string> required_reason(const boost::json::object& request) {
  auto reason = reason_of(request);
  if (reason && reason->empty()) {
    return error(Fault::invalid,
                 "give a reason: a few words for those who read the audit trail tomorrow (--reason \"...\")");
  }
  return reason;
}

Result<PostingId> required_posting(const boost::json::object& request) {
  const auto text = required_text(request, "posting");
  if (!text) return text.error();
  const auto id = parse_id(*text);
  if (!id)
    return error(Fault::invalid,
                 "'" + *text + "' is not a posting id (13 letters and digits, see 'posting ls')");
  return PostingId{*id};
}

Result<lists::Role> parse_role(std::string_view text) {
  if (text == "member") return lists::Role::member;
  if (text == "moderator") return lists::Role::moderator;
  if (text == "owner") return lists::Role::owner;
  return error(Fault::invalid, "unknown role '" + std::string(text) + "': member, moderator or owner");
}

std::string_view role_name(lists::Role role) {
  switch (role) {
    case lists::Role::member: return "member";
    case lists::Role::moderator: return "moderator";
    case lists::Role::owner: return "owner";
  }
  return "unknown";
}

Result<void> check_name(std::string_view name) {
  if (name.size() > kMaxName) return error(Fault::invalid, "the name is longer than 200 bytes");
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      return error(Fault::invalid, "the name has a control character");
    }
  }
  return {};
}

std::string iso_time(Instant at) {
  if (to_ms(at) == 0) return {};
  using namespace std::chrono;
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(floor<seconds>(at - day));
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text;
}

}  // namespace breakwater::admin
