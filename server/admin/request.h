// Reading a request's arguments, and what the desk's answers have in common. Pure, any thread.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lists/list.h"
#include "mail/address.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::admin {

// Errors of all: Fault::invalid, naming the argument.
Result<std::string> required_text(const boost::json::object& request, std::string_view key);
Result<std::optional<std::string>> optional_text(const boost::json::object& request, std::string_view key);
Result<bool> flag(const boost::json::object& request, std::string_view key);  // absent: false
Result<std::uint64_t> number(const boost::json::object& request, std::string_view key,
                             std::uint64_t otherwise);
Result<mail::Address> required_address(const boost::json::object& request, std::string_view key);
// For the audit trail: one line, at most 500 bytes, not blank.
Result<std::string> required_reason(const boost::json::object& request);
// Of what is done without one too: then it says that none was given.
Result<std::string> any_reason(const boost::json::object& request);
Result<PostingId> required_posting(const boost::json::object& request);

Result<lists::Role> parse_role(std::string_view text);              // "member", "moderator", "owner"
Result<lists::DeliveryMode> parse_delivery(std::string_view text);  // "each", "none"
std::string_view role_name(lists::Role role);
std::string_view delivery_name(lists::DeliveryMode mode);
Result<void> check_name(
    std::string_view name);  // a display name: UTF-8 without control characters, at most 200 bytes

std::string iso_time(Instant at);  // "2026-11-22T13:00:00Z"; empty for 0

}  // namespace breakwater::admin
